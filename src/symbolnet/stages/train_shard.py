"""Stage `train_shard`: a data set to the finished state of some members of a training."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from symbolnet.artifact import sha256
from symbolnet.config import PaperTraining, SymbolNetTraining, TrainJob
from symbolnet.data.dataset import load_dataset
from symbolnet.network.checkpoint import Tensors, save_checkpoint, stamp_of
from symbolnet.network.job import Job


def train_shard(dataset: Path, shard: Path, checkpoint: Path, spec: TrainJob) -> None:
    """Train the members of a shard; a killed job goes on from its checkpoint.

    A shard is written like a checkpoint: `join_shards` makes one of all members from it.
    """
    digest, training = sha256(dataset), spec.training
    # Its one file is the shard: the three of a training are written when all members are there.
    job = Job(shard.name, load_dataset(dataset), digest, shard, shard, shard, checkpoint, _log)
    state = KINDS[type(training)](job, training, stamp_of(training, digest))
    save_checkpoint(shard, stamp_of(training, digest), state)
    checkpoint.unlink(missing_ok=True)


def _paper(job: Job, spec: PaperTraining, stamp: str) -> Tensors:
    from symbolnet.network.device import prepare_device
    from symbolnet.network.problem import problem_of
    from symbolnet.network.state import frozen
    from symbolnet.network.train import train_members

    problem = problem_of(job.dataset, spec, prepare_device(spec))
    return frozen(train_members(problem, job.checkpoint, stamp, job.log))


def _symbolnet(job: Job, spec: SymbolNetTraining, stamp: str) -> Tensors:
    from symbolnet.methods.symbolnet.job import data_of, run_front
    from symbolnet.methods.symbolnet.record import frozen

    return frozen(run_front(job, spec, data_of(job.dataset, spec)))


KINDS: dict[type, Callable[[Job, Any, str], Tensors]] = {
    PaperTraining: _paper,
    SymbolNetTraining: _symbolnet,
}


def _log(line: str) -> None:
    print(line, flush=True)
