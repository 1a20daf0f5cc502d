"""A design behind AXI4-Stream, as Verilog: a word in and a word out each cycle, and back-pressure.

The pipeline of a design cannot wait. So a word is taken only where the queue behind the pipeline
has a place for what comes of it; what is under way then always finds one.
"""

from collections.abc import Iterator, Sequence
from string import Template
from typing import NamedTuple

from symbolnet.errors import InputError
from symbolnet.firmware.emit.interface import BitField, Layout
from symbolnet.firmware.emit.named_ports import last_bit, present, width

WIDEST = 1024  # bits of a stream of AXI DMA
_MODULE = Template("""\
`timescale 1 ns / 1 ps
// $top behind AXI4-Stream: a word a cycle, $delay cycles from word to result, back-pressure.
// Simulated and proved with open tools; not run on a board, and no vendor's tool has read it.
//
// tdata holds the values of interface.json at their bits, lowest first; bits above are ignored, and
// 0 in results. tlast goes with its word. A word is taken where the queue has room for its result.
module ${top}_axis (
    (* X_INTERFACE_PARAMETER = "ASSOCIATED_BUSIF s_axis:m_axis, ASSOCIATED_RESET aresetn" *)
    input wire aclk,
    input wire aresetn,
    input wire [$inp:0] s_axis_tdata,
    input wire s_axis_tvalid,
    output wire s_axis_tready,
    input wire s_axis_tlast,
    output wire [$out:0] m_axis_tdata,
    output wire m_axis_tvalid,
    input wire m_axis_tready,
    output wire m_axis_tlast
);
  localparam EDGES = $edges;  // registers from tdata to the results of the design
  localparam BITS = $bits;  // of a place in the queue
  localparam [BITS:0] PLACES = 1 << BITS;

  reg open = 0;  // not before the first clock after a reset
  reg [BITS:0] room = PLACES;  // places that no word taken has a claim to
  reg [EDGES-1:0] valid = 0, last = 0;  // beside the pipeline
  reg [BITS:0] head = 0, tail = 0;  // one bit more than a place: full is not empty
  reg [$result:0] queue [0:PLACES-1];  // tlast on top
  wire [$data:0] result;

  wire take = s_axis_tvalid && s_axis_tready;
  wire give = m_axis_tvalid && m_axis_tready;
  assign s_axis_tready = open && room != 0;
  assign m_axis_tvalid = head != tail;
  assign m_axis_tdata = $padded;
  assign m_axis_tlast = queue[head[BITS-1:0]][$result];

$core
  always @(posedge aclk) begin
    if (valid[EDGES-1]) queue[tail[BITS-1:0]] <= {last[EDGES-1], result};
    if (!aresetn) begin
      open <= 0;
      room <= PLACES;
      valid <= 0;
      head <= 0;
      tail <= 0;
    end else begin
      open <= 1;
      room <= room - {{BITS{1'b0}}, take} + {{BITS{1'b0}}, give};
      valid <= $valid;
      head <= head + {{BITS{1'b0}}, give};
      tail <= tail + {{BITS{1'b0}}, valid[EDGES-1]};
    end
    last <= $last;
  end

`ifdef FORMAL
  // What a receiver that waits sees stays; every word taken has one place, on the way or queued.
  reg stalled = 0;
  reg [$result:0] seen;
  reg [BITS:0] moving;
  integer i;
  always @* begin
    moving = 0;
    for (i = 0; i < EDGES; i = i + 1) moving = moving + {{BITS{1'b0}}, valid[i]};
  end
  wire [BITS:0] queued = tail - head;
  wire [$result:0] shown = queue[head[BITS-1:0]];
  always @(posedge aclk) begin
    stalled <= aresetn && m_axis_tvalid && !m_axis_tready;
    seen <= shown;
  end
  always @* begin
    assert (!stalled || (m_axis_tvalid && shown == seen));
    assert (room <= PLACES && queued <= PLACES && moving <= PLACES);
    assert ({2'b0, room} + moving + queued == PLACES);
  end
`endif
endmodule
""")


class Streams(NamedTuple):
    """Bits of tdata on both sides, registers on the way, and address bits of the queue."""

    given: int
    result: int
    edges: int
    bits: int


def streams(layout: Layout) -> Streams:
    """Return the widths of the streams; raise InputError where AXI DMA has none so wide."""
    given, result = (_bits(layout["model_inp"], "inputs"), _bits(layout["model_out"], "outputs"))
    edges = layout["latency_cycles"] + 1
    return Streams(given, result, edges, (edges + 2).bit_length())


def _bits(ports: Sequence[BitField], what: str) -> int:
    bits = max(8, 1 << (width(ports) - 1).bit_length())
    if bits > WIDEST:
        expected = f"{what} of at most {WIDEST} bits together behind AXI4-Stream"
        do = "choose formulas of fewer inputs, or leave `firmware.board` out"
        raise InputError(expected, f"{width(ports)} bits", do)
    return bits


def axi_stream(layout: Layout) -> str:
    """Return the module."""
    found, data = streams(layout), width(layout["model_out"])
    pad = found.result - data
    shown = f"queue[head[BITS-1:0]][{data - 1}:0]"
    return _MODULE.substitute(
        top=layout["top"],
        delay=found.edges + 1,
        inp=found.given - 1,
        out=found.result - 1,
        edges=found.edges,
        bits=found.bits,
        data=data - 1,
        result=data,
        padded=f"{{{{{pad}{{1'b0}}}}, {shown}}}" if pad else shown,
        core="\n".join(_core(layout, found)),
        valid="{valid[EDGES-2:0], take}" if found.edges > 1 else "take",
        last="{last[EDGES-2:0], s_axis_tlast}" if found.edges > 1 else "s_axis_tlast",
    )


def _core(layout: Layout, found: Streams) -> Iterator[str]:
    """Yield the design by the names of its ports; one without registers gets one for its inputs."""
    vector = "s_axis_tdata"
    if not layout["latency_cycles"]:
        vector = "taken"
        yield f"  reg [{found.given - 1}:0] taken;"
        yield "  always @(posedge aclk) taken <= s_axis_tdata;"
    sides = ((vector, layout["model_inp"]), ("result", layout["model_out"]))
    ports = [
        f".{one['port']}({name}[{last_bit(one)}:{one['lowest_bit']}])"
        for name, side in sides
        for one in present(side)
    ]
    clock = [".clk(aclk)"] * (layout["latency_cycles"] > 0)
    yield f"  {layout['top']}_ports core ("
    yield ",\n".join(f"    {one}" for one in [*clock, *ports])
    yield "  );"
