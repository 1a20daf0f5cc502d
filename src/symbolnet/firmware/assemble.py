"""Parts in their chosen formats to the fixed-point graph that all executors run."""

from collections.abc import Sequence

from symbolnet.errors import InputError
from symbolnet.expression.tree import ExpressionSet
from symbolnet.firmware.formats import WIDE, Facts, Format, add_part
from symbolnet.firmware.graph import Graph, Input, Table, check
from symbolnet.firmware.nodes import Nodes
from symbolnet.firmware.parts import Part, sources


def assemble(
    chosen: ExpressionSet, parts: Sequence[Part], facts: Sequence[Facts], formats: Sequence[Format]
) -> Graph:
    """Return the graph of an expression set with one format per part."""
    nodes, places = Nodes(WIDE), list[int]()
    for part, fact, form in zip(parts, facts, formats, strict=True):
        read = [places[source] for source in sources(part)]
        places.append(add_part(nodes, part, form, fact, read))
    graph = Graph(chosen.model, chosen.feature_names, _summary(nodes), tuple(nodes.list))
    if not graph.inputs():
        raise InputError("an output that depends on an input", "constants only", "prune less")
    check(graph)
    return graph


def _summary(nodes: Nodes) -> dict[str, int]:
    """Return the widest formats: what stands where a uniform precision would."""
    inputs = [node.format.width for node in nodes.list if isinstance(node, Input)]
    tables = [node for node in nodes.list if isinstance(node, Table)]
    addresses = [nodes[node.sources[0]].format.width for node in tables]
    entries = [node.format.width for node in tables]
    names = ("input_bits_most", "address_bits_most", "entry_bits_most")
    return dict(zip(names, (max(w, default=0) for w in (inputs, addresses, entries)), strict=True))
