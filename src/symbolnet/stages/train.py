"""Stage `train`: a data set to the trained members of one training, of either method."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from symbolnet.artifact import sha256
from symbolnet.config import PaperTraining, SymbolNetTraining, TrainJob
from symbolnet.data.dataset import load_dataset
from symbolnet.network.job import Job


def train(
    dataset: Path, network: Path, history: Path, members: Path, checkpoint: Path, spec: TrainJob
) -> None:
    """Train all members of a training; a killed job goes on from its checkpoint.

    The training is named after the folder of `network`.
    """
    name = network.absolute().parent.name
    data, digest = load_dataset(dataset), sha256(dataset)
    job = Job(name, data, digest, network, history, members, checkpoint, _log)
    KINDS[type(spec.training)](job, spec.training)
    checkpoint.unlink(missing_ok=True)


def _paper(job: Job, spec: PaperTraining) -> None:
    from symbolnet.network.device import prepare_device
    from symbolnet.network.members import write_members
    from symbolnet.network.problem import problem_of
    from symbolnet.network.refine import second_checkpoint, train_scan

    problem = problem_of(job.dataset, spec, prepare_device(spec))
    scan = train_scan(problem, job.checkpoint, job.dataset_sha256, job.log)
    files = (job.network, job.history, job.members)
    write_members(job.name, problem, scan.state, files, scan.members)
    second_checkpoint(job.checkpoint).unlink(missing_ok=True)


def _symbolnet(job: Job, spec: SymbolNetTraining) -> None:
    from symbolnet.methods.symbolnet.job import train_symbolnet

    train_symbolnet(job, spec)


KINDS: dict[type, Callable[[Job, Any], None]] = {
    PaperTraining: _paper,
    SymbolNetTraining: _symbolnet,
}


def _log(line: str) -> None:
    print(line, flush=True)
