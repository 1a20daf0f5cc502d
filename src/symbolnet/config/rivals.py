"""Settings of the rivals: classifiers without formulas that take the hardware flow of formulas."""

from typing import Annotated, Literal

from pydantic import Field

from symbolnet.config.base import Count, Settings

_Bits = Annotated[int, Field(ge=2, le=10)]  # of an input: a comparison is a table of 2**bits


class Mlp(Settings):
    """A quantised, pruned network of ReLU layers."""

    kind: Literal["mlp"] = Field("mlp", description="Quantised ReLU layers: `mlp`.")
    hidden: Annotated[list[Count], Field(min_length=1)] = Field(
        [64, 32, 32], description="Widths of the hidden layers."
    )
    weight_bits: Annotated[int, Field(ge=2, le=8)] = Field(
        6, description="Bits of a weight, the sign included."
    )
    activation_bits: Annotated[int, Field(ge=3, le=12)] = Field(
        6, description="Bits of an activation, which has no sign."
    )
    input_bits: Annotated[int, Field(ge=4, le=12)] = Field(
        8, description="Bits of an input, the sign included; it saturates at -4 and 4."
    )
    density: float = Field(0.25, gt=0, le=1, description="Share of each layer's weights to keep.")
    seed: int = Field(
        0, ge=0, lt=2**63, description="Seed of the weights and of the order of the batches."
    )
    epochs: Count = Field(60, description="Passes over the training set.")
    batch: Count = Field(256, description="Rows per step.")
    learning_rate: float = Field(
        0.005, gt=0, allow_inf_nan=False, description="First step size of Adam; it falls to zero."
    )


class Trees(Settings):
    """Boosted oblivious trees: one comparison a level, one score a class in every leaf."""

    kind: Literal["trees"] = Field("trees", description="Boosted oblivious trees: `trees`.")
    trees: Annotated[int, Field(ge=1, le=1000)] = Field(10, description="Number of trees.")
    depth: Annotated[int, Field(ge=1, le=8)] = Field(6, description="Comparisons of a tree.")
    input_bits: _Bits = Field(6, description="Bits of an input, the sign included.")
    leaf_bits: Annotated[int, Field(ge=2, le=10)] = Field(
        3, description="Bits of a score in a leaf, the sign included."
    )
    shrinkage: float = Field(0.3, gt=0, le=1, description="Share of a step that a tree takes.")
    refits: Annotated[int, Field(ge=1)] = Field(
        10, description="Passes over all trees that refit the rounded leaves."
    )


Classifier = Annotated[Mlp | Trees, Field(discriminator="kind")]


class RivalJob(Settings):
    """Settings of `train_rival`."""

    classifier: Classifier = Field(Mlp(), description="The rival, as in `classifiers`.")
    argmax: bool = Field(False, description="As in `firmware`.")
