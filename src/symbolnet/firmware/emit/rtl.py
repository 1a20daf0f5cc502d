"""Graphs to pipelined Verilog and VHDL through da4ml, and da4ml's own bit-accurate interpreter.

da4ml (https://github.com/calad0i/da4ml) makes constant multiplications from shared shifts and
adds; latencies are in adder levels, and a pipeline stage ends every `stage_depth` of them.
"""

import shutil
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from symbolnet.artifact import write_json
from symbolnet.config import Firmware
from symbolnet.firmware.emit.interface import interface
from symbolnet.firmware.emit.named_ports import FOLDER as PORTS
from symbolnet.firmware.emit.named_ports import write_named_ports
from symbolnet.firmware.emit.trace import Logic, trace
from symbolnet.firmware.graph.graph import Graph

NAME = "symbolnet"
Model = Any  # da4ml's VerilogModel: the package ships no types


def interpret(logic: Logic, graph: Graph, ports: np.ndarray) -> np.ndarray:
    """Return the output mantissas (n, outputs) that da4ml's interpreter computes for ports."""
    steps = np.array([node.format.step for node in graph.inputs()])
    return mantissas(logic.predict(np.ascontiguousarray(ports * steps), n_threads=1), graph)


def interpret_stages(graph: Graph, ports: np.ndarray, settings: Firmware) -> np.ndarray:
    """Return the output mantissas (n, outputs) of the pipeline, one stage after the other."""
    from da4ml.trace import to_pipeline

    stages = to_pipeline(trace(graph), settings.stage_depth, retiming=False, verbose=False)
    values = np.ascontiguousarray(ports * [node.format.step for node in graph.inputs()])
    for stage in stages.solutions:
        if not stage.lookup_tables:  # da4ml cannot write an empty list of tables
            stage = stage._replace(lookup_tables=None)
        values = stage.predict(values, n_threads=1)
    return mantissas(values, graph)


def mantissas(real: np.ndarray, graph: Graph) -> np.ndarray:
    """Return real outputs (n, outputs) as mantissas of the graph's output formats."""
    steps = np.array([node.format.step for node in graph.outputs()])
    return np.asarray(np.rint(np.asarray(real, np.float64) / steps), np.int64)


def project(graph: Graph, folder: Path, settings: Firmware) -> Model:
    """Return da4ml's Verilog project of a graph; a `stage_depth` below 1 is combinational."""
    from da4ml.codegen import VerilogModel
    from da4ml.trace import to_pipeline

    logic = trace(graph)
    if settings.stage_depth > 0:
        logic = to_pipeline(logic, settings.stage_depth, retiming=False, verbose=False)
    part, clock_ns = settings.part, settings.clock_ns
    return VerilogModel(logic, NAME, folder, part_name=part, clock_period=clock_ns)


def latency_cycles(model: Model) -> int:
    """Return clock edges from the input's register to the output's; 0 for combinational logic."""
    return len(model._pipe.solutions) if model._pipe is not None else 0


def write_rtl(graph: Graph, folder: Path, settings: Firmware) -> int:
    """Write Verilog, VHDL, tables, constraints and the ports by name; return the latency.

    The same graph gives the same bytes, and no file names a folder.
    """
    model = project(graph, folder, settings)
    model.write()
    shutil.rmtree(folder / "model")
    write_vhdl(model, folder / "vhdl")
    cycles = latency_cycles(model)
    from da4ml.codegen.rtl.rtl_model import get_io_kifs

    formats = get_io_kifs(model._solution)
    layout = interface(graph, NAME, formats, cycles)
    write_json(folder / "interface.json", layout)
    write_named_ports(folder / PORTS, layout)
    return cycles


def write_vhdl(model: Model, folder: Path) -> None:
    """Write the same logic as a Verilog project of da4ml in VHDL, its library beside it."""
    from da4ml.codegen.rtl.vhdl import comb_logic_gen, pipeline_logic_gen

    name, pipe = model._prj_name, model._pipe
    if pipe is None:
        texts = {name: comb_logic_gen(model._solution, name)}
    else:
        texts = pipeline_logic_gen(pipe, name)
    folder.mkdir(parents=True, exist_ok=True)
    for stem, text in texts.items():
        (folder / f"{stem}.vhd").write_text(text, encoding="utf-8")
    for path in (files("da4ml") / "codegen" / "rtl" / "vhdl" / "source").iterdir():
        if path.name.endswith(".vhd"):
            (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
