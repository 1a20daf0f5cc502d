"""Plain testbenches, Verilog and VHDL, with the vectors of the reference, for any simulator."""

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from symbolnet.firmware.graph import Graph
from symbolnet.firmware.rtl import NAME
from symbolnet.firmware.vhdl import bench_text

_BENCH = """\
`timescale 1 ns / 1 ps
// Feeds one vector a cycle, compares every output bit, prints PASS or FAIL and the counts.
module testbench;
  reg clk = 0;
  reg [{inp}:0] inputs [0:{last}];
  reg [{out}:0] expected [0:{last}];
  reg [{inp}:0] model_inp;
  wire [{out}:0] model_out;
  integer i, wrong;
  {top} dut ({clock}.model_inp(model_inp), .model_out(model_out));
  initial begin
    $readmemh("inputs.hex", inputs);
    $readmemh("outputs.hex", expected);
    wrong = 0;
    for (i = 0; i <= {last} + {edges}; i = i + 1) begin
      model_inp = inputs[i <= {last} ? i : {last}];
      #1 clk = 1;
      #1 if (i >= {edges} && model_out !== expected[i - {edges}]) wrong = wrong + 1;
      clk = 0;
    end
    $display("%s: %0d of %0d vectors differ", wrong == 0 ? "PASS" : "FAIL", wrong, {last} + 1);
    $finish;
  end
endmodule
"""
_README = """\
Any Verilog or VHDL simulator runs this, in this folder. It prints PASS or FAIL and how many vectors
differ. With Icarus Verilog:
  iverilog -g2005 -o testbench.vvp *.v
  vvp testbench.vvp
The same in VHDL-2008, with GHDL:
  ghdl -i --std=08 *.vhd
  ghdl -m --std=08 testbench
  ghdl -r --std=08 testbench --max-stack-alloc=0 --ieee-asserts=disable
The last two options are for large tables, and for registers before the first vector reaches them.

Words of your own: interface.json in the folder of the Verilog says the same for programs.
model_inp: {packing}.
{input_rule}.
{inputs}
model_out: {packing}.
{output_rule}.
{outputs}
"""
_NUMBERS = ("mean", "scale", "offset", "exponent")


def write_testbench_files(
    rtl: Path,
    graph: Graph,
    layout: Mapping[str, Any],
    ports: np.ndarray,
    outputs: np.ndarray,
    folder: Path,
) -> None:
    """Write testbenches, vectors, and the Verilog, VHDL and tables beside them in one folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for pattern in ("src/*.v", "src/static/*.v", "src/memfiles/*", "vhdl/*.vhd"):
        for path in sorted(rtl.glob(pattern)):
            if "_wrapper" not in path.name:
                shutil.copyfile(path, folder / path.name)
    table = folder / "lookup_table.v"
    # Not every simulator reads an attribute that depends on a parameter; it says nothing here.
    table.write_text(
        re.sub(r"\(\*\s*rom_style.*?\*\)", "", table.read_text(encoding="utf-8")), encoding="utf-8"
    )
    drops = [
        node.format.fraction - port["fraction"]
        for node, port in zip(graph.outputs(), layout["model_out"], strict=True)
    ]
    _write_hex(folder / "inputs.hex", ports, layout["model_inp"])
    _write_hex(folder / "outputs.hex", outputs >> np.array(drops), layout["model_out"])
    latency = layout["latency_cycles"]
    inp, out = _width(layout["model_inp"]), _width(layout["model_out"])
    text = _BENCH.format(
        inp=inp - 1,
        out=out - 1,
        last=len(ports) - 1,
        edges=latency,
        top=NAME,
        clock=".clk(clk), " if latency else "",
    )
    (folder / "testbench.v").write_text(text, encoding="utf-8")
    (folder / "testbench.vhd").write_text(
        bench_text(NAME, inp, out, len(ports), latency), encoding="utf-8"
    )
    (folder / "README.txt").write_text(_readme(layout), encoding="utf-8")


def _readme(layout: Mapping[str, Any]) -> str:
    """Return how to run the vectors, and how to make words from raw values."""
    rules = {name: layout[name] for name in ("packing", "input_rule", "output_rule")}
    inputs, outputs = (_ports(layout[name]) for name in ("model_inp", "model_out"))
    numbers = "".join(f"\n  class {n}: {name}" for n, name in enumerate(layout.get("classes", ())))
    return _README.format(**rules, inputs=inputs, outputs=outputs + numbers)


def _ports(ports: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(f"  {port['name']}: {_facts(port)}" for port in ports)


def _facts(port: Mapping[str, Any]) -> str:
    """Return a port in words, every number to its last digit."""
    last = port["lowest_bit"] + port["width"] - 1
    kind = "signed" if port["signed"] else "unsigned"
    known = [f"{name} {port[name]!r}" for name in _NUMBERS if name in port]
    low, high = port["words"]
    words = f"bits {last}..{port['lowest_bit']}, {kind}, words {low}..{high}"
    return ", ".join([words, f"fraction {port['fraction']}", *known])


def _width(ports: Sequence[Mapping[str, Any]]) -> int:
    return max(port["lowest_bit"] + port["width"] for port in ports)


def _write_hex(path: Path, values: np.ndarray, ports: Sequence[Mapping[str, Any]]) -> None:
    digits = (_width(ports) + 3) // 4  # VHDL reads no fewer than the port has
    lines = (f"{_packed(row, ports):0{digits}x}\n" for row in values.tolist())
    path.write_text("".join(lines), encoding="utf-8")


def _packed(row: Sequence[int], ports: Sequence[Mapping[str, Any]]) -> int:
    return sum(
        (value & ((1 << port["width"]) - 1)) << port["lowest_bit"]
        for value, port in zip(row, ports, strict=True)
    )
