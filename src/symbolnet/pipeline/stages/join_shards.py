"""Stage `join_shards`: the shards of a training to its members, as one job would have made them."""

from pathlib import Path
from typing import Annotated

from symbolnet.artifact import sha256
from symbolnet.config import TrainingSettings, TrainJob, shards_of
from symbolnet.errors import InputError
from symbolnet.methods.select import joined
from symbolnet.pipeline.marks import In, Out, Reads
from symbolnet.pipeline.stages.train import train
from symbolnet.training.loop import load_checkpoint, save_checkpoint, stamp_of
from symbolnet.training.method import Tensors


def join_shards(
    dataset: In,
    shards: Annotated[list[Path], Reads("shard")],
    network: Out,
    history: Out,
    members: Out,
    checkpoint: Path,
    spec: TrainJob,
) -> None:
    """Write the states of all shards as a checkpoint after the last epoch, and finish from there.

    What the shards leave to do is the second pass of a scan with `refine`, and the three files.
    """
    digest, whole = sha256(dataset), spec.training
    parts = zip(shards, shards_of(whole, len(shards)), strict=True)
    states = [_state(path, part, digest) for path, part in parts]
    save_checkpoint(checkpoint, stamp_of(whole, digest), joined(whole, states))
    train(dataset, network, history, members, checkpoint, spec)


def _state(path: Path, part: TrainingSettings, digest: str) -> Tensors:
    told: list[str] = []
    state = load_checkpoint(path, stamp_of(part, digest), told.append)
    if state is None:
        found = told[0].rpartition(", ignored")[0] if told else f"no file {path}"
        raise InputError("a shard of these settings and data", found, "train the shards again")
    return state
