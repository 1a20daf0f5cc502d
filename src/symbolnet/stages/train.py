"""Stage `train`: a data set to the trained members of one training."""

import signal
from pathlib import Path
from types import FrameType

from symbolnet.artifact import sha256
from symbolnet.config import Training
from symbolnet.data.dataset import load_dataset


def train(
    dataset: Path, network: Path, history: Path, members: Path, checkpoint: Path, spec: Training
) -> None:
    """Train every pair of targets and seed; a killed job goes on from its checkpoint.

    The training is named after the folder of `network`.
    """
    from symbolnet.network.checkpoint import stamp_of
    from symbolnet.network.device import prepare_device
    from symbolnet.network.members import write_members
    from symbolnet.network.train import problem_of, train_members

    signal.signal(signal.SIGTERM, _stop)
    problem = problem_of(load_dataset(dataset), spec, prepare_device(spec))
    stamp = stamp_of(spec, sha256(dataset))
    state = train_members(problem, checkpoint, stamp, _log)
    files = (network, history, members)
    write_members(network.absolute().parent.name, spec, problem.layout, state, files)
    checkpoint.unlink(missing_ok=True)


def _log(line: str) -> None:
    print(line, flush=True)


def _stop(number: int, _frame: FrameType | None) -> None:
    """Leave by an exception, so that the running epoch's start is saved on the way out."""
    raise SystemExit(128 + number)
