"""Stage `build_graph`: the chosen expressions as one fixed-point graph, and what was to choose."""

import time
from pathlib import Path
from typing import Annotated

from symbolnet.artifact import scratch, write_json
from symbolnet.config import GraphJob, Search
from symbolnet.data.dataset import Dataset
from symbolnet.expression.choice import load_chosen
from symbolnet.expression.tree import ExpressionSet
from symbolnet.firmware import build
from symbolnet.firmware.assemble import assemble
from symbolnet.firmware.budget import within
from symbolnet.firmware.chosen import check_classes
from symbolnet.firmware.estimate import node_luts
from symbolnet.firmware.graph import Graph, count_kinds, save_graph
from symbolnet.firmware.precision import Record, after_search, load_search, searched, uniform
from symbolnet.firmware.search import choose, search
from symbolnet.firmware.units import data_in, expressions_in, standards_of, units_of
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

    A choice with a budget of LUTs takes them from `formats`, the searches of its training.
    """
    plain, raw = load_chosen(chosen, dataset)
    check_classes(raw, spec.argmax)
    units = units_of(raw)
    expressions, data = expressions_in(plain, units), data_in(raw, units)
    record: Record = {"lut_max": None, "luts_counted": None}
    if spec.budget is not None and formats:
        found = load_search(formats[0], expressions.model)
        with scratch(graph) as folder:
            points, limit = found.points, spec.budget
            counted = within(expressions, data, points, limit, folder, spec.argmax)
        built = counted.graph
        record = {"lut_max": spec.budget.lut_max, "luts_counted": counted.lut}
        record |= searched(found, counted.point)
    elif spec.search is None:
        start = time.monotonic()
        built = build.build_graph(expressions, data.x_train, spec.precision, spec.argmax)
        record |= uniform(built, expressions, data, time.monotonic() - start)
    else:
        built, found_record = _searched(expressions, data, spec.search, spec.argmax)
        record |= found_record
    record["node_luts_estimated"] = node_luts(built)
    scaler = standards_of(data, [node.variable for node in built.inputs()])
    save_graph(graph, built._replace(units=units, scaler=scaler))
    write_json(precision, record, "precision")
    print(", ".join(f"{number} {kind}" for kind, number in count_kinds(built).items()))


def _searched(
    chosen: ExpressionSet, data: Dataset, spec: Search, argmax: bool
) -> tuple[Graph, Record]:
    """Return the cheapest graph within the tolerance, and the record of its search."""
    start = time.monotonic()
    front = search(chosen, data, argmax)
    found = after_search(chosen.model, front, front.points, time.monotonic() - start)
    point = choose(front, spec.tolerance)
    return assemble(chosen, front.parts, front.facts, point.formats), searched(found, point)
