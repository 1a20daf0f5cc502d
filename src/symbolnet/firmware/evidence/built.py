"""Formulas and a data set to one graph, within a tolerance or a budget of LUTs, and its record.

The budget is held to what Yosys counts. What hardware cannot compute is named: formula and part.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

from symbolnet.artifact import Record
from symbolnet.config import Firmware, GraphJob, LutBudget
from symbolnet.data.dataset import Dataset
from symbolnet.errors import InputError
from symbolnet.expression.text import texts
from symbolnet.expression.tree import Apply, Constant, Expression, ExpressionSet, distinct
from symbolnet.firmware.build.conversion import (
    check_classes,
    data_in,
    expressions_in,
    standards_of,
    units_of,
)
from symbolnet.firmware.build.parts import Datapath, datapath_of
from symbolnet.firmware.emit.rtl import write_rtl
from symbolnet.firmware.evidence.synthesis import synthesise
from symbolnet.firmware.graph.graph import Graph
from symbolnet.firmware.search.estimate import node_luts
from symbolnet.firmware.search.moves import generous
from symbolnet.firmware.search.points import (
    Point,
    Searched,
    after_search,
    best_below,
    choose,
    entries_at,
    graph_at,
    searched,
    useful,
)
from symbolnet.firmware.search.shortlist import too_few
from symbolnet.firmware.search.trial import Trial
from symbolnet.firmware.search.walk import in_precision, search

_LEAST = 1.02  # ... and at the least: nothing dearer is worth a synthesis


class Counted(NamedTuple):
    """A graph, the point that its formats are, and its LUTs as Yosys counts them."""

    graph: Graph
    point: Point
    lut: int


def built(
    chosen: ExpressionSet,
    data: Dataset,
    spec: GraphJob,
    scratch: Path,
    known: Searched | None = None,
) -> tuple[Graph, Record]:
    """Return the graph, from training and validation rows only, and what there was to choose from.

    `known` is the search of these formulas, where it was made before. Graphs that are counted for a
    budget are written into the folder `scratch`.
    """
    check_classes(data, spec.argmax)
    units = units_of(data)
    reduced = data_in(data, units)
    datapath = datapath_of(expressions_in(chosen, units), data.x_train, spec.argmax)
    with named_faults(chosen, data):
        if spec.budget is not None:
            found = known or _searched(datapath, reduced)
            graph, record = _within_budget(datapath, found, spec.budget, scratch)
        else:
            graph, record = _within_tolerance(datapath, reduced, spec)
    record["node_luts_estimated"] = node_luts(graph)
    scaler = standards_of(data, [node.variable for node in graph.inputs()])
    return graph._replace(units=units, scaler=scaler), record


def _searched(datapath: Datapath, data: Dataset) -> Searched:
    """Return the points of a search that no cheaper one equals."""
    start, front = time.monotonic(), search(datapath, data)
    seconds = time.monotonic() - start
    return after_search(datapath.chosen.model, front, useful(front.points), seconds)


def _within_budget(
    datapath: Datapath, found: Searched, budget: LutBudget, scratch: Path
) -> tuple[Graph, Record]:
    """Return the best graph that Yosys counts within the budget, and the record of its search."""
    counted = within(datapath, found.points, budget, scratch)
    limits = {"lut_max": budget.lut_max, "luts_counted": counted.lut}
    record = {"entries": entries_at(datapath, counted.point)} | searched(found, counted.point)
    return counted.graph, limits | record


def _within_tolerance(datapath: Datapath, data: Dataset, spec: GraphJob) -> tuple[Graph, Record]:
    """Return the cheapest graph within the tolerance, or that of the uniform precision."""
    start, asked, name = time.monotonic(), spec.search, datapath.chosen.model
    if asked is None:
        front = in_precision(datapath, data, spec.precision)
    else:
        front = search(datapath, data)
    found = after_search(name, front, front.points, time.monotonic() - start)
    point = front.points[0] if asked is None else choose(front, asked.tolerance)
    record = {"entries": entries_at(datapath, point)}
    record |= searched(found, point, "uniform" if asked is None else "search")
    graph = graph_at(datapath, point)
    if asked is None:
        graph = graph._replace(precision=dict(spec.precision))
    return graph, {"lut_max": None, "luts_counted": None} | record


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


@contextmanager
def named_faults(chosen: ExpressionSet, data: Dataset) -> Iterator[None]:
    """Add to a fault of the formulas in what formula, and where in it, it lies."""
    try:
        yield
    except InputError as fault:
        raise _located(chosen, data) or fault from None


def _located(chosen: ExpressionSet, data: Dataset) -> InputError | None:
    """Return the first fault of a smallest part; None where each part alone has none."""
    x, expressions = data.x_train, chosen.expressions
    if chosen.raw:
        x, expressions = x * data.scaler_scale + data.scaler_mean, chosen.raw
    for name, expression in zip(chosen.class_names, expressions, strict=True):
        for part in distinct([expression]):
            fault = _fault(part, chosen, x) if isinstance(part, Apply) else None
            if fault is not None:
                expected, found, _ = fault.parts
                text = texts([part], chosen.feature_names)[0]
                do = "hardware computes over the whole range of the training rows: change it"
                return InputError(expected, f"{found} for {text} in the formula of {name!r}", do)
    return None


def _fault(part: Expression, chosen: ExpressionSet, x: np.ndarray) -> InputError | None:
    if all(isinstance(one, Constant | Apply) for one in distinct([part])):
        return None
    try:
        alone = chosen._replace(expressions=(part,), class_names=("part",), raw=())
        datapath = datapath_of(alone, x)
        Trial(datapath, x[:1]).signals(generous(datapath))
    except InputError as fault:
        return fault
    return None
