"""Stage `build_graph`: the chosen expressions as one fixed-point graph, and what was to choose."""

import time
from pathlib import Path

from symbolnet.artifact import write_json
from symbolnet.config import GraphSettings
from symbolnet.firmware import build
from symbolnet.firmware.assemble import assemble
from symbolnet.firmware.chosen import load_chosen
from symbolnet.firmware.estimate import node_luts
from symbolnet.firmware.graph import count_kinds, save_graph
from symbolnet.firmware.precision import searched, uniform
from symbolnet.firmware.search import choose, search


def build_graph(
    chosen: Path, dataset: Path, graph: Path, precision: Path, spec: GraphSettings
) -> None:
    """Build the graph from training and validation rows only; write the points searched."""
    (expressions, data), start = load_chosen(chosen, dataset), time.monotonic()
    if spec.search is None:
        built = build.build_graph(expressions, data.x_train, spec.precision)
        record = uniform(built, expressions, data)
    else:
        front = search(expressions, data)
        point = choose(front, spec.search.tolerance)
        built = assemble(expressions, front.parts, front.facts, point.formats)
        record = searched(front, point, data.task)
    record["node_luts_estimated"] = node_luts(built)
    record["search_seconds"] = time.monotonic() - start
    save_graph(graph, built)
    write_json(precision, record, "precision")
    print(", ".join(f"{number} {kind}" for kind, number in count_kinds(built).items()))
