"""The best formats of a member within a limit of LUTs, as Yosys counts them."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from symbolnet.config import Firmware, LutBudget
from symbolnet.firmware.build.parts import Datapath
from symbolnet.firmware.emit.rtl import write_rtl
from symbolnet.firmware.evidence.synthesis import synthesise
from symbolnet.firmware.graph.graph import Graph
from symbolnet.firmware.search.points import Point, best_below, graph_at
from symbolnet.firmware.search.shortlist import too_few

_LEAST = 1.02  # ... and at the least: nothing dearer is worth a synthesis


class Counted(NamedTuple):
    """A graph, the point that its formats are, and its LUTs as Yosys counts them."""

    graph: Graph
    point: Point
    lut: int


def within(
    datapath: Datapath, points: Sequence[Point], budget: LutBudget, scratch: Path
) -> Counted:
    """Return the best of a member's points that Yosys counts within the budget."""
    limit, tried = budget.lut_max / _LEAST, 0
    while (point := best_below(points, limit, budget.by)) is not None:
        graph = graph_at(datapath, point)
        lut = _count(graph, budget, scratch / str(tried))
        print(f"{lut} LUTs for an estimate of {point.luts:.0f}", flush=True)
        if lut <= budget.lut_max:
            return Counted(graph, point, lut)
        # Half way to the estimate that would fit if all were counted like this one: the whole way
        # might pass over points that fit.
        limit = point.luts * (1 + budget.lut_max / lut) / 2
        tried += 1
    raise too_few(budget.lut_max, points)


def _count(graph: Graph, budget: LutBudget, folder: Path) -> int:
    write_rtl(graph, folder / "rtl", Firmware(stage_depth=budget.stage_depth))
    run = synthesise(folder / "rtl", folder / "yosys", dsp=False, bram=budget.bram)
    return run.counts["lut"]
