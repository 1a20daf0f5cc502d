"""Formulas of overdensities out of the network: of a message, then of what a halo makes of its sum.

The search for laws of quantities (docs/laws.md) looks for the message m(r, Mj, vij) on edges, and,
the sum e of the formula chosen, for delta(e, Mi, vi) on haloes. Then all constants are fitted once
more to the overdensities themselves, without the network. Both choices are of the simplest formula
that is nearly as good as the best on haloes kept from the fits; held-out ones have no say.
"""

from collections.abc import Sequence
from itertools import combinations_with_replacement
from typing import NamedTuple

import numpy as np

from symbolnet.config import HaloSearch
from symbolnet.distil.halos.forms import least_deviations, mean_off
from symbolnet.distil.halos.neighbours import Edges, Parts
from symbolnet.distil.laws.choice import simplest
from symbolnet.distil.laws.messages import deviations
from symbolnet.errors import InputError
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.origin import formulas
from symbolnet.expression.text import texts
from symbolnet.expression.tree import Expression, complexity
from symbolnet.methods.symbolnet.laws.proposals import Proposal, Rows, free_constants, replaced
from symbolnet.methods.symbolnet.laws.search import laws_in

Array = np.ndarray
OF_MESSAGE, OF_HALO = ("r", "Mj", "vij"), ("e", "Mi", "vi")
_DEGREE = 3  # of the smooth function of a sum that messages are compared by
_DIGITS = 5


class Formula(NamedTuple):
    """delta = halo(e, Mi, vi), e = sum of message(r, Mj, vij)."""

    halo: Expression
    message: Expression

    @property
    def complexity(self) -> int:
        """What both cost."""
        return complexity(self.halo) + complexity(self.message)

    @property
    def constants(self) -> int:
        """How many constants were fitted."""
        return sum(len(free_constants(one)) for one in self)

    def text(self, digits: int = _DIGITS) -> str:
        """Return both as text."""
        return f"{text_of(self.halo, OF_HALO, digits)}, e = sum of " + text_of(
            self.message, OF_MESSAGE, digits
        )

    def made(self, edges: Edges) -> Array:
        """Return the overdensities (h,) that it says."""
        return _values(self.halo, _of_halo(edges, summed(self.message, edges)))


class Found(NamedTuple):
    """The front of messages, the errors of a smooth function of their sums, and that of formulas.

    Errors are of kept haloes; `front` has formulas with constants fitted to all that train.
    """

    messages: list[Proposal]
    message_errors: list[float]
    message: int
    front: list[Formula]
    errors: list[float]
    chosen: int


def text_of(tree: Expression, names: Sequence[str], digits: int) -> str:
    """Return a formula with its constants in so many digits."""
    short = {one: float(f"{one.value:.{digits}g}") for one in free_constants(tree)}
    return texts([replaced(tree, short) or tree], names)[0]


def formula_of(halo: str, message: str) -> Formula:
    """Return the formula of two texts; raise InputError where they are none."""
    return Formula(*(formulas(one, names).expressions[0] for one, names in _named(halo, message)))


def _named(halo: str, message: str) -> list[tuple[str, Sequence[str]]]:
    return [(halo, OF_HALO), (message, OF_MESSAGE)]


def sent_by(message: Expression, edges: Edges) -> Array:
    """Return the messages (e,) that a formula says."""
    return _values(message, _of_message(edges))


def summed(message: Expression, edges: Edges) -> Array:
    """Return the sums (h,) of a formula of messages."""
    return edges.summed(sent_by(message, edges))


def find(parts: Parts, sent: Array, spec: HaloSearch) -> Found:
    """Return the formulas of messages `sent` (e,) along the edges that fits see.

    Raises InputError where messages are all alike: the network has learned nothing.
    """
    fitted, random = parts.fitted, np.random.default_rng(spec.seed)
    if not np.ptp(sent) > 0:
        raise InputError("messages that vary", "one for all", "train the network for more steps")
    drawn = np.sort(random.permutation(len(sent))[: spec.rows])
    messages = laws_in(_rows(_of_message(fitted)[drawn], sent[drawn]), spec.effort)
    smooth = [_smoothly(one.tree, parts) for one in messages]
    best = simplest([one.nodes for one in messages], smooth, spec.factor)
    message = messages[best].tree
    own = _of_halo(fitted, summed(message, fitted))
    drawn = np.sort(random.permutation(len(own))[: spec.rows])
    halos = laws_in(_rows(own[drawn], fitted.target[drawn]), spec.effort)
    front = [refitted(Formula(one.tree, message), fitted) for one in halos]
    errors = [mean_off(one.made(parts.kept), parts.kept.target) for one in front]
    chosen = simplest([one.complexity for one in front], errors, spec.factor)
    return Found(messages, smooth, best, front, errors, chosen)


def refitted(formula: Formula, edges: Edges) -> Formula:
    """Return a formula with its constants by least absolute deviations of the overdensities."""
    free = [free_constants(one) for one in formula]
    count, start = len(free[0]), [float(c.value) for one in free for c in one]

    def with_constants(values: Array) -> Formula | None:
        halo = replaced(formula.halo, dict(zip(free[0], values[:count].tolist(), strict=True)))
        message = replaced(
            formula.message, dict(zip(free[1], values[count:].tolist(), strict=True))
        )
        return None if halo is None or message is None else Formula(halo, message)

    def made(values: Array) -> Array:
        one = with_constants(values)
        return np.full(len(edges.halos), np.nan) if one is None else one.made(edges)

    if not start:
        return formula
    return with_constants(least_deviations(made, edges.target, np.array(start))) or formula


def _smoothly(message: Expression, parts: Parts) -> float:
    """Return the error on kept haloes of a smooth function of the sums and of the haloes."""
    known, kept = (_of_halo(one, summed(message, one)) for one in (parts.fitted, parts.kept))
    if not (np.isfinite(known).all() and np.isfinite(kept).all()):
        return float("inf")
    middle, spread = known.mean(axis=0), known.std(axis=0) + 1e-300
    columns = [_powers((one - middle) / spread) for one in (known, kept)]
    free = deviations(columns[0], parts.fitted.target)
    return mean_off(columns[1] @ free, parts.kept.target)


def _powers(x: Array) -> Array:
    """Return the monomials (h, k) of rows (h, d) up to a degree, 1 first; sums may be far out."""
    near = x / np.sqrt(1 + (x / 5) ** 2)
    products = (
        near[:, list(places)].prod(axis=1)
        for degree in range(_DEGREE + 1)
        for places in combinations_with_replacement(range(x.shape[1]), degree)
    )
    return np.stack(list(products), axis=1)


def _rows(x: Array, y: Array) -> Rows:
    return Rows(x, y, np.ones(len(y)))


def _of_message(edges: Edges) -> Array:
    return np.stack((edges.distance, edges.mass, edges.speed), axis=1)


def _of_halo(edges: Edges, sums: Array) -> Array:
    return np.stack((sums, edges.own_mass, edges.own_speed), axis=1)


def _values(tree: Expression, x: Array) -> Array:
    found: Array = evaluate([tree], x)[:, 0]
    return found
