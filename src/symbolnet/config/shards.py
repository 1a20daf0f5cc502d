"""A training divided among jobs: how many, and where that cannot keep the bytes."""

from pydantic import Field

from symbolnet.config.base import Count, Settings


class Sharded(Settings):
    """How many jobs share the members of a training; no part of what a job is given."""

    shards: Count = Field(
        1,
        exclude=True,
        description="Jobs that share the members; the bytes stay the same (docs/cluster.md).",
    )


def check_shards(shards: int, most: int, threads: int = 1, device: str = "cpu") -> None:
    """Raise ValueError where a training cannot be divided into so many jobs."""
    if shards > most:
        raise ValueError(f"shards must be {most} or less: there is no more to divide")
    if shards > 1 and (threads > 1 or device != "cpu"):
        raise ValueError(
            "shards need threads 1 and device cpu: else the rounding of a member depends on how"
            " many are trained together"
        )
