"""Where everything of `products` lies: the one parameter row of a seed, target after target.

The part of a target is [weight | outer | shift | bias | temperature]. Columns of the weight are the
first sums of all products of class 0, of class 1, ..., then all second sums in the same order.
"""

from typing import NamedTuple

from torch import Tensor

from symbolnet.config import ProductTraining


class Product(NamedTuple):
    """The members of one target: w (s, d, 2 f), V (s, f), c (s, 2 f), b (s, k), tau (s, 1).

    f = k J counts the products of all classes (docs/images.md).
    """

    weight: Tensor
    outer: Tensor
    shift: Tensor
    bias: Tensor
    temperature: Tensor


class ProductLayout(NamedTuple):
    """d inputs, k classes, and J products of each class for every target."""

    inputs: int
    classes: int
    products: tuple[int, ...]

    @property
    def sizes(self) -> list[list[int]]:
        """Lengths of the parts of a row, for every target."""
        counts = [self.classes * j for j in self.products]
        return [[2 * self.inputs * f, f, 2 * f, self.classes, 1] for f in counts]

    def parts(self, rows: Tensor) -> list[Product]:
        """Split rows (s, p) into views of each target."""
        lengths = [length for sizes in self.sizes for length in sizes]
        pieces = rows.split(lengths, dim=1)
        found = []
        for start in range(0, len(pieces), 5):
            weight, *rest = pieces[start : start + 5]
            found.append(Product(weight.view(len(rows), self.inputs, -1), *rest))
        return found


def product_layout(spec: ProductTraining, inputs: int, classes: int) -> ProductLayout:
    """Return the layout of a training on d inputs and k classes."""
    return ProductLayout(inputs, classes, tuple(target.products for target in spec.targets))
