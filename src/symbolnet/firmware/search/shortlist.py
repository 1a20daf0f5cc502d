"""Members of a training that are worth a search, and the best of them under a limit of LUTs."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from symbolnet.data.dataset import Dataset
from symbolnet.errors import InputError
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.metrics import r2
from symbolnet.firmware.build.parts import Datapath
from symbolnet.firmware.search.judge_classes import worth_of
from symbolnet.firmware.search.moves import generous
from symbolnet.firmware.search.points import Point, Searched, best_below
from symbolnet.firmware.search.trial import Trial

_COUNTED = 1.12  # LUTs that Yosys usually counts for an estimated one
_CANDIDATES = 30  # of a hundred members a search each would take longer than their training


def choose_member(searches: Sequence[Searched], lut_max: float, by: str = "accuracy") -> str:
    """Return the member of the best formats among those that should fit."""
    found = [(one.id, best_below(one.points, lut_max / _COUNTED, by)) for one in searches]
    fitting = [(point.worth(by), -point.luts, name) for name, point in found if point is not None]
    if not fitting:
        raise too_few(lut_max, (point for one in searches for point in one.points))
    return max(fitting)[2]


def too_few(lut_max: float, points: Iterable[Point]) -> InputError:
    """Return the refusal of a limit that no point is below."""
    least = min((point.luts for point in points), default=0.0)
    found = f"an estimate of {least:.0f} for the smallest"
    return InputError(f"formats of at most {lut_max:g} LUTs", found, "raise `lut_max`")


def candidates(members: Sequence[Datapath], data: Dataset) -> list[Datapath]:
    """Return members that none with fewer LUTs in generous formats equals in worth, or R2."""
    x = np.concatenate([data.x_train, data.x_validation])
    y = np.concatenate([data.y_train, data.y_validation])
    ranked = sorted(
        ((_generous_luts(one, data), _worth(one, x, y), one) for one in members),
        key=lambda entry: (entry[0], -entry[1]),
    )
    best, kept = -math.inf, list[Datapath]()
    for _, found, member in ranked:
        if found > best:
            best = found
            kept.append(member)
    places = np.linspace(0, len(kept) - 1, min(len(kept), _CANDIDATES)).round().astype(int)
    return [kept[place] for place in places]


def _generous_luts(member: Datapath, data: Dataset) -> float:
    signals = Trial(member, data.x_train[:1]).signals(generous(member))
    return sum(signal.luts for signal in signals.values())


def _worth(member: Datapath, x: np.ndarray, y: np.ndarray) -> float:
    outputs = np.nan_to_num(evaluate(member.chosen.expressions, x))
    if y.ndim == 1:
        return worth_of(outputs, y, ordered=not member.decides)
    found = r2(outputs, y)
    return -math.inf if found is None else found
