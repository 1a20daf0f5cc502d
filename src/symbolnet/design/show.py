"""Firmware as text for a terminal, and as a picture for a notebook."""

from markupsafe import Markup

from symbolnet.artifact import Record
from symbolnet.config import Firmware
from symbolnet.firmware.graph.graph import Graph, count_kinds

# The page's own style asks for its theme; a notebook has one of its own.
_STYLE = (
    ".circuit text{font:11px sans-serif;fill:currentColor}"
    ".circuit .wire{fill:none;stroke:currentColor;opacity:.3}"
    ".circuit rect{fill:var(--jp-layout-color0,var(--md-default-bg-color,Canvas));"
    "stroke:currentColor}"
)
_PAGE = (
    "<div><style>{}</style><pre style='font-family:monospace'>{}</pre>"
    "<div style='overflow-x:auto'>{}</div></div>"
)


def as_text(graph: Graph, search: Record, settings: Firmware) -> str:
    """Return what it is made of, what it takes, and what the formats cost in accuracy."""
    inputs = ", ".join(graph.feature_names[node.variable] for node in graph.inputs())
    outputs = ", ".join(f"{node.name}, {node.format.width} bit" for node in graph.outputs())
    words = ", ".join(f"{number} {kind}" for kind, number in count_kinds(graph).items() if number)
    return "\n".join(
        [
            f"Firmware of {graph.model}: {words}",
            f"  inputs   {_short(inputs)}",
            f"  outputs  {_short(outputs)}",
            f"  size     {_size(search)}",
            f"  kept     {_kept(graph, search)}",
            f"  pipeline {_depth(settings.stage_depth)}",
        ]
    )


def as_html(graph: Graph, text: str) -> str:
    """Return the text and the drawing of the graph."""
    from symbolnet.report.circuit import circuit_figure

    figure = circuit_figure(graph, {}).figure
    return str(Markup(_PAGE).format(Markup(_STYLE), text, figure))


def _size(search: Record) -> str:
    if search["luts_counted"] is not None:
        return f"{search['luts_counted']:,} LUTs of {search['lut_max']:,}, counted by Yosys"
    luts = sum(search["node_luts_estimated"])
    return f"about {luts:,.0f} LUTs by an estimate; count() asks Yosys"


def _kept(graph: Graph, search: Record) -> str:
    """Say what float formulas and fixed point reach on the rows that formats were chosen by."""
    point = next(one for one in search["points"] if one["chosen"])
    measure = "R2" if graph.units else "accuracy"
    parts = [
        f"{point[f'accuracy_{rows}']:.4f} on {name} rows ({search[f'float_accuracy_{rows}']:.4f}"
        for rows, name in (("train", "training"), ("validation", "held-out"))
    ]
    return f"{measure} {parts[0]} as formulas), {parts[1]})"


def _depth(stage_depth: int) -> str:
    if stage_depth < 1:
        return "none, combinational"
    return f"{stage_depth} adder level{'s' * (stage_depth > 1)} a stage"


def _short(text: str, most: int = 90) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."
