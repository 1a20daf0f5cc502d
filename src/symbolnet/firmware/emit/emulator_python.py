"""A graph as a Python module on Python's own integers, where there is no compiler or numpy."""

from string import Template

from symbolnet.firmware.emit.steps import name_of, placed, ports_of, results_of, steps, tables
from symbolnet.firmware.graph.graph import Graph, Input, Output

_FILE = Template('''"""Emulator of firmware: bit by bit what the hardware computes; no packages.

words(raw) makes the words of the ports of a raw row, run(words) those of the outputs, scores(words)
what these stand for and number(words) the number of the class. As a program it reads words of the
ports, a row a line, and prints those of the outputs.
"""

import math
import struct
import sys

MODEL = $model
FEATURES = $features
INPUTS = $inputs  # of these the hardware has ports
OUTPUTS = $outputs
CLASSES = $classes
DECIDES = $decides  # the only output is the number of the class
# Of each port: column, mean, scale, steps of 1, least and largest word.
PORTS = $ports
# Of each output: offset, what a step stands for, bits up to the finest output.
UNITS = $units
$tables

def _first_largest(values):
    return values.index(max(values))


def words(raw):
    """Words of the ports for a raw row: standardised, stored in single, rounded, saturated."""
    found = []
    for column, mean, scale, steps, low, high in PORTS:
        value = (raw[column] - mean) / scale
        if abs(value) < 3e38:
            value = struct.unpack("f", struct.pack("f", value))[0]
        place = value * steps + 0.5
        found.append(low if not place > low else high if place >= high else math.floor(place))
    return found


def run(words):
    """Words of the outputs for words of the ports, which saturate to what the hardware takes."""
$body


def scores(words):
    """What the words of the outputs stand for."""
    return [offset + word * size for word, (offset, size, _) in zip(words, UNITS)]


def number(words):
    """Number of the class: the first of the largest score."""
    if DECIDES:
        return words[0]
    return _first_largest([word << up for word, (_, _, up) in zip(words, UNITS)])


if __name__ == "__main__":
    for line in sys.stdin:
        print(*run([int(word) for word in line.split()]))
''')


class _Dialect:
    def clip(self, value: str, low: int, high: int) -> str:
        return f"min(max({value}, {low}), {high})"

    def wrap(self, value: str, low: int, bits: int) -> str:
        return f"((({value}) - ({low})) & {(1 << bits) - 1}) + ({low})"

    def first_largest(self, values: list[str]) -> str:
        return f"_first_largest([{', '.join(values)}])"

    def number(self, number: int) -> str:
        return str(number)


def module(graph: Graph) -> str:
    """Return the module of a graph."""
    lines = []
    for number, place in enumerate(placed(graph, Input)):
        low, high = graph.inputs()[number].interval
        lines.append(f"v{place} = min(max(words[{number}], {low}), {high})")
    lines += [f"{step.name} = {step.value}" for step in steps(graph, _Dialect())]
    results = ", ".join(name_of(place, graph) for place in placed(graph, Output))
    decision, nodes = graph.decision(), graph.outputs()
    names = [node.name for node in nodes]
    return _FILE.substitute(
        model=repr(graph.model),
        features=ascii(list(graph.feature_names)),
        inputs=ascii([graph.feature_names[node.variable] for node in graph.inputs()]),
        outputs=ascii(names),
        classes=ascii(names if decision is None else list(decision.names)),
        decides=decision is not None,
        ports=[(p.column, p.mean, p.scale, p.steps, *p.ends) for p in ports_of(graph)],
        units=[tuple(one) for one in results_of(graph)],
        tables="".join(f"{name} = {list(table.entries)}\n" for name, table in tables(graph)),
        body="\n".join(f"    {line}" for line in [*lines, f"return [{results}]"]),
    )
