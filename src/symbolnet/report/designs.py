"""What the page calls the kinds of designs that go through one flow, and how it draws them."""

from typing import NamedTuple


class Design(NamedTuple):
    """Name of a kind, and style and marker of its points."""

    label: str
    style: str
    marker: str


FORMULAS = "formulas"
DESIGNS = {
    FORMULAS: Design("formulas", "ours", "disc"),
    "kan": Design("learned one-dimensional tables", "c3", "triangle"),
    "lut": Design("network of six-bit lookups", "c4", "diamond"),
    "mlp": Design("quantised MLP", "c2", "cross"),
    "trees": Design("oblivious trees", "c0", "square"),
}
