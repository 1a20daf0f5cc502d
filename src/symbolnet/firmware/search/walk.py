"""Formats chosen part by part: from generous ones, greedily the move that saves most for its loss.

The criterion is smooth: the cross-entropy of the classes on training rows, the scores taken as
logits at the temperature that suits the float expressions best. A move makes one format of one part
smaller; the one of least rise in cross-entropy per estimated LUT saved is taken, again and again.
Every step is a point (estimated LUTs, and what the judges say of it). In a regression the squared
error relative to the spread of the targets stands for the cross-entropy, and R2 for the accuracy.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np

from symbolnet.config import Precision
from symbolnet.data.dataset import Dataset
from symbolnet.errors import InputError
from symbolnet.expression.evaluate import evaluate
from symbolnet.firmware.build.formats import Format
from symbolnet.firmware.build.parts import Datapath, Lookup, Port, Score
from symbolnet.firmware.search.joining import Joined, Proposal, joined, proposals
from symbolnet.firmware.search.judge_classes import Criterion, Jury
from symbolnet.firmware.search.judge_regression import ValueCriterion, ValueJury
from symbolnet.firmware.search.moves import generous, smaller, uniform
from symbolnet.firmware.search.points import Front, Point
from symbolnet.firmware.search.sides import AnyCriterion, Change, settled
from symbolnet.firmware.search.trial import Signal, Signals, Trial
from symbolnet.progress import Meter

AnyJury = Jury | ValueJury
_ROWS = 6000  # training rows that every candidate of every step is computed on
_JUDGED = 20000  # other training rows that a point is judged on
_LEAST_RISE = 1e-6  # of the cross-entropy: among moves that cost nothing the largest saving wins
_WORST = 0.05  # accuracy below that of the first point at which the search ends
_REACHES = 7  # integer bits less one by which an address may be narrower than its source
_SETTLED = 0.95  # share of the LUTs at which the sides of all entries are chosen again
_JOINTS_TRIED = 64  # joint tables that are priced at one step, over the number of scores
_UNKNOWN, _NEVER = -1.0, float("inf")
_MEMORY = 2**24  # mantissas that are kept: 128 MB at most


def search(datapath: Datapath, data: Dataset) -> Front:
    """Return the steps from generous formats to useless ones; the test set is not looked at."""
    rows = _divided(len(data.x_train))
    return _walked(datapath, data, generous(datapath), rows, _descend)


def in_precision(datapath: Datapath, data: Dataset, precision: Precision) -> Front:
    """Return the one point of a uniform precision, a walk that goes nowhere."""
    rows = np.arange(len(data.x_train))
    both = _evenly(rows, _ROWS), _evenly(rows, _JUDGED)  # no entry is chosen: none is apart
    return _walked(datapath, data, uniform(datapath, precision), both, _stay)


def _walked(
    datapath: Datapath,
    data: Dataset,
    formats: list[Format],
    numbers: tuple[np.ndarray, np.ndarray],
    points: "Callable[[_Walk, AnyJury], Iterator[Point]]",
) -> Front:
    """Return the points of a walk; `numbers` are those of the rows to choose and to judge by."""
    sample, judged = numbers
    rows = data.x_train[sample], np.concatenate([data.x_train[judged], data.x_validation])
    labels = data.y_train[sample], data.y_train[judged]
    first, true = (evaluate(datapath.chosen.expressions, some) for some in rows)
    criterion: AnyCriterion
    jury: AnyJury
    if data.task == "classification":
        criterion = Criterion(first, labels[0])
        jury = Jury(true, labels[1], data.y_validation, ordered=not datapath.decides)
    else:
        criterion = ValueCriterion(first, labels[0])
        jury = ValueJury(true, labels[1], data.y_validation)
    walk = _Walk(datapath, rows, formats, criterion)
    accuracies = jury.verdict(true)
    found = list(points(walk, jury))
    return Front(found, accuracies.accuracy_train, accuracies.accuracy_validation)


def _divided(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the training rows that moves and sides are chosen by, and those that judge them.

    Evenly spaced, and none in both: entries suit the rows that they were chosen by too well.
    """
    numbers = np.arange(rows)
    chosen = numbers % max(2, rows // _ROWS) == 0
    return numbers[chosen], _evenly(numbers[~chosen], _JUDGED)


def _evenly(numbers: np.ndarray, most: int) -> np.ndarray:
    """Return evenly spaced ones, somewhat more than `most` at most."""
    return numbers[:: max(1, len(numbers) // most)]


def _stay(walk: "_Walk", jury: AnyJury) -> Iterator[Point]:
    walk.reach()
    yield walk.point(jury)


def _descend(walk: "_Walk", jury: AnyJury) -> Iterator[Point]:
    walk.reach()
    walk.offer()
    point = walk.point(jury)
    worst, first = point.accuracy - _WORST, point.luts
    meter = Meter("search: LUTs saved")  # it ends before all are, so the ETA is on the long side
    yield point
    while point.accuracy >= worst and walk.step(point.cross_entropy):
        walk.settle()
        point = walk.point(jury)
        meter.tell(first - point.luts, first)
        yield point


class _Move(NamedTuple):
    """A smaller format of one part, all that it changes, and what it costs and saves."""

    place: int
    change: Change
    rise: float
    saved: float

    @property
    def price(self) -> float:
        """Rise of the cross-entropy for each LUT saved."""
        return _per_lut(self.rise, self.saved)


class _Walk:
    """Formats that shrink step by step; prices of moves are kept until they may have changed.

    A price seldom falls while other formats shrink, so a move is only priced again once its old
    price is the lowest of all.
    """

    def __init__(
        self,
        datapath: Datapath,
        rows: tuple[np.ndarray, np.ndarray],
        formats: list[Format],
        criterion: AnyCriterion,
    ) -> None:
        self._rows, self._criterion = rows, criterion
        self._datapath, self._formats = datapath, formats
        self._trial, self._court = self._trials(datapath)
        self._signals, self._judged = self._trial.signals(formats), self._court.signals(formats)
        self._forms: dict[tuple[int, int], Format] = {}
        self._prices: dict[tuple[int, int], float] = {}
        self._queue: list[tuple[float, tuple[int, int]]] = []
        self._joint_prices = dict[Proposal, float]()
        self._unsettled = float("inf")  # LUTs below which the sides of all entries are chosen again

    def _trials(self, datapath: Datapath) -> tuple[Trial, Trial]:
        return Trial(datapath, self._rows[0], _MEMORY), Trial(datapath, self._rows[1])

    def _loss(self) -> float:
        return self._criterion.loss(self._trial.scores(self._signals))

    def point(self, jury: AnyJury) -> Point:
        """Return where the walk stands; only here the rows of the jury count."""
        verdict = jury.verdict(self._court.scores(self._judged))
        formats, groups = tuple(self._formats), self._datapath.groups
        return Point(formats, _luts(self._signals), self._loss(), *verdict, groups=groups)

    def reach(self) -> None:
        """Choose how far the addresses of tables of too many values reach."""
        for place, part in enumerate(self._trial.parts):
            if isinstance(part, Lookup) and not isinstance(self._trial.parts[part.source], Port):
                loss = self._loss()
                forms = [self._formats[place]._replace(clip=n) for n in range(1, _REACHES)]
                best = min(
                    (self._priced(place, form, loss) for form in forms), key=lambda move: move.rise
                )
                if best.rise < 0:
                    self._adopt(best.change)

    def offer(self) -> None:
        """Offer every move."""
        for place in range(len(self._formats)):
            self._offer(place)

    def step(self, loss: float) -> bool:
        """Take the cheapest move; return whether there was one."""
        move = self._cheapest(loss)
        made = self._cheaper_joint(move.price if move else _NEVER, loss)
        if made is not None:
            self._join(made)
        elif move is not None:
            self._adopt(move.change)
            self._offer_near({move.place})
        return move is not None or made is not None

    def _cheaper_joint(self, price: float, loss: float) -> Joined | None:
        """Return the joint table of the lowest price, if that is no higher than the one given.

        An old price is a lower bound, as for moves. Of many classes few are tried at a step, since
        each takes the parts of all of them.
        """
        best: Joined | None = None
        scores = sum(isinstance(part, Score) for part in self._datapath.parts)
        tries = max(1, _JOINTS_TRIED // scores)
        for proposal in proposals(self._datapath, self._formats):
            if tries and self._joint_prices.get(proposal, 0.0) <= price:
                tries -= 1
                made = joined(self._datapath, self._formats, proposal)
                own = self._joint_prices[proposal] = self._joint_price(made, loss)
                if own <= price and own < _NEVER:
                    best, price = made, own
        return best

    def _joint_price(self, made: Joined, loss: float) -> float:
        trial = Trial(made.datapath, self._rows[0])
        try:
            signals = trial.signals(made.formats, made.kept(self._signals))
        except InputError:  # not defined on all of its cells
            return _NEVER
        saved = _luts(self._signals) - _luts(signals)
        return _per_lut(self._criterion.loss(trial.scores(signals)) - loss, saved)

    def _join(self, made: Joined) -> None:
        """Go on with a joint table more; what is known of parts that stay is kept."""
        self._datapath, self._formats = made.datapath, made.formats
        self._trial, self._court = self._trials(made.datapath)
        self._signals = self._trial.signals(made.formats, made.kept(self._signals))
        self._judged = self._court.signals(made.formats, made.kept(self._judged))
        after = {old: new for new, old in made.before.items()}
        forms, prices = self._forms, self._prices
        self._forms, self._prices, self._queue = {}, {}, []
        for (place, number), form in forms.items():
            if place in after:
                self._forms[after[place], number] = form
                self._price((after[place], number), prices[place, number])
        self._offer_near(set(range(len(made.formats))) - set(made.before))

    def _offer_near(self, places: set[int]) -> None:
        """Offer the moves of parts, and of those beside them."""
        near = (other for place in places for other in self._trial.neighbours(place))
        for place in sorted({*places, *near}):
            self._offer(place)

    def _offer(self, place: int) -> None:
        """Put the moves of a part in front of all others: their prices are not known any more."""
        number = 0
        while (place, number) in self._forms:
            del self._forms[place, number]
            number += 1
        part, form = self._trial.parts[place], self._formats[place]
        for number, one in enumerate(smaller(part, form, self._trial.parts)):
            self._forms[place, number] = one
            self._price((place, number), _UNKNOWN)

    def _price(self, key: tuple[int, int], price: float) -> None:
        self._prices[key] = price
        heapq.heappush(self._queue, (price, key))

    def settle(self) -> None:
        """Choose the sides of all entries again, where much has changed since."""
        if _luts(self._signals) < self._unsettled:
            self._adopt(self._settled(Change({}, {}), range(len(self._formats))))
            self._unsettled = _SETTLED * _luts(self._signals)

    def _settled(self, change: Change, places: Iterable[int]) -> Change:
        return settled(self._trial, self._criterion, change, places, self._formats, self._signals)

    def _adopt(self, change: Change) -> None:
        if change.forms:
            self._judged |= self._court.changed(change.forms, self._formats, self._judged)
        self._signals |= change.signals
        for place, form in change.forms.items():
            self._formats[place] = form

    def _cheapest(self, loss: float) -> _Move | None:
        # Old prices are lower bounds: once the best new price is below the next old one, no other
        # candidate needs to be computed.
        best: _Move | None = None
        tried: list[tuple[tuple[int, int], float]] = []
        while self._queue and (best is None or best.price > self._queue[0][0]):
            price, key = heapq.heappop(self._queue)
            if key not in self._forms or self._prices[key] != price:
                continue  # offered again, or priced, since it was put here
            move = self._priced(key[0], self._forms[key], loss)
            tried.append((key, move.price))
            if move.price < _NEVER and (best is None or move.price < best.price):
                best = move
        for key, price in tried:
            self._price(key, price)
        return best

    def _priced(self, place: int, form: Format, loss: float) -> _Move:
        tables = self._trial.tables_behind(place)  # their addresses will mean something else
        forms = {table: self._formats[table]._replace(farther=()) for table in tables}
        forms[place] = form._replace(farther=())
        try:
            changed = self._trial.changed(forms, self._formats, self._signals)
        except InputError:  # a table is not defined on all of its coarser cells
            return _Move(place, Change({}, {}), _NEVER, 0.0)
        if self._stills(changed):
            return _Move(place, Change({}, {}), _NEVER, 0.0)
        change = self._settled(Change(forms, changed), tables)
        saved = sum(self._signals[p].luts - signal.luts for p, signal in change.signals.items())
        rise = self._criterion.loss(self._trial.scores({**self._signals, **change.signals})) - loss
        return _Move(place, change, rise, saved)

    def _stills(self, changed: dict[int, Signal]) -> bool:
        """Tell whether a port or a score that varies would become a constant, of no bit."""
        return any(
            isinstance(self._trial.parts[place], Port | Score)
            and _is_constant(signal)
            and not _is_constant(self._signals[place])
            for place, signal in changed.items()
        )


def _luts(signals: Signals) -> float:
    return sum(signal.luts for signal in signals.values())


def _per_lut(rise: float, saved: float) -> float:
    """Return the rise of the cross-entropy for each LUT saved."""
    return max(rise, _LEAST_RISE) / saved if saved > 0 else _NEVER


def _is_constant(signal: Signal) -> bool:
    low, high = signal.node.interval
    return low == high
