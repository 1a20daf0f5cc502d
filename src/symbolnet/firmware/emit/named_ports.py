"""The two port vectors of a design under the names of its columns and classes: wires, no logic.

A module in Verilog and one in VHDL around the design, and a C header for what drives it.
"""

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import Template
from typing import Literal

from symbolnet.firmware.emit.interface import BitField, Layout, port_names

FOLDER = "ports"
_VERILOG = Template("""\
`timescale 1 ns / 1 ps
// $top with a port for each value: wires, no logic.
$rules
module ${top}_ports (
$ports
);
  wire [$inp:0] model_inp;
  wire [$out:0] model_out;
  $top core ($clock.model_inp(model_inp), .model_out(model_out));
$wires
endmodule
""")
_VHDL = Template("""\
-- $top with a port for each value: wires, no logic.
$rules
library ieee;
use ieee.std_logic_1164.all;

entity ${top}_ports is
  port (
$ports
  );
end entity ${top}_ports;

architecture wires of ${top}_ports is
  signal model_inp : std_logic_vector($inp downto 0);
  signal model_out : std_logic_vector($out downto 0);
begin
  core : entity work.$top port map (${clock}model_inp => model_inp, model_out => model_out);
$wires
end architecture wires;
""")
_HEADER = Template("""\
/* Ports of $top, for what drives and reads them.
 *
$rules
 *
 * Of each port: lowest bit in its vector, bits, whether signed, fraction bits, least and largest
 * word, and the numbers of the rule.
 */
#ifndef ${guard}_PORTS_H
#define ${guard}_PORTS_H

#include <stdint.h>

#define ${guard}_LATENCY_CYCLES $cycles
#define ${guard}_MODEL_INP_WIDTH $inp
#define ${guard}_MODEL_OUT_WIDTH $out
$ports
$classes
#endif
""")
_NUMBERS: tuple[Literal["mean", "scale", "offset", "exponent"], ...]
_NUMBERS = ("mean", "scale", "offset", "exponent")


def write_named_ports(folder: Path, layout: Layout) -> None:
    """Write the modules and the header below a new folder."""
    folder.mkdir(parents=True)
    stem = folder / f"{layout['top']}_ports"
    for ending, text in ((".v", verilog), (".vhd", vhdl), (".h", header)):
        stem.with_suffix(ending).write_text(text(layout), encoding="utf-8")


def width(ports: Sequence[BitField]) -> int:
    """Return the bits of a port vector."""
    return max(port["lowest_bit"] + port["width"] for port in ports)


def last_bit(port: BitField) -> int:
    """Return the place of the highest bit of a value."""
    return port["lowest_bit"] + port["width"] - 1


def present(ports: Sequence[BitField]) -> list[BitField]:
    """Return the ports that have bits: a value that is always 0 may have none."""
    return [port for port in ports if port["width"]]


def in_comment(name: str) -> str:
    """Return a name as one line of ASCII, in quotes, that ends no comment."""
    return ascii(name).replace("*/", "* /").replace("/*", "/ *")


def facts(port: BitField) -> str:
    """Return a port in words, every number to its last digit."""
    low, high = port["words"]
    known = [f"{name} {port[name]!r}" for name in _NUMBERS if name in port]
    words = f"bits {last_bit(port)}..{port['lowest_bit']}, {_kind(port)}, words {low}..{high}"
    return ", ".join([words, f"fraction {port['fraction']}", *known])


def _rules(layout: Layout, comment: str) -> str:
    """Return how words are made and what they stand for, as lines of a comment."""
    texts = (f"Words: {layout['input_rule']}.", f"Values: {layout['output_rule']}.")
    lines = [line for text in texts for line in textwrap.wrap(text, 96, subsequent_indent="  ")]
    return "\n".join(f"{comment} {line}" for line in lines)


def _frame(layout: Layout, comment: str) -> dict[str, str | int]:
    """Return what the module says alike in either language."""
    return {
        "top": layout["top"],
        "rules": _rules(layout, comment),
        "inp": width(layout["model_inp"]) - 1,
        "out": width(layout["model_out"]) - 1,
    }


