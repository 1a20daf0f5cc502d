"""Stage `train_shard`: a data set to the finished state of some members of a training."""

from pathlib import Path

from symbolnet.artifact import sha256
from symbolnet.config import TrainJob
from symbolnet.data.dataset import load_dataset
from symbolnet.methods.select import method_of
from symbolnet.pipeline.marks import In, Out
from symbolnet.pipeline.stages.train import log
from symbolnet.training.loop import frozen, run, save_checkpoint, stamp_of


def train_shard(dataset: In, shard: Out, checkpoint: Path, spec: TrainJob) -> None:
    """Train the members of a shard; a killed job goes on from its checkpoint.

    A shard is written like a checkpoint: `join_shards` makes one of all members from it.
    """
    stamp = stamp_of(spec.training, sha256(dataset))
    method = method_of(load_dataset(dataset), spec.training)
    save_checkpoint(shard, stamp, frozen(method, run(method, checkpoint, stamp, log)))
    checkpoint.unlink(missing_ok=True)
