"""Settings of training, for either method, and its division among jobs."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from symbolnet.config.base import Count, Fraction, Seeds, Settings
from symbolnet.operators import operator


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


Weight = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Weighted(Settings):
    """Weights of the classes in a loss; they are divided by their mean over the training rows."""

    class_weights: Literal["balanced"] | dict[str, Weight] | None = Field(
        None,
        description="What a row counts by its class: `balanced`, every class alike in sum; or class"
        " to weight, the others 1; null: every row alike.",
    )


_FEW_INPUTS = 64  # more than this are pixels rather than features


def usual_budgets(inputs: int) -> list[float]:
    """Return the mean complexities that a data set of so many inputs is asked for by default."""
    return [16.0, 30.0, 60.0, 140.0] if inputs <= _FEW_INPUTS else [50.0, 100.0, 150.0, 300.0]


class SymbolNetTraining(Sharded, Weighted):
    """One job whose members are the points of a whole front, for each seed (docs/symbolnet.md)."""

    method: Literal["symbolnet"] = Field(
        "symbolnet", description="Growth, descent and surgery on one network (docs/symbolnet.md)."
    )
    seeds: Seeds = Field([0], description="Seeds of what is drawn; each gives one front.")
    budgets: Annotated[list[Annotated[float, Field(ge=2, le=5000)]], Field(min_length=1)] | None = (
        Field(
            None,
            description="Mean complexities to be best at; null: 16, 30, 60 and 140, or 50, 100, 150"
            " and 300 where there are more than 64 inputs.",
        )
    )
    operators: (
        list[Literal["square", "tanh", "sin", "gauss", "*", "/", "pow", "exp", "log"]] | None
    ) = Field(
        None,
        description="Operators that formulas may hold, beside sums and coefficients; null: all of"
        " square, tanh, sin, gauss, * and, in laws of quantities, /, pow, exp and log.",
    )
    effort: float = Field(
        1.0,
        gt=0,
        le=100,
        description="How long to search, in multiples of the usual numbers of tries.",
    )
    robust: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="Of quantities: errors above so many of their deviations (by median) count by"
        " their size, not by its square; null: squared errors.",
    )
    members: Count = Field(40, description="Points kept of each seed's front, at most.")
    digits: Annotated[int, Field(ge=1, le=17)] = Field(
        2, description="Significant digits that the constants of the points are rounded to."
    )
    threads: Count = Field(1, description="CPU threads; fixed, since it changes the rounding.")

    @model_validator(mode="after")
    def _can_be_divided(self) -> "SymbolNetTraining":
        check_shards(self.shards, len(self.seeds))
        return self


class Targets(Settings):
    """Sparsity asked for, for each kind of pruned object (paper section 3)."""

    input: Fraction = Field(0.0, description="Share of the inputs to prune.")
    weight: Fraction = Field(0.0, description="Share of the weights and biases to prune.")
    unary: Fraction = Field(0.0, description="Share of the unary operators to prune.")
    binary: Fraction = Field(0.0, description="Share of the binary operators to prune.")


class Layer(Settings):
    """One symbolic layer: u unary and b binary operators on u + 2b linear units."""

    unary: Annotated[int, Field(ge=0)] = Field(8, description="Unary operators.")
    binary: Annotated[int, Field(ge=0)] = Field(4, description="Binary operators.")

    @model_validator(mode="after")
    def _not_empty(self) -> "Layer":
        if self.unary + self.binary == 0:
            raise ValueError("a layer needs at least one operator")
        return self


class Architecture(Settings):
    """Shape and operators of the networks of a training."""

    layers: Annotated[list[Layer], Field(min_length=1)] = Field(
        [Layer()], description="The symbolic layers; a linear output layer follows."
    )
    unary_operators: Annotated[list[str], Field(min_length=1)] = Field(
        ["sin", "cos", "exp", "gauss"], description="Assigned to the unary units in turn."
    )
    binary_operators: Annotated[list[str], Field(min_length=1)] = Field(
        ["*"], description="Assigned to the binary units in turn."
    )

    @field_validator("unary_operators")
    @classmethod
    def _known_unary(cls, names: list[str]) -> list[str]:
        return [operator(name, 1).name for name in names]

    @field_validator("binary_operators")
    @classmethod
    def _known_binary(cls, names: list[str]) -> list[str]:
        return [operator(name, 2).name for name in names]


class PaperTraining(Architecture, Sharded, Weighted):
    """One training job: its members are all pairs of targets and seed."""

    method: Literal["paper"] = Field("paper", description="The published form (docs/paper.md).")
    thresholds: Literal["learned", "exact"] = Field(
        "learned",
        description="How pruning is decided: `learned`, the paper's loss, or `exact`, quantiles"
        " that meet every target.",
    )
    targets: Annotated[list[Targets], Field(min_length=1)] = Field(
        [Targets()], description="Points of the scan; each is trained with every seed."
    )
    seeds: Seeds = Field(
        [0],
        description="Seeds of the initial weights; also of `learned` batches.",
    )
    epochs: Count = Field(100, description="Passes over the training set.")
    keep: Literal["last", "best"] = Field(
        "last",
        description="Epoch stored of a member: `last`, or `best` on validation data (with `exact` "
        "of those with final masks).",
    )
    refine: Annotated[int, Field(ge=0)] = Field(
        0,
        description="Targets added in a second pass, in the gaps of the front; only with `exact`.",
    )
    batch: Count = Field(256, description="Jets or images per step.")
    learning_rate: float = Field(0.005, gt=0, allow_inf_nan=False, description="Step size of Adam.")
    checkpoint_every: Count = Field(5, description="Epochs between checkpoints.")
    memory_gb: float = Field(
        2.0,
        gt=0,
        allow_inf_nan=False,
        description="Memory of a step in GB; members that do not fit together take turns.",
    )
    threads: Count = Field(1, description="CPU threads; fixed, since it changes the rounding.")
    device: Literal["cpu", "cuda", "auto"] = Field(
        "cpu", description="Where to train; `auto` takes a GPU where there is one."
    )

    @model_validator(mode="after")
    def _refine_what_meets_its_targets(self) -> "PaperTraining":
        if self.refine and self.thresholds != "exact":
            raise ValueError("refine needs thresholds: exact, whose members meet their targets")
        return self

    @model_validator(mode="after")
    def _can_be_divided(self) -> "PaperTraining":
        members = len(self.seeds) * len(self.targets)
        check_shards(self.shards, members, self.threads, self.device)
        return self


def _method(training: object) -> object:
    """Return the method that settings of a training ask for, `symbolnet` where they are silent."""
    if isinstance(training, dict):
        return training.get("method", "symbolnet")
    return getattr(training, "method", None)


TrainingSettings = Annotated[
    Annotated[SymbolNetTraining, Tag("symbolnet")] | Annotated[PaperTraining, Tag("paper")],
    Discriminator(
        _method,
        custom_error_type="unknown_method",
        custom_error_message="method must be symbolnet or paper (docs/symbolnet.md, docs/paper.md)",
    ),
]

# What stands for a key of version 1.
_INSTEAD = {
    "notebook": "`method: paper` with `thresholds: learned`",
    "compact": "`method: paper` with `thresholds: exact`",
    "front": "`method: symbolnet` with `budgets`",
    "groups": "`method: symbolnet` with `budgets`",
    "products": "`method: symbolnet` with `budgets`",
}


_GONE = {"paths", "search", "search_tries", "exchanges"}


def outdated(name: str, training: object) -> str | None:
    """Say in one line what to write instead of keys that are gone; None where there are none."""
    if not isinstance(training, dict):
        return None
    if "preset" in training:
        preset = str(training["preset"])
        instead = _INSTEAD.get(preset, _INSTEAD["front"])
        return f"training.{name}: `preset: {preset}` is no longer a key; write {instead}"
    gone = sorted(_GONE & training.keys())
    if gone:
        return f"training.{name}: {', '.join(gone)} are no longer keys; write `budgets`, `effort`"
    return None


class TrainJob(Settings):
    """Settings of `train`: one training of either method."""

    training: TrainingSettings = Field(
        SymbolNetTraining(), description="The training, as in `training`."
    )


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
