"""The nodes of a graph as terms, from `graph.json` alone: what the Verilog must compute."""

from collections.abc import Sequence

import numpy as np

from symbolnet.firmware.graph import (
    Graph,
    Input,
    Linear,
    Multiply,
    Node,
    Output,
    Quantise,
    Table,
    weights,
)
from symbolnet.firmware.proof.design_terms import Unproved
from symbolnet.firmware.proof.terms import Form, Terms, plus, scaled


def node_form(node: Node, place: int, graph: Graph, forms: Sequence[Form], terms: Terms) -> Form:
    """Return the mantissa of a node as a form; `forms` holds those of the nodes before it."""
    if isinstance(node, Input):
        return terms.input(f"{place}", *node.interval)
    parts = [forms[source] for source in node.sources]
    if isinstance(node, Linear):
        products = zip(parts, weights(node, graph.nodes), strict=True)
        return plus(Form((), node.offset), *(scaled(part, weight) for part, weight in products))
    if isinstance(node, Multiply):
        return terms.product(*parts)
    if isinstance(node, Output):
        return parts[0]
    source = graph.nodes[node.sources[0]]
    if isinstance(node, Table):
        return _looked_up(node, source, parts[0], terms)
    return _quantised(node, source, parts[0], terms)


def _looked_up(node: Table, source: Node, address: Form, terms: Terms) -> Form:
    low, high = terms.interval(address)
    if low < source.interval[0] or high > source.interval[1]:
        raise Unproved("an address outside the table")
    entries = np.array(node.entries, np.int64)
    if not address.terms:
        return Form((), int(entries[address.constant - source.interval[0]]))
    found = terms.tabulated([address], lambda read: entries[read[0] - source.interval[0]])
    if found is None:
        raise Unproved("an address that depends on several values")
    return found


def _quantised(node: Quantise, source: Node, form: Form, terms: Terms) -> Form:
    target = node.format
    drop = source.format.fraction - target.fraction
    half = 1 << (drop - 1) if drop > 0 and target.rounding == "RND" else 0
    moved = plus(form, Form((), half))
    form = terms.floor(moved, drop) if drop > 0 else scaled(form, 1 << -drop)
    if target.overflow == "WRAP":
        return terms.wrap(form, target.width, target.signed)
    return _clipped(form, target.lowest, target.highest, terms)


def _clipped(form: Form, low: int, high: int, terms: Terms) -> Form:
    """Return a form held inside low..high."""
    above = terms.positive_part(plus(form, Form((), -low)))
    raised = plus(above, Form((), low))
    if terms.interval(raised)[1] <= high:
        return raised
    below = terms.positive_part(plus(Form((), high), scaled(raised, -1)))
    return plus(Form((), high), scaled(below, -1))
