"""The loop of every training: steps, log lines, checkpoints, and going on after a kill."""

import json
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Generic, NamedTuple, Protocol

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from threadpoolctl import threadpool_limits

from symbolnet.artifact import replacing
from symbolnet.config import Settings
from symbolnet.errors import InputError
from symbolnet.progress import SECONDS, eta
from symbolnet.training.method import Log, State, Steps, Tensors

VERSION = 5  # of checkpoints
Keep = Callable[[Tensors], None]


class Trained(NamedTuple, Generic[State]):
    """The state of a training, and the seconds that it took, those before a kill included."""

    state: State
    seconds: float


class Threaded(Protocol):
    """Settings that name the threads of a training."""

    @property
    def threads(self) -> int:
        """How many there are."""


def prepare_device(spec: Threaded) -> torch.device:
    """Set the thread count and return the device; raise InputError where there is no such one.

    On a GPU only deterministic algorithms run from here on.
    """
    torch.set_num_threads(spec.threads)
    threadpool_limits(spec.threads)  # numpy's BLAS would take all cores of a shared machine
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


def run(method: Steps[State], checkpoint: Path, stamp: str, log: Log) -> Trained[State]:
    """Take every step that is left, from the checkpoint if its stamp agrees."""
    keep = partial(save_checkpoint, checkpoint, stamp)
    return advance(method, _begin(method, checkpoint, stamp, log), log, keep)


def advance(
    method: Steps[State],
    now: Trained[State],
    log: Log,
    keep: Keep,
    enough: Callable[[Trained[State]], bool] | None = None,
    seconds: float = SECONDS,
) -> Trained[State]:
    """Take steps until none is left, or `enough` says so; log a line every so many seconds.

    `keep` is handed the frozen state whenever it is due. Whatever interrupts a step (SIGTERM
    arrives as SystemExit, Ctrl-C as KeyboardInterrupt), it is handed the state of the step's start.
    """
    began = spoke = time.monotonic() - now.seconds
    saved = frozen(method, now)
    while not method.finished(now.state) and not (enough and enough(now)):
        try:
            method.step(now.state, log)
        except BaseException:
            keep(saved)
            raise
        now = now._replace(seconds=time.monotonic() - began)
        saved = frozen(method, now)
        if method.due(now.state):
            keep(saved)
        if time.monotonic() - spoke > seconds or method.finished(now.state):
            spoke = time.monotonic()
            left = eta(now.seconds, method.share(now.state))
            log(f"{method.line(now.state)}  {now.seconds:.0f} s  {left}")
    return now


def frozen(method: Steps[State], trained: Trained[State]) -> Tensors:
    """Return a training as named tensors: a checkpoint, or a shard."""
    seconds = torch.tensor(trained.seconds, dtype=torch.float64)
    return {**method.freeze(trained.state), "seconds": seconds}


def _begin(method: Steps[State], checkpoint: Path, stamp: str, log: Log) -> Trained[State]:
    tensors = load_checkpoint(checkpoint, stamp, log)
    if tensors is None:
        return Trained(method.start(), 0.0)
    trained = Trained(method.thaw(tensors), float(tensors["seconds"]))
    log(f"resumed after {method.line(trained.state)} from {checkpoint.name}")
    return trained


def stamp_of(spec: Settings, dataset_sha256: str) -> str:
    """Return what a checkpoint must agree on to be resumed: version, settings, data."""
    settings = spec.model_dump(mode="json")
    return json.dumps([VERSION, dataset_sha256, settings], sort_keys=True)


def save_checkpoint(path: Path, stamp: str, tensors: Tensors) -> None:
    """Write a frozen state atomically: a kill leaves the previous checkpoint or this one."""
    with replacing(path) as temporary:
        # Not save_file: it hides a full disk in an error of its own.
        temporary.write_bytes(save(tensors, metadata={"stamp": stamp}))


def load_checkpoint(path: Path, stamp: str, log: Log) -> Tensors | None:
    """Return the frozen state, or None (saying why) where there is none of this stamp."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as archive:
            if (archive.metadata() or {}).get("stamp") != stamp:
                log(f"{path.name}: of other settings or data, ignored; training from the start")
                return None
            return {name: archive.get_tensor(name) for name in archive.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        log(f"{path.name}: unreadable ({error}), ignored; training from the start")
        return None
