"""What the ports are called, and what their bits stand for: enough for another's testbench."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NotRequired, TypedDict, TypeVar

import numpy as np

from symbolnet.firmware.graph.graph import Graph, Node
from symbolnet.firmware.graph.scaling import restored

_LONGEST = 48


Bit = TypeVar("Bit")


class BitField(TypedDict):
    """Where the word of one value stands in a port vector, and what it stands for.

    An input also has `mean` and `scale`, an output of a regression `offset` and `exponent`. `port`
    is its name in the modules with named ports.
    """

    name: str
    port: str
    lowest_bit: int
    width: int
    signed: bool
    fraction: int
    words: list[int]
    range: list[float]
    mean: NotRequired[float]
    scale: NotRequired[float]
    offset: NotRequired[float]
    exponent: NotRequired[int]


class Layout(TypedDict):
    """What interface.json holds."""

    top: str
    latency_cycles: int
    precision: dict[str, int]
    packing: str
    input_rule: str
    rounding: str
    overflow: str
    output_rule: str
    model_inp: list[BitField]
    model_out: list[BitField]
    classes: NotRequired[list[str]]


def bits_of(bits: Sequence[Bit], field: BitField) -> Sequence[Bit]:
    """Return those bits of a port vector that the word of one value stands in, lowest first."""
    return bits[field["lowest_bit"] :][: field["width"]]


def clock_edges(layout: Layout) -> int:
    """Return the clock edges from an input to its outputs, 0 where there is no clock."""
    latency = layout["latency_cycles"]
    return latency + 1 if latency else 0


INPUT_RULE = (
    "x = (raw - mean) / scale in double precision, rounded to single precision;"
    " word = floor(x * 2**fraction + 0.5), and what lies outside saturates to the ends of words"
)
OUTPUT_RULE = "value = word * 2**-fraction"
UNIT_RULE = "value = offset + word * 2**(exponent - fraction)"
CLASS_RULE = "word is the place of the class in classes"
PACKING = "words in two's complement (unsigned where signed is false), lowest_bit upwards"


def interface(
    graph: Graph, top: str, formats: tuple[np.ndarray, np.ndarray], cycles: int
) -> Layout:
    """Return where each word stands in the two port vectors, its format, and how it is made.

    `formats` are sign, integer and fraction bits (3, ports) of inputs and outputs in the Verilog.
    Of a decision also the classes, in the order of their numbers. What drives the ports must
    saturate to `words`: others are undefined. `rounding` and `overflow` name that for programs.
    """
    decision, (inputs, outputs) = graph.decision(), formats
    layout: Layout = {
        "top": top,
        "latency_cycles": cycles,
        "precision": graph.precision,
        "packing": PACKING,
        "input_rule": INPUT_RULE,
        "rounding": "half up",
        "overflow": "saturate",
        "output_rule": _output_rule(graph),
        "model_inp": _inputs(graph, inputs),
        "model_out": _outputs(graph, outputs),
    }
    if decision is not None:
        layout["classes"] = list(decision.names)
    return layout


def _output_rule(graph: Graph) -> str:
    if graph.decision() is not None:
        return CLASS_RULE
    return UNIT_RULE if graph.units else OUTPUT_RULE


def _inputs(graph: Graph, formats: np.ndarray) -> list[BitField]:
    names = [graph.feature_names[node.variable] for node in graph.inputs()]
    ports = _layout(graph.inputs(), "x", names, formats)
    if not graph.scaler:
        return ports
    pairs = zip(ports, graph.scaler, strict=True)
    return [{**port, "mean": one.mean, "scale": one.scale} for port, one in pairs]


def _outputs(graph: Graph, formats: np.ndarray) -> list[BitField]:
    ports = _layout(graph.outputs(), "y", [node.name for node in graph.outputs()], formats)
    if not graph.units:
        return ports
    ends = restored(np.array([port["range"] for port in ports]).T, graph.units).T.tolist()
    return [
        {**port, "range": values, "offset": unit.offset, "exponent": unit.exponent}
        for port, values, unit in zip(ports, ends, graph.units, strict=True)
    ]


def _layout(
    nodes: Sequence[Node], prefix: str, names: list[str], formats: np.ndarray
) -> list[BitField]:
    ports, lowest_bit = list[BitField](), 0
    for node, name, port, (signed, integer, fraction) in zip(
        nodes, names, port_names(prefix, names), formats.T.tolist(), strict=True
    ):
        width = signed + integer + fraction
        low, high = node.interval
        drop = node.format.fraction - fraction  # low bits that are 0 in every word
        ports.append(
            {
                "name": name,
                "port": port,
                "lowest_bit": lowest_bit,
                "width": width,
                "signed": bool(signed),
                "fraction": fraction,
                "words": [-(-low >> drop), high >> drop] if drop >= 0 else [low, high],
                "range": [low * node.format.step, high * node.format.step],
            }
        )
        lowest_bit += width
    return ports


def port_names(prefix: str, names: Sequence[str]) -> list[str]:
    """Return a distinct identifier of small letters, digits and single `_` for each name.

    The prefix keeps them off keywords. VHDL tells no capitals apart, and forbids `_` at the end and
    two in a row.
    """
    found: list[str] = []
    for place, name in enumerate(names):
        stem = f"{prefix}_{_stem(name) or place}"
        several = (stem if n == 1 else f"{stem}_{n}" for n in range(1, len(names) + 1))
        found.append(next(one for one in several if one not in found))
    return found


def _stem(name: str) -> str:
    letters = "".join(map(_plain, unicodedata.normalize("NFKD", name))).lower()
    return re.sub(r"[^a-z0-9]+", "_", letters).strip("_")[:_LONGEST].rstrip("_")


def _plain(character: str) -> str:
    """Return a character of ASCII as it is, a Greek letter by its name, accents not at all."""
    if character.isascii():
        return character
    words = unicodedata.name(character, "").split()
    if unicodedata.combining(character):
        return ""
    return words[-1] if words[:1] == ["GREEK"] and "LETTER" in words else "_"