def verilog(layout: Layout) -> str:
    """Return the module in Verilog."""
    inputs, outputs = present(layout["model_inp"]), present(layout["model_out"])
    clocked = layout["latency_cycles"] > 0
    lines = [("input clk", "")] if clocked else []
    lines += [(_port("input", one), _about(one)) for one in inputs]
    lines += [(_port("output", one), _about(one)) for one in outputs]
    return _VERILOG.substitute(
        _frame(layout, "//"),
        ports=_listed(lines, ",", "//"),
        clock=".clk(clk), " if clocked else "",
        wires="\n".join(_verilog_wires(inputs, outputs)),
    )


def _verilog_wires(inputs: Sequence[BitField], outputs: Sequence[BitField]) -> Iterator[str]:
    for one in inputs:
        yield f"  assign model_inp[{last_bit(one)}:{one['lowest_bit']}] = {one['port']};"
    for one in outputs:
        yield f"  assign {one['port']} = model_out[{last_bit(one)}:{one['lowest_bit']}];"


def _port(direction: str, port: BitField) -> str:
    signed = " signed" if port["signed"] else ""
    return f"{direction}{signed} [{port['width'] - 1}:0] {port['port']}"


def _about(port: BitField) -> str:
    return f"{in_comment(port['name'])}: {facts(port)}"


def _listed(lines: Sequence[tuple[str, str]], comma: str, comment: str) -> str:
    """Return declarations, what is about each behind it, and no separator behind the last."""
    separators = [comma] * (len(lines) - 1) + [""]
    return "\n".join(
        f"    {text}{end}{f'  {comment} {about}' * bool(about)}"
        for (text, about), end in zip(lines, separators, strict=True)
    )


def vhdl(layout: Layout) -> str:
    """Return the entity in VHDL."""
    inputs, outputs = present(layout["model_inp"]), present(layout["model_out"])
    clocked = layout["latency_cycles"] > 0
    lines = [("clk : in std_logic", "")] if clocked else []
    for direction, ports in (("in", inputs), ("out", outputs)):
        vector = f": {direction} std_logic_vector"
        lines += [
            (f"{one['port']} {vector}({one['width'] - 1} downto 0)", _about(one)) for one in ports
        ]
    return _VHDL.substitute(
        _frame(layout, "--"),
        ports=_listed(lines, ";", "--"),
        clock="clk => clk, " if clocked else "",
        wires="\n".join(_vhdl_wires(inputs, outputs)),
    )


def _vhdl_wires(inputs: Sequence[BitField], outputs: Sequence[BitField]) -> Iterator[str]:
    for one in inputs:
        yield f"  model_inp({last_bit(one)} downto {one['lowest_bit']}) <= {one['port']};"
    for one in outputs:
        yield f"  {one['port']} <= model_out({last_bit(one)} downto {one['lowest_bit']});"


def _kind(port: BitField) -> str:
    return "signed" if port["signed"] else "unsigned"


def header(layout: Layout) -> str:
    """Return the header, C and C++."""
    guard = layout["top"].upper()
    both = [*layout["model_inp"], *layout["model_out"]]
    return _HEADER.substitute(
        top=layout["top"],
        guard=guard,
        rules=_rules(layout, " *"),
        cycles=layout["latency_cycles"],
        inp=width(layout["model_inp"]),
        out=width(layout["model_out"]),
        ports="\n".join(line for port in both for line in _macros(guard, port)),
        classes="\n".join(_classes(guard, layout.get("classes", []))),
    )


def _macros(guard: str, port: BitField) -> Iterator[str]:
    yield f"\n/* {in_comment(port['name'])} */"
    low, high = port["words"]
    values = {
        "low_bit": port["lowest_bit"],
        "width": port["width"],
        "signed": int(port["signed"]),
        "fraction": port["fraction"],
        "min": low,
        "max": high,
    }
    numbers = {name: port[name] for name in _NUMBERS if name in port}
    for name, value in (values | numbers).items():
        yield f"#define {guard}_{port['port'].upper()}_{name.upper()} {_literal(value)}"


def _classes(guard: str, names: Sequence[str]) -> Iterator[str]:
    for number, (port, name) in enumerate(zip(port_names("class", names), names, strict=True)):
        yield f"#define {guard}_{port.upper()} {number}  /* {in_comment(name)} */"


def _literal(value: float) -> str:
    text = f"INT64_C({value})" if isinstance(value, int) and abs(value) >= 2**31 else repr(value)
    return f"({text})" if value < 0 else text
