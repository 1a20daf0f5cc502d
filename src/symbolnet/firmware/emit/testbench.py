"""Plain testbenches, Verilog and VHDL, with the vectors of the reference, for any simulator."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from symbolnet.firmware.emit.interface import BitField, Layout
from symbolnet.firmware.emit.named_ports import facts, last_bit, present, width
from symbolnet.firmware.graph.graph import Graph

_VHDL_BENCH = """\
-- Feeds one vector a cycle, compares every output bit, prints PASS or FAIL and the counts.
library ieee;
use ieee.std_logic_1164.all;
use std.textio.all;

entity testbench is
end entity testbench;

architecture simulation of testbench is
  signal clk : std_logic := '0';
  signal model_inp : std_logic_vector({inp} downto 0);
  signal model_out : std_logic_vector({out} downto 0);
begin
  dut : entity work.{top}_ports port map (
{ports}
  );

  process
    file inputs : text open read_mode is "inputs.hex";
    file expected : text open read_mode is "outputs.hex";
    variable row : line;
    variable vector : std_logic_vector({inp} / 4 * 4 + 3 downto 0);
    variable result : std_logic_vector({out} / 4 * 4 + 3 downto 0);
    variable wrong : natural := 0;
  begin
    for i in 0 to {last} + {edges} loop
      if i <= {last} then
        readline(inputs, row);
        hread(row, vector);
        model_inp <= vector({inp} downto 0);
      end if;
      wait for 1 ns;
      clk <= '1';
      wait for 1 ns;
      if i >= {edges} then
        readline(expected, row);
        hread(row, result);
        if model_out /= result({out} downto 0) then
          wrong := wrong + 1;
        end if;
      end if;
      clk <= '0';
    end loop;
    if wrong = 0 then
      write(row, string'("PASS: "));
    else
      write(row, string'("FAIL: "));
    end if;
    write(row, integer'image(wrong) & " of " & integer'image({last} + 1) & " vectors differ");
    writeline(output, row);
    wait;
  end process;
end architecture simulation;
"""

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
  {top}_ports dut (
{ports}
  );
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

The testbenches drive the module with a port for each value (symbolnet_ports), which has the design
and nothing but wires. The design has two ports, model_inp and model_out.

Words of your own: interface.json in the folder of the Verilog says the same for programs, and
ports/symbolnet_ports.h for C.
model_inp: {packing}.
{input_rule}.
{inputs}
model_out: {packing}.
{output_rule}.
{outputs}
"""


def vhdl_bench(layout: Layout, vectors: int) -> str:
    """Return a testbench in VHDL; a latency of 0 is logic without a clock."""
    return _VHDL_BENCH.format(
        **_sizes(layout, vectors), ports=_wired(layout, "clk => clk", "{} => {}({} downto {})")
    )


def verilog_bench(layout: Layout, vectors: int) -> str:
    """Return a testbench in Verilog; a latency of 0 is logic without a clock."""
    return _BENCH.format(
        **_sizes(layout, vectors), ports=_wired(layout, ".clk(clk)", ".{}({}[{}:{}])")
    )


def _sizes(layout: Layout, vectors: int) -> dict[str, str | int]:
    inp, out = width(layout["model_inp"]), width(layout["model_out"])
    edges = layout["latency_cycles"]
    return {
        "top": layout["top"],
        "inp": inp - 1,
        "out": out - 1,
        "last": vectors - 1,
        "edges": edges,
    }


def _wired(layout: Layout, clock: str, pattern: str) -> str:
    """Return the clock, if there is one, and the named ports, each on its bits of a vector."""
    vectors = {"model_inp": layout["model_inp"], "model_out": layout["model_out"]}
    lines = [
        pattern.format(one["port"], vector, last_bit(one), one["lowest_bit"])
        for vector, ports in vectors.items()
        for one in present(ports)
    ]
    clocks = [clock] * (layout["latency_cycles"] > 0)
    return ",\n".join(f"    {line}" for line in [*clocks, *lines])


def write_testbench_files(
    rtl: Path,
    graph: Graph,
    layout: Layout,
    ports: np.ndarray,
    outputs: np.ndarray,
    folder: Path,
) -> None:
    """Write testbenches, vectors, and the Verilog, VHDL and tables beside them in one folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for pattern in ("src/*.v", "src/static/*.v", "src/memfiles/*", "vhdl/*.vhd", "ports/*.v*"):
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
    benches = {"testbench.v": verilog_bench, "testbench.vhd": vhdl_bench}
    for name, bench in benches.items():
        (folder / name).write_text(bench(layout, len(ports)), encoding="utf-8")
    (folder / "README.txt").write_text(_readme(layout), encoding="utf-8")


def _readme(layout: Layout) -> str:
    """Return how to run the vectors, and how to make words from raw values."""
    numbers = "".join(f"\n  class {n}: {name}" for n, name in enumerate(layout.get("classes", ())))
    return _README.format(
        packing=layout["packing"],
        input_rule=layout["input_rule"],
        output_rule=layout["output_rule"],
        inputs=_ports(layout["model_inp"]),
        outputs=_ports(layout["model_out"]) + numbers,
    )


def _ports(ports: Sequence[BitField]) -> str:
    return "\n".join(f"  {port['name']}: port {port['port']}, {facts(port)}" for port in ports)


def _write_hex(path: Path, values: np.ndarray, ports: Sequence[BitField]) -> None:
    digits = (width(ports) + 3) // 4  # VHDL reads no fewer than the port has
    lines = (f"{_packed(row, ports):0{digits}x}\n" for row in values.tolist())
    path.write_text("".join(lines), encoding="utf-8")


def _packed(row: Sequence[int], ports: Sequence[BitField]) -> int:
    return sum(
        (value & ((1 << port["width"]) - 1)) << port["lowest_bit"]
        for value, port in zip(row, ports, strict=True)
    )
