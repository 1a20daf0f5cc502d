"""The members of a training divided among jobs, each of which is a training of some of them."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any, TypeVar

from symbolnet.config.training import PaperTraining, TrainingSettings

T = TypeVar("T")


def shards_of(training: TrainingSettings, count: int) -> list[TrainingSettings]:
    """Return `count` trainings; their members, one after the other, are those of the whole.

    None of them refines: that takes all members. Seeds are divided first. Where there are fewer
    seeds than shards, the targets of each seed are; only the members of `paper` have targets.
    """
    seeds = training.seeds
    if count <= len(seeds) or not isinstance(training, PaperTraining):
        changes: Iterator[dict[str, Any]] = ({"seeds": part} for part in divided(seeds, count))
    else:
        changes = (
            {"seeds": [seed], "targets": part}
            for seed, own in zip(seeds, divided(range(count), len(seeds)), strict=True)
            for part in divided(training.targets, len(own))
        )
    alone = {"shards": 1, "refine": 0} if isinstance(training, PaperTraining) else {"shards": 1}
    return [training.model_copy(update={**alone, **change}) for change in changes]


def divided(items: Sequence[T], count: int) -> list[Sequence[T]]:
    """Cut a sequence into `count` parts of nearly equal length, the longer ones first."""
    each, more = divmod(len(items), count)
    ends = accumulate((each + (i < more) for i in range(count)), initial=0)
    return [items[low:high] for low, high in pairwise(ends)]
