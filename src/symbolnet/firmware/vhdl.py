"""The VHDL-2008 of da4ml's logic, and a plain testbench for it."""

from importlib.resources import files
from pathlib import Path
from typing import Any

_BENCH = """\
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
  dut : entity work.{top} port map ({clock}model_inp => model_inp, model_out => model_out);

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


def write_vhdl(model: Any, folder: Path) -> None:
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


def bench_text(top: str, inp: int, out: int, vectors: int, latency: int) -> str:
    """Return a testbench for ports of so many bits; `latency` 0 is logic without a clock."""
    clock = "clk => clk, " if latency else ""
    names = {"top": top, "inp": inp - 1, "out": out - 1, "clock": clock}
    return _BENCH.format(**names, last=vectors - 1, edges=latency)
