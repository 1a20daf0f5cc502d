"""What the bits of the ports stand for: enough for another's testbench to make the same words."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from symbolnet.firmware.graph import Graph, Node
from symbolnet.firmware.units import restored

Port = dict[str, Any]
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
) -> dict[str, Any]:
    """Return where each word stands in the two port vectors, its format, and how it is made.

    `formats` are sign, integer and fraction bits (3, ports) of inputs and outputs in the Verilog.
    Of a decision also the classes, in the order of their numbers. What drives the ports must
    saturate to `words`: others are undefined. `rounding` and `overflow` name that for programs.
    """
    decision, (inputs, outputs) = graph.decision(), formats
    return {
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
        **({} if decision is None else {"classes": list(decision.names)}),
    }


def _output_rule(graph: Graph) -> str:
    if graph.decision() is not None:
        return CLASS_RULE
    return UNIT_RULE if graph.units else OUTPUT_RULE


def _inputs(graph: Graph, formats: np.ndarray) -> list[Port]:
    names = [graph.feature_names[node.variable] for node in graph.inputs()]
    ports = _layout(graph.inputs(), names, formats)
    scaler: list[Port] = [one._asdict() for one in graph.scaler] or [{} for _ in ports]
    return [port | one for port, one in zip(ports, scaler, strict=True)]


def _outputs(graph: Graph, formats: np.ndarray) -> list[Port]:
    ports = _layout(graph.outputs(), [node.name for node in graph.outputs()], formats)
    if not graph.units:
        return ports
    ends = restored(np.array([port["range"] for port in ports]).T, graph.units).T.tolist()
    return [
        port | {"range": values} | unit._asdict()
        for port, values, unit in zip(ports, ends, graph.units, strict=True)
    ]


def _layout(nodes: Sequence[Node], names: list[str], formats: np.ndarray) -> list[Port]:
    ports, lowest_bit = list[Port](), 0
    for node, name, (signed, integer, fraction) in zip(
        nodes, names, formats.T.tolist(), strict=True
    ):
        width = signed + integer + fraction
        low, high = node.interval
        drop = node.format.fraction - fraction  # low bits that are 0 in every word
        ports.append(
            {
                "name": name,
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
