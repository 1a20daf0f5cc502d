"""Where everything of `groups` lies: columns of units, and the one parameter row of a seed.

The members of one seed share a row [scores | outer | shift | bias | temperature]. The columns of
the scores are their units, target after target: the functions of class 0, of class 1, ..., then
one bare sum for each class.
"""

from typing import NamedTuple

from torch import Tensor

from symbolnet.config import GroupTraining


class Parts(NamedTuple):
    """Views of rows: scores (s, d, u), outer and shift (s, f), bias (s, t k), temperature (s, t).

    They are S, V, c, b and tau of the equations (docs/images.md).
    """

    scores: Tensor
    outer: Tensor
    shift: Tensor
    bias: Tensor
    temperature: Tensor


class GroupLayout(NamedTuple):
    """d inputs, k classes, and J functions of each class for every target."""

    inputs: int
    classes: int
    functions: tuple[int, ...]

    @property
    def columns(self) -> list[int]:
        """Units of each target: k (J + 1)."""
        return [self.classes * (j + 1) for j in self.functions]

    @property
    def function_columns(self) -> list[int]:
        """Functions of each target: k J."""
        return [self.classes * j for j in self.functions]

    @property
    def sizes(self) -> list[int]:
        """Lengths of the parts of a row."""
        functions, targets = sum(self.function_columns), len(self.functions)
        units = self.inputs * sum(self.columns)
        return [units, functions, functions, targets * self.classes, targets]

    def parts(self, rows: Tensor) -> Parts:
        """Split rows (s, p) into their parts."""
        scores, *rest = rows.split(self.sizes, dim=1)
        return Parts(scores.view(len(rows), self.inputs, -1), *rest)


def group_layout(spec: GroupTraining, inputs: int, classes: int) -> GroupLayout:
    """Return the layout of a training on d inputs and k classes."""
    return GroupLayout(inputs, classes, tuple(target.functions for target in spec.targets))
