"""Entries of tables on the side of the function that suits the rows better, not always the nearest.

A table divides the rows by their addresses, and another entry moves the scores of its own rows
alone: so all entries of a table are chosen at once. An entry leaves the nearest side, or comes back
to it, where that makes its rows e times as likely at least: of 512 entries of 10 rows each half
gain something by luck, and with no such threshold a front lost 3 to 4 points on validation rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from symbolnet.firmware.build.formats import Cells, Format
from symbolnet.firmware.build.parts import Joint, Lookup
from symbolnet.firmware.search.judge_classes import Criterion
from symbolnet.firmware.search.judge_regression import ValueCriterion
from symbolnet.firmware.search.trial import Signal, Signals, Trial

AnyCriterion = Criterion | ValueCriterion
_COARSE = 0.1  # step of entries, in units of the criterion, below which their sides hardly matter


class Change(NamedTuple):
    """Formats of some parts, by their places, and all signals that these change."""

    forms: Mapping[int, Format]
    signals: Mapping[int, Signal]


def settled(
    trial: Trial,
    criterion: AnyCriterion,
    change: Change,
    places: Iterable[int],
    formats: Sequence[Format],
    signals: Signals,
) -> Change:
    """Return a change with the entries of the tables at `places` on their better sides.

    One table after the other, all others as they are; `formats` and `signals` are those before.
    """
    known = {**signals, **change.signals}
    scores = trial.scores(known)
    losses, moved = criterion.losses(scores), dict[int, Format]()
    for place in places:
        form = change.forms.get(place, formats[place])
        if _matters(trial, criterion, place, form):
            cells, rows = trial.cells(place, form, known)
            steps, taken = _steps(cells, form)
            other = scores.copy()
            other[:, trial.columns(place)] += steps[rows, None]
            after = criterion.losses(other)
            better = np.bincount(rows, after - losses, len(steps)) < -criterion.nat
            if better.any():
                chosen = np.flatnonzero(taken ^ better)
                moved[place] = form._replace(farther=tuple(chosen.tolist()))
                scores = np.where(better[rows, None], other, scores)
                losses = np.where(better[rows], after, losses)
    if not moved:
        return change
    made = trial.changed(moved, formats, known)
    return Change({**change.forms, **moved}, {**change.signals, **made})


def _matters(trial: Trial, criterion: AnyCriterion, place: int, form: Format) -> bool:
    if not isinstance(trial.parts[place], Lookup | Joint):
        return False
    return 2.0**-form.fraction > _COARSE * criterion.unit and bool(trial.columns(place))


def _steps(cells: Cells, form: Format) -> tuple[np.ndarray, np.ndarray]:
    """Return by how much each entry would move to its other side, and which are there (k,)."""
    taken = np.zeros(len(cells.exact), bool)
    taken[list(form.farther)] = True
    return np.where(taken, -cells.farther, cells.farther) * 2.0**-form.fraction, taken
