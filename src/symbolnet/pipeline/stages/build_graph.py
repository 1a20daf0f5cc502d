"""Stage `build_graph`: the chosen expressions as one fixed-point graph, and what was to choose."""

from pathlib import Path
from typing import Annotated

from symbolnet.artifact import scratch, write_json
from symbolnet.config import GraphJob
from symbolnet.expression.choice import load_chosen
from symbolnet.firmware.evidence.built import built
from symbolnet.firmware.graph.graph import count_kinds, save_graph
from symbolnet.firmware.search.points import load_search
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
    expressions, data = load_chosen(chosen, dataset)
    known = load_search(formats[0], expressions.model) if formats else None
    with scratch(graph) as folder:
        made, record = built(expressions, data, spec, folder, known)
    save_graph(graph, made)
    write_json(precision, record, "precision")
    print(", ".join(f"{number} {kind}" for kind, number in count_kinds(made).items()))
