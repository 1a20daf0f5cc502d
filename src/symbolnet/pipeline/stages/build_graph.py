"""Stage `build_graph`: the chosen expressions as one fixed-point graph, and what was to choose."""

import time
from pathlib import Path
from typing import Annotated

from symbolnet.artifact import scratch, write_json
from symbolnet.config import GraphJob, LutBudget
from symbolnet.data.dataset import Dataset
from symbolnet.expression.choice import load_chosen
from symbolnet.firmware.build.conversion import (
    check_classes,
    data_in,
    expressions_in,
    standards_of,
    units_of,
)
from symbolnet.firmware.build.formats import assemble
from symbolnet.firmware.build.parts import Datapath, datapath_of
from symbolnet.firmware.evidence.budget import within
from symbolnet.firmware.graph.graph import Graph, count_kinds, save_graph
from symbolnet.firmware.search.estimate import node_luts
from symbolnet.firmware.search.points import (
    Record,
    Searched,
    after_search,
    choose,
    load_search,
    searched,
    useful,
)
from symbolnet.firmware.search.undefined import named_faults
from symbolnet.firmware.search.walk import in_precision, search
from symbolnet.pipeline.marks import In, Out, Reads


def build_graph(
    chosen: In,
    dataset: In,
    graph: Out,
    precision: Out,
    spec: GraphJob,
    formats: Annotated[list[Path] | None, Reads()] = None,
) -> None:
    """Build the graph from training and validation rows only; write the points searched.

    A choice with a budget of LUTs takes them from `formats`, the searches of its training; given
    formulas are searched here.
    """
    plain, raw = load_chosen(chosen, dataset)
    check_classes(raw, spec.argmax)
    units = units_of(raw)
    data = data_in(raw, units)
    datapath = datapath_of(expressions_in(plain, units), data.x_train, spec.argmax)
    known = load_search(formats[0], datapath.chosen.model) if formats else None
    with scratch(graph) as folder, named_faults(plain, raw):
        if spec.budget is not None:
            found = known or _searched(datapath, data)
            built, record = _within_budget(datapath, found, spec.budget, folder)
        else:
            built, record = _within_tolerance(datapath, data, spec)
    record["node_luts_estimated"] = node_luts(built)
    scaler = standards_of(data, [node.variable for node in built.inputs()])
    save_graph(graph, built._replace(units=units, scaler=scaler))
    write_json(precision, record, "precision")
    print(", ".join(f"{number} {kind}" for kind, number in count_kinds(built).items()))


def _within_budget(
    datapath: Datapath, found: Searched, budget: LutBudget, folder: Path
) -> tuple[Graph, Record]:
    """Return the best graph that Yosys counts within the budget, and the record of its search."""
    counted = within(datapath, found.points, budget, folder)
    limits = {"lut_max": budget.lut_max, "luts_counted": counted.lut}
    return counted.graph, limits | searched(found, counted.point)


def _searched(datapath: Datapath, data: Dataset) -> Searched:
    """Return the points of a search that no cheaper one equals."""
    start, front = time.monotonic(), search(datapath, data)
    seconds = time.monotonic() - start
    return after_search(datapath.chosen.model, front, useful(front.points), seconds)


def _within_tolerance(datapath: Datapath, data: Dataset, spec: GraphJob) -> tuple[Graph, Record]:
    """Return the cheapest graph within the tolerance, or that of the uniform precision."""
    start, asked, name = time.monotonic(), spec.search, datapath.chosen.model
    if asked is None:
        front = in_precision(datapath, data, spec.precision)
    else:
        front = search(datapath, data)
    found = after_search(name, front, front.points, time.monotonic() - start)
    point = front.points[0] if asked is None else choose(front, asked.tolerance)
    record = searched(found, point, "uniform" if asked is None else "search")
    built = assemble(datapath, point.formats)
    if asked is None:
        built = built._replace(precision=dict(spec.precision))
    return built, {"lut_max": None, "luts_counted": None} | record
