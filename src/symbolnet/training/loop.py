"""The loop of every training: steps, log lines, checkpoints, and going on after a kill."""

import os
import time
from pathlib import Path
from typing import Generic, NamedTuple

import torch

from symbolnet.config import TrainingSettings
from symbolnet.errors import InputError
from symbolnet.progress import SECONDS, eta
from symbolnet.training.checkpoint import load_checkpoint, save_checkpoint
from symbolnet.training.method import Log, Method, State, Tensors


class Trained(NamedTuple, Generic[State]):
    """The state of a training, and the seconds that it took, those before a kill included."""

    state: State
    seconds: float


def prepare_device(spec: TrainingSettings) -> torch.device:
    """Set the thread count and return the device; raise InputError where there is no such one.

    On a GPU only deterministic algorithms run from here on.
    """
    torch.set_num_threads(spec.threads)
    # MKL reads this at its first product. Else a product is rounded by where in memory it lies, and
    # a member by how many lie before it.
    os.environ.setdefault("MKL_CBWR", "AUTO")
    asked, present = getattr(spec, "device", "cpu"), torch.cuda.is_available()
    if asked == "cuda" and not present:
        raise InputError("a CUDA device for `device: cuda`", "none", "use `device: cpu`")
    if not present or asked == "cpu":
        return torch.device("cpu")
    # cuBLAS reads this when it starts, and torch refuses to be deterministic without it.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    return torch.device("cuda")


def run(method: Method[State], checkpoint: Path, stamp: str, log: Log) -> Trained[State]:
    """Take every step that is left, from the checkpoint if its stamp agrees.

    Whatever interrupts a step (SIGTERM arrives as SystemExit), the state of its start is saved.
    """
    now = _begin(method, checkpoint, stamp, log)
    began = spoke = time.monotonic() - now.seconds
    saved = frozen(method, now)
    while not method.finished(now.state):
        try:
            method.step(now.state, log)
        except BaseException:
            save_checkpoint(checkpoint, stamp, saved)
            raise
        now = now._replace(seconds=time.monotonic() - began)
        saved = frozen(method, now)
        if method.due(now.state):
            save_checkpoint(checkpoint, stamp, saved)
        if time.monotonic() - spoke > SECONDS or method.finished(now.state):
            spoke = time.monotonic()
            left = eta(now.seconds, method.share(now.state))
            log(f"{method.line(now.state)}  {now.seconds:.0f} s  {left}")
    return now


def frozen(method: Method[State], trained: Trained[State]) -> Tensors:
    """Return a training as named tensors: a checkpoint, or a shard."""
    seconds = torch.tensor(trained.seconds, dtype=torch.float64)
    return {**method.freeze(trained.state), "seconds": seconds}


def _begin(method: Method[State], checkpoint: Path, stamp: str, log: Log) -> Trained[State]:
    tensors = load_checkpoint(checkpoint, stamp, log)
    if tensors is None:
        return Trained(method.start(), 0.0)
    trained = Trained(method.thaw(tensors), float(tensors["seconds"]))
    log(f"resumed after {method.line(trained.state)} from {checkpoint.name}")
    return trained
