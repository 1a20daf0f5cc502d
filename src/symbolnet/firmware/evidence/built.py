"""Formulas and a data set to one graph, within a tolerance or a budget of LUTs, and its record."""

import time
from pathlib import Path

from symbolnet.artifact import Record
from symbolnet.config import GraphJob, LutBudget
from symbolnet.data.dataset import Dataset
from symbolnet.expression.tree import ExpressionSet
from symbolnet.firmware.build.conversion import (
    check_classes,
    data_in,
    expressions_in,
    standards_of,
    units_of,
)
from symbolnet.firmware.build.parts import Datapath, datapath_of
from symbolnet.firmware.evidence.budget import within
from symbolnet.firmware.graph.graph import Graph
from symbolnet.firmware.search.estimate import node_luts
from symbolnet.firmware.search.points import (
    Searched,
    after_search,
    choose,
    entries_at,
    graph_at,
    searched,
    useful,
)
from symbolnet.firmware.search.undefined import named_faults
from symbolnet.firmware.search.walk import in_precision, search


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
