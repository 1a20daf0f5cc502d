"""Stage `train`: a data set to the trained members of one training, of either method."""

from pathlib import Path

from symbolnet.artifact import sha256
from symbolnet.config import TrainJob
from symbolnet.data.dataset import load_dataset
from symbolnet.methods.select import method_of
from symbolnet.pipeline.marks import In, Out
from symbolnet.training.loop import run, stamp_of
from symbolnet.training.members import write_members


def train(
    dataset: In, network: Out, history: Out, members: Out, checkpoint: Path, spec: TrainJob
) -> None:
    """Train all members of a training; a killed job goes on from its checkpoint.

    The training is named after the folder of `network`.
    """
    training, digest = spec.training, sha256(dataset)
    method = method_of(load_dataset(dataset), training)
    state, seconds = run(method, checkpoint, stamp_of(training, digest), log)
    name, files = network.absolute().parent.name, (network, history, members)
    for line in write_members(name, training, method.members(state), seconds, files):
        log(line)
    checkpoint.unlink(missing_ok=True)


def log(line: str) -> None:
    """Print a line of the log at once."""
    print(line, flush=True)
