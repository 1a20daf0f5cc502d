"""Formats under a limit of LUTs: by the estimate among members, by Yosys for the one chosen."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from symbolnet.config import Firmware, LutBudget
from symbolnet.data.dataset import Dataset
from symbolnet.errors import InputError
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.metrics import r2
from symbolnet.firmware.formats import assemble, generous
from symbolnet.firmware.graph import Graph
from symbolnet.firmware.judge import worth_of
from symbolnet.firmware.parts import Datapath
from symbolnet.firmware.precision import Searched
from symbolnet.firmware.rtl import write_rtl
from symbolnet.firmware.search import Point, best_below
from symbolnet.firmware.synthesis import synthesise
from symbolnet.firmware.trial import Trial

_COUNTED = 1.12  # LUTs that Yosys usually counts for an estimated one
_LEAST = 1.02  # ... and at the least: nothing dearer is worth a synthesis
_CANDIDATES = 30


class Counted(NamedTuple):
    """A graph, the point that its formats are, and its LUTs as Yosys counts them."""

    graph: Graph
    point: Point
    lut: int


def choose_member(searches: Sequence[Searched], lut_max: float, by: str = "accuracy") -> str:
    """Return the member of the best formats among those that should fit."""
    found = [(one.id, best_below(one.points, lut_max / _COUNTED, by)) for one in searches]
    fitting = [(point.worth(by), -point.luts, name) for name, point in found if point is not None]
    if not fitting:
        raise _too_few(lut_max, (point for one in searches for point in one.points))
    return max(fitting)[2]


def within(
    datapath: Datapath, points: Sequence[Point], budget: LutBudget, scratch: Path
) -> Counted:
    """Return the best of a member's points that Yosys counts within the budget."""
    limit, tried = budget.lut_max / _LEAST, 0
    while (point := best_below(points, limit, budget.by)) is not None:
        graph = assemble(datapath, point.formats)
        lut = _count(graph, budget, scratch / str(tried))
        print(f"{lut} LUTs for an estimate of {point.luts:.0f}", flush=True)
        if lut <= budget.lut_max:
            return Counted(graph, point, lut)
        limit = point.luts * (1 + budget.lut_max / lut) / 2
        tried += 1
    raise _too_few(budget.lut_max, points)


def _count(graph: Graph, budget: LutBudget, folder: Path) -> int:
    write_rtl(graph, folder / "rtl", Firmware(stage_depth=budget.stage_depth))
    run = synthesise(folder / "rtl", folder / "yosys", dsp=False, bram=budget.bram)
    return run.counts["lut"]


def _too_few(lut_max: float, points: Iterable[Point]) -> InputError:
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
