"""Settings of the trainings, one model per kind."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from symbolnet.config.base import Count, Fraction, Seeds, Settings
from symbolnet.config.front import FrontTraining
from symbolnet.config.shards import Sharded, check_shards
from symbolnet.config.weights import Weighted
from symbolnet.operators import operator


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


class Training(Architecture, Sharded, Weighted):
    """One training job: its members are all pairs of targets and seed."""

    preset: Literal["notebook", "compact"] = Field(
        "notebook",
        description="Loss and masks: `notebook`, the paper's, or `compact` (docs/compact.md).",
    )
    targets: Annotated[list[Targets], Field(min_length=1)] = Field(
        [Targets()], description="Points of the scan; each is trained with every seed."
    )
    seeds: Seeds = Field(
        [0], description="Seeds of the initial weights; in `notebook` also of the order of batches."
    )
    epochs: Count = Field(100, description="Passes over the training set.")
    keep: Literal["last", "best"] = Field(
        "last",
        description="Epoch stored of a member: `last`, or `best` on validation data (in `compact` "
        "of those with final masks).",
    )
    refine: Annotated[int, Field(ge=0)] = Field(
        0,
        description="Targets added in a second pass, in the gaps of the front; only in `compact`.",
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
    def _refine_what_meets_its_targets(self) -> "Training":
        if self.refine and self.preset != "compact":
            raise ValueError("refine needs preset compact, whose members meet their targets")
        return self

    @model_validator(mode="after")
    def _can_be_divided(self) -> "Training":
        members = len(self.seeds) * len(self.targets)
        check_shards(self.shards, members, self.threads, self.device)
        return self


class Budget(Settings):
    """One point of a scan of `groups`: how large its expressions may be."""

    complexity: float = Field(100.0, gt=0, description="Mean complexity not to be exceeded.")
    functions: Annotated[int, Field(ge=0)] = Field(
        5, description="Functions of each class; each costs 5 nodes besides its inputs."
    )

    @model_validator(mode="after")
    def _room_for_inputs(self) -> "Budget":
        if self.complexity <= 2 + 5 * self.functions:
            raise ValueError("complexity must exceed 2 + 5 functions, to leave nodes for inputs")
        return self


class GroupTraining(Sharded, Weighted):
    """One job of networks whose inner weights are all one: many inputs, as in images."""

    preset: Literal["groups"] = Field(
        "groups", description="Sums of bare inputs inside few functions (docs/images.md)."
    )
    targets: Annotated[list[Budget], Field(min_length=1)] = Field(
        [
            Budget(complexity=50, functions=3),
            Budget(complexity=100, functions=5),
            Budget(complexity=150, functions=8),
            Budget(complexity=300, functions=14),
        ],
        description="Points of the scan; each is trained with every seed.",
    )
    seeds: Seeds = Field([0], description="Seeds of the initial scores and of the batches.")
    epochs: Count = Field(10, description="Passes over the training set.")
    batch: Count = Field(250, description="Images per step.")
    learning_rate: float = Field(
        0.02, gt=0, allow_inf_nan=False, description="First step size of Adam; it falls to zero."
    )
    start: float = Field(
        1.5, ge=1, le=10, description="Inputs at the start, in multiples of those of the target."
    )
    ramp: Annotated[float, Field(gt=0, le=1)] = Field(
        0.6, description="Share of the steps after which the target is reached."
    )
    lit: float = Field(0.3, description="Inputs whose absolute value is above this ...", ge=0)
    rare: Fraction = Field(
        0.004, description="... in a smaller share of train than this are left out."
    )
    checkpoint_every: Count = Field(1, description="Epochs between checkpoints.")
    threads: Count = Field(1, description="CPU threads; fixed, since it changes the rounding.")
    device: Literal["cpu", "cuda", "auto"] = Field(
        "cpu", description="Where to train; `auto` takes a GPU where there is one."
    )

    @model_validator(mode="after")
    def _can_be_divided(self) -> "GroupTraining":
        check_shards(self.shards, len(self.seeds), self.threads, self.device)
        return self


class ProductBudget(Settings):
    """One point of a scan of `products`: how large its expressions may be."""

    complexity: float = Field(100.0, gt=0, description="Mean complexity not to be exceeded.")
    products: Count = Field(1, description="Products of each class; each costs 6 nodes and inputs.")

    @model_validator(mode="after")
    def _room_for_inputs(self) -> "ProductBudget":
        if self.complexity <= 2 + 6 * self.products:
            raise ValueError("complexity must exceed 2 + 6 products, to leave nodes for inputs")
        return self


class ProductTraining(Sharded, Weighted):
    """One job of networks of products of two sums: images of any brightness and contrast."""

    preset: Literal["products"] = Field(
        "products", description="Products of two sums of inputs (docs/images.md)."
    )
    targets: Annotated[list[ProductBudget], Field(min_length=1)] = Field(
        [ProductBudget(complexity=100, products=1), ProductBudget(complexity=300, products=4)],
        description="Points of the scan; each is trained with every seed.",
    )
    seeds: Seeds = Field([0], description="Seeds of the initial weights and of the batches.")
    epochs: Count = Field(40, description="Passes over the training set.")
    batch: Count = Field(100, description="Images per step.")
    learning_rate: float = Field(
        0.02, gt=0, allow_inf_nan=False, description="First step size of Adam; it falls to zero."
    )
    start: float = Field(
        2.0, ge=1, le=10, description="Nodes for inputs at the start, in multiples of the target's."
    )
    ramp: Annotated[float, Field(gt=0, le=1)] = Field(
        0.6, description="Share of the steps after which the target is reached."
    )
    one: tuple[float, float] = Field(
        (0.5, 1.6), description="Weights between these are exactly 1 and cost no coefficient."
    )
    checkpoint_every: Count = Field(5, description="Epochs between checkpoints.")
    threads: Count = Field(1, description="CPU threads; fixed, since it changes the rounding.")
    device: Literal["cpu", "cuda", "auto"] = Field(
        "cpu", description="Where to train; `auto` takes a GPU where there is one."
    )

    @model_validator(mode="after")
    def _one_is_between(self) -> "ProductTraining":
        if not 0 < self.one[0] < 1 < self.one[1]:
            raise ValueError("one must be two numbers, one in (0, 1) and one above 1")
        return self

    @model_validator(mode="after")
    def _can_be_divided(self) -> "ProductTraining":
        check_shards(self.shards, len(self.seeds), self.threads, self.device)
        return self


TrainingSettings = Annotated[
    Training | FrontTraining | GroupTraining | ProductTraining, Field(discriminator="preset")
]


class TrainJob(Settings):
    """Settings of `train`: one training of any kind."""

    training: TrainingSettings = Field(Training(), description="The training, as in `training`.")
