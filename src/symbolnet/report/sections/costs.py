"""Which part of a graph costs what: LUTs of nodes synthesised alone: kinds, inputs, nodes."""

from collections import defaultdict

from symbolnet.firmware.graph import Graph, Input, sources
from symbolnet.report.circuit import kind_words, node_words
from symbolnet.report.select import Summary

_SEVERAL = frozenset({-1, -2})
_ROWS = 8  # inputs, and nodes, that have a row of their own


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
