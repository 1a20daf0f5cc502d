"""Firmware of the chosen models: what it computes, what it costs, and its graph as a picture."""

from collections import defaultdict

from symbolnet.files import file_of
from symbolnet.firmware.graph.graph import Graph, Input, load_graph, sources
from symbolnet.report.circuit import circuit_figure, kind_words, node_words
from symbolnet.report.designs import DESIGNS, FORMULAS
from symbolnet.report.figures import cost_figure
from symbolnet.report.inputs import Inputs
from symbolnet.report.measures import OF_TASK
from symbolnet.report.sections.proved import proved_rows
from symbolnet.report.select import Summary

_SEVERAL = frozenset({-1, -2})
_ROWS = 8  # inputs, and nodes, that have a row of their own


def firmware_view(summary: Summary, data: Summary, inputs: Inputs) -> Summary:
    """Return the rows and pictures of one data set; a row appears where its figures are."""
    rows = [row for row in summary["firmware"] if row["dataset"] == data["name"]]
    measure, designs = OF_TASK[data["task"]], summary["comparison"][data["name"]]
    compared = [*designs["symbolic"], *designs["rivals"]]
    return {
        "designs": [(one, DESIGNS[one.get("kind", FORMULAS)].label) for one in compared],
        "cost_figure": cost_figure(designs, measure) if len(compared) > 1 else None,
        "proved": proved_rows(summary, data),
        "runs": [row for row in rows if row["vectors"] is not None],
        "costs": [row for row in rows if row["lut"] is not None],
        "circuits": [_circuit(data["name"], choice, inputs) for choice in _choices(rows)],
    }


def _choices(rows: list[Summary]) -> list[str]:
    return list(dict.fromkeys(row["choice"] for row in rows))


def _circuit(dataset: str, choice: str, inputs: Inputs) -> Summary:
    folder = f"firmware/{dataset}/{choice}"
    graph = load_graph(inputs.path(f"{folder}/{file_of('graph')}"))
    counts = inputs.json(f"{folder}/{file_of('resources')}", "firmware")
    luts = {node["node"]: node["lut"] for node in counts["alone"]["nodes"]}
    about = {"choice": choice, "model": graph.model, "costs": node_costs(graph, counts)}
    layout = inputs.json(f"{folder}/{file_of('rtl')}/interface.json")
    return about | {"layout": layout} | circuit_figure(graph, luts)._asdict()


def node_costs(graph: Graph, counts: Summary) -> Summary:
    """Return what the nodes take: by kind, by the inputs that they depend on, the largest alone."""
    alone, reads = counts["alone"], _reads(graph)
    kinds: dict[str, list[Summary]] = defaultdict(list)
    inputs: dict[frozenset[int], list[Summary]] = defaultdict(list)
    for node in alone["nodes"]:
        kinds[node["kind"]].append(node)
        read = reads[node["node"]]
        inputs[read if len(read) == 1 else _SEVERAL if read else read].append(node)
    by_kind = [_row(kind_words(kind, len(nodes)), nodes) for kind, nodes in kinds.items()]
    by_input = [
        _row(f"depends on {_input(read, graph)}: {_nodes(nodes)}", nodes)
        for read, nodes in inputs.items()
    ]
    return {
        "label": alone["label"],
        "lut": alone["lut"],
        "whole": counts["lut"],
        "rows": [_most_first(by_kind), _most_first(by_input), _largest(graph, alone["nodes"])],
    }


def _input(read: frozenset[int], graph: Graph) -> str:
    if read == _SEVERAL:
        return "several inputs"
    return graph.feature_names[min(read)] if read else "no input"


def _reads(graph: Graph) -> list[frozenset[int]]:
    """Return the input variables that each node depends on."""
    found: list[frozenset[int]] = []
    for node in graph.nodes:
        own = frozenset({node.variable}) if isinstance(node, Input) else frozenset()
        found.append(own.union(*(found[source] for source in sources(node))))
    return found


def _largest(graph: Graph, nodes: list[Summary]) -> list[Summary]:
    first = sorted(nodes, key=lambda node: (-node["lut"], node["node"]))[:_ROWS]
    return [
        _row(f"node {n['node']}: {node_words(graph.nodes[n['node']], graph)}", [n]) for n in first
    ]


def _row(name: str, nodes: list[Summary]) -> Summary:
    return {"name": name} | {k: sum(node[k] for node in nodes) for k in ("lut", "carry", "dsp")}


def _nodes(nodes: list[Summary]) -> str:
    return f"{len(nodes)} node{'' if len(nodes) == 1 else 's'}"


def _most_first(rows: list[Summary]) -> list[Summary]:
    """Return rows by their LUTs; beyond the first ones they are one row."""
    rows = sorted(rows, key=lambda row: (-row["lut"], row["name"]))
    if len(rows) <= _ROWS + 1:
        return rows
    return [*rows[:_ROWS], _row(f"{len(rows) - _ROWS} further inputs", rows[_ROWS:])]
