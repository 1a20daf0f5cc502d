"""The nodes of a graph as terms, from `graph.json` alone: what the Verilog must compute."""

from collections.abc import Sequence

import numpy as np

from symbolnet.firmware.graph.decision import contenders, tournament
from symbolnet.firmware.graph.graph import (
    Argmax,
    Graph,
    Input,
    Linear,
    Multiply,
    Node,
    Output,
    Quantise,
    Table,
    compared,
    shifts,
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
    if isinstance(node, Argmax):
        return _number_of_largest(node, graph, parts, terms)
    if isinstance(node, Output):
        return parts[0]
    source = graph.nodes[node.sources[0]]
    if isinstance(node, Table):
        return _looked_up(node, source, parts[0], terms)
    return _quantised(node, source, parts[0], terms)


def _number_of_largest(node: Argmax, graph: Graph, parts: Sequence[Form], terms: Terms) -> Form:
    """Return the place of the largest of forms, the first of equal ones, match by match.

    Any order of the matches has the same winner; this one gives the terms of the Verilog.
    """
    for source, part in zip(node.sources, parts, strict=True):
        if not _inside(terms.interval(part), graph.nodes[source].interval):
            raise Unproved("a score outside its interval")
    aligned = [scaled(p, 1 << up) for p, up in zip(parts, shifts(node, graph.nodes), strict=True)]
    able = contenders(node.sources, compared(node, graph.nodes))

    def match(first: tuple[Form, Form], second: tuple[Form, Form]) -> tuple[Form, Form]:
        larger = terms.negative(plus(first[0], scaled(second[0], -1)))
        value = terms.choice(larger, second[0], first[0])
        return value, terms.choice(larger, second[1], first[1])

    return tournament([(aligned[place], Form((), place)) for place in able], match)[1]


def _inside(interval: tuple[int, int], of: tuple[int, int]) -> bool:
    return of[0] <= interval[0] and interval[1] <= of[1]


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
