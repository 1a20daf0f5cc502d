"""Settings of the rivals: classifiers without formulas that take the hardware flow of formulas."""

from typing import Annotated, Literal

from pydantic import Field

from symbolnet.config.base import Count, Settings

_Bits = Annotated[int, Field(ge=2, le=10)]  # of an input: a comparison is a table of 2**bits
# Of all that descend by Adam (baselines/rivals/schedule.py).
_Seed = Annotated[
    int,
    Field(
        ge=0,
        lt=2**63,
        description="Seed of what is drawn first and of the order of the batches.",
    ),
]
_Epochs = Annotated[Count, Field(description="Passes over the training set.")]
_Batch = Annotated[Count, Field(description="Rows per step.")]
_Rate = Annotated[
    float,
    Field(gt=0, allow_inf_nan=False, description="First step size of Adam; it falls to zero."),
]


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
    seed: _Seed = 0
    epochs: _Epochs = 60
    batch: _Batch = 256
    learning_rate: _Rate = 0.005


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


class Kan(Settings):
    """Two layers of learned one-dimensional functions in tables, as KANELE."""

    kind: Literal["kan"] = Field("kan", description="Sums of learned functions: `kan`.")
    luts: Annotated[float, Field(ge=10, le=100_000)] = Field(
        300, description="Estimated LUTs to prune down to; Yosys counts what it counts."
    )
    words: Count = Field(8, description="Sums of functions of the inputs, at most.")
    input_bits: _Bits = Field(6, description="Bits of an input, the sign included.")
    word_bits: Annotated[int, Field(ge=3, le=8)] = Field(6, description="Bits of such a sum.")
    fraction: Annotated[int, Field(ge=0, le=6)] = Field(
        2, description="Fraction bits of the scores."
    )
    seed: _Seed = 0
    epochs: _Epochs = 60
    batch: _Batch = 256
    learning_rate: _Rate = 0.03


class Lut(Settings):
    """A network of six-input lookup tables on bits of the inputs, after DWN."""

    kind: Literal["lut"] = Field("lut", description="Network of six-input lookup tables: `lut`.")
    layers: Annotated[list[Count], Field(min_length=1, max_length=4)] = Field(
        [60], description="Lookup tables of each layer; the classes share the last."
    )
    thresholds: Annotated[int, Field(ge=1, le=1023)] = Field(
        15, description="Comparisons of an input, at most; at quantiles of the training rows."
    )
    input_bits: Annotated[int, Field(ge=1, le=10)] = Field(
        6, description="Bits of an input, the sign included; 1: above half its reach, or not."
    )
    seed: _Seed = 0
    epochs: _Epochs = 60
    batch: _Batch = 256
    learning_rate: _Rate = 0.02


Classifier = Annotated[Kan | Lut | Mlp | Trees, Field(discriminator="kind")]


class RivalJob(Settings):
    """Settings of `train_rival`."""

    classifier: Classifier = Field(Mlp(), description="The rival, as in `classifiers`.")
    argmax: bool = Field(False, description="As in `firmware`.")
