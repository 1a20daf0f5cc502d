"""What every node of a graph takes when it is synthesised alone: which operator costs what."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

from symbolnet.firmware.emit.rtl import NAME
from symbolnet.firmware.emit.trace import trace
from symbolnet.firmware.evidence.synthesis import FIGURES, counted, synthesise
from symbolnet.firmware.graph.graph import Graph, Input, Output, sources

LABEL = (
    "each node synthesised alone by the same script, without registers: what nodes share, and what"
    " Yosys merges across them, counts in each, so that the sum differs from the whole"
)
_FIGURES = tuple(figure for figure in FIGURES if figure not in ("ff", "srl"))
_NAME = "@"  # stands for the name of a module: equal nodes have equal text


class _Module(NamedTuple):
    text: str
    tables: Mapping[str, str]
    inp: int
    out: int


def count_nodes(graph: Graph, rtl: Path, folder: Path, dsp: bool, bram: bool) -> dict[str, Any]:
    """Return the counts of every node but inputs and outputs, from one run of Yosys.

    Nodes of equal content are one module in that run, and have its counts each.
    """
    modules = {
        place: _module(_alone(graph, place))
        for place, node in enumerate(graph.nodes)
        if not isinstance(node, Input | Output)
    }
    counts, script = _counts({m.text: m for m in modules.values()}, rtl, folder, dsp, bram)
    nodes: list[dict[str, Any]] = [
        {"node": place, "kind": type(graph.nodes[place]).__name__.lower(), **counts[module.text]}
        for place, module in modules.items()
    ]
    sums = {figure: sum(node[figure] for node in nodes) for figure in _FIGURES}
    return {"label": LABEL, **sums, "nodes": nodes, "script": script}


def _alone(graph: Graph, place: int) -> Graph:
    """Return a graph of one node; its inputs have the formats and intervals of its sources."""
    node = graph.nodes[place]
    read = list(dict.fromkeys(sources(node)))
    ports = [Input(k, graph.nodes[s].format, graph.nodes[s].interval) for k, s in enumerate(read)]
    places = tuple(read.index(source) for source in sources(node))
    moved = cast(Any, node)._replace(sources=places)
    output = Output((len(ports),), "y", node.format, node.interval)
    names = tuple(f"x{k}" for k in range(len(ports)))
    return Graph("node", names, graph.precision, (*ports, moved, output))


def _module(graph: Graph) -> _Module:
    """Return the Verilog of a small graph; no text where no bit goes in or none comes out."""
    from da4ml.codegen.rtl.verilog import comb_logic_gen
    from da4ml.codegen.rtl.verilog.comb import table_mem_gen
    from da4ml.types import minimal_kif

    if not graph.inputs():
        return _Module("", {}, 0, 0)
    logic = trace(graph)
    inp, out = (sum(sum(minimal_kif(q)) for q in side) for side in (logic.inp_qint, logic.out_qint))
    text = comb_logic_gen(logic, _NAME) if inp and out else ""
    return _Module(text, table_mem_gen(logic), inp, out)


def _counts(
    modules: Mapping[str, _Module], rtl: Path, folder: Path, dsp: bool, bram: bool
) -> tuple[dict[str, dict[str, int]], str]:
    """Return the figures of each module, by its text, and the script that counted them."""
    counts = {text: dict.fromkeys(_FIGURES, 0) for text in modules}
    kept = {f"node_{k}": modules[text] for k, text in enumerate(filter(None, modules))}
    if not kept:
        return counts, ""
    _write(kept, rtl, folder / "rtl")
    run = synthesise(folder / "rtl", folder / "yosys", dsp, bram)
    for name, module in kept.items():
        found = counted(run.modules[name])
        counts[module.text] = {figure: found[figure] for figure in _FIGURES}
    return counts, run.script


def _write(modules: Mapping[str, _Module], rtl: Path, folder: Path) -> None:
    """Write modules, tables, da4ml's library and a top that holds every module once."""
    shutil.copytree(rtl / "src" / "static", folder / "src" / "static")
    (folder / "src" / "memfiles").mkdir()
    for name, module in modules.items():
        # The attribute stops `flatten` at the node: its cells are counted, and optimised, alone.
        text = "(* keep_hierarchy *)\n" + module.text.replace(_NAME, name, 1)
        (folder / "src" / f"{name}.v").write_text(text, encoding="utf-8")
        for table, content in module.tables.items():
            (folder / "src" / "memfiles" / table).write_text(content, encoding="utf-8")
    (folder / "src" / f"{NAME}.v").write_text(_top(modules.items()), encoding="utf-8")


def _top(modules: Iterable[tuple[str, _Module]]) -> str:
    inp = out = 0
    lines = []
    for name, module in modules:
        ports = f".model_inp(i[{inp} +: {module.inp}]), .model_out(o[{out} +: {module.out}])"
        lines.append(f"  {name} {name}_ ({ports});\n")
        inp, out = inp + module.inp, out + module.out
    head = f"module {NAME} (input [{inp - 1}:0] i, output [{out - 1}:0] o);\n"
    return head + "".join(lines) + "endmodule\n"
