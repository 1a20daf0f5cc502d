"""The search for the law of one quantity, in steps: one way of proposing laws, for one front part.

What stands before the rest as powers is told first (`separate`). For each such part the steps are
polynomials and quotients of them (`dense`), sums of few columns (`few`), functions of monomials
(`shapes`), sums with a sine or cosine, of many columns, and times a factor.
"""

from functools import cached_property

import numpy as np

from symbolnet.methods.symbolnet.laws.columns import number
from symbolnet.methods.symbolnet.laws.dense import polynomials, quotients
from symbolnet.methods.symbolnet.laws.few import factors, few_columns, many_columns, turns
from symbolnet.methods.symbolnet.laws.parts import Ground, Part, Strategy, enough, part_of
from symbolnet.methods.symbolnet.laws.proposals import Proposal, Proposals, Rows
from symbolnet.methods.symbolnet.laws.separate import separable
from symbolnet.methods.symbolnet.laws.shapes import functions_of_monomials, power_laws


class Search:
    """The search on some rows; what it is divided into is found when first asked for."""

    def __init__(self, rows: Rows, effort: float = 1.0) -> None:
        self.rows, self._effort = rows, effort
        self._ground = Ground(rows.x)

    @cached_property
    def steps(self) -> list[tuple[Strategy, Part]]:
        """Return strategies with the part they are for, the cheapest first."""
        parts = [part_of(self.rows, powers) for powers in separable(self.rows.x, self.rows.y)]
        found: list[tuple[Strategy, Part]] = [(_power_law, parts[-1])]  # the last is the whole
        for strategy, least, most, effort in _STRATEGIES:
            if effort <= self._effort:
                found += [(strategy, one) for one in parts if least <= len(one.places) <= most]
        return found

    def take(self, step: int, proposals: Proposals) -> None:
        """Take one step; where a law is exact, only one that may shorten it."""
        strategy, part = self.steps[step]
        if proposals.exact is None or strategy is few_columns:
            strategy(self._ground, part, proposals)

    def done(self, step: int, proposals: Proposals) -> bool:
        """Tell that no step from this one on is worth taking."""
        return enough(proposals) or (step > 0 and step >= len(self.steps))


def laws_in(rows: Rows, effort: float = 1.0) -> list[Proposal]:
    """Return the laws of a quantity that all steps find, taken without a break, simplest first."""
    search, proposals, step = Search(rows, effort), Proposals(rows, []), 0
    while not search.done(step, proposals):
        search.take(step, proposals)
        step += 1
    return proposals.front


def _power_law(ground: Ground, part: Part, proposals: Proposals) -> None:
    proposals.propose(lambda: part.wrap(number(float(np.mean(part.t)))))
    for make in power_laws(ground.x, part.t, part.places, part.wrap):
        proposals.propose(make)


def _shapes(ground: Ground, part: Part, proposals: Proposals) -> None:
    for make in functions_of_monomials(ground.x, part.t, part.places, part.wrap):
        proposals.propose(make)
        if enough(proposals):
            return


_STRATEGIES: tuple[tuple[Strategy, int, int, float], ...] = (
    (polynomials, 1, 99, 0.0),
    (quotients, 1, 99, 0.0),
    (few_columns, 1, 6, 0.2),
    (_shapes, 1, 5, 0.2),
    (turns, 1, 5, 0.4),
    (many_columns, 1, 7, 0.4),
    (factors, 2, 4, 0.4),
)  # with the least and the most inputs, and the least effort, that they are for
