"""Stage `build_graph`: the chosen expressions as one fixed-point graph."""

from pathlib import Path

from symbolnet.config import Precision
from symbolnet.firmware import build
from symbolnet.firmware.chosen import load_chosen
from symbolnet.firmware.graph import count_kinds, save_graph


def build_graph(chosen: Path, dataset: Path, graph: Path, spec: Precision) -> None:
    """Build the graph; input ranges and table addresses come from training rows only."""
    expressions, data = load_chosen(chosen, dataset)
    built = build.build_graph(expressions, data.x_train, spec)
    save_graph(graph, built)
    print(", ".join(f"{number} {kind}" for kind, number in count_kinds(built).items()))
