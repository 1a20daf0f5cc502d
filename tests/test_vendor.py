"""The vendor path: looked up, refused, run and parsed; every report here is synthetic."""

import os
from pathlib import Path

import pytest

from symbolnet.artifact import read_json
from symbolnet.errors import InputError, ToolError
from symbolnet.firmware.evidence import vendor
from symbolnet.pipeline.cli import main

UTILIZATION = """\
| CLB LUTs*                  | 1234 |     0 |          0 |   1182240 |  0.10 |
|   LUT as Logic             | 1200 |     0 |          0 |   1182240 |  0.10 |
| CLB Registers              |  567 |     0 |          0 |   2364480 |  0.02 |
| CARRY8                     |   89 |     0 |          0 |    147780 |  0.06 |
| Block RAM Tile             |  1.5 |     0 |          0 |      2160 |  0.07 |
| DSPs                       |    3 |     0 |          0 |      6840 |  0.04 |
"""
TIMING = """\
| Design Timing Summary
    WNS(ns)      TNS(ns)  TNS Failing Endpoints
    -------      -------  ---------------------
      1.250        0.000                      0
"""
CSYNTH = """\
<profile><UserAssignments><TargetClockPeriod>5.00</TargetClockPeriod></UserAssignments>
<PerformanceEstimates>
<SummaryOfTimingAnalysis><EstimatedClockPeriod>3.5</EstimatedClockPeriod></SummaryOfTimingAnalysis>
<SummaryOfOverallLatency><Worst-caseLatency>7</Worst-caseLatency><Interval-max>1</Interval-max>
</SummaryOfOverallLatency></PerformanceEstimates>
<AreaEstimates><Resources><BRAM_18K>2</BRAM_18K><DSP>4</DSP><FF>800</FF><LUT>2000</LUT></Resources>
</AreaEstimates></profile>
"""
VIVADO = """\
#!/bin/sh
if [ "$1" = -version ]; then echo "Vivado v2023.2 (64-bit)"; exit 0; fi
test ! -e output_symbolnet || exit 9
mkdir -p output_symbolnet/reports
cp "$REPORTS/util" output_symbolnet/reports/symbolnet_post_route_util.rpt
cp "$REPORTS/timing" output_symbolnet/reports/symbolnet_post_route_timing.rpt
"""
VITIS = """\
#!/bin/sh
if [ "$1" = -version ]; then echo "Vitis HLS v2022.1"; exit 0; fi
grep -q "cosim *1" build_prj.tcl && grep -q "reset *1" build_prj.tcl || exit 9
test ! -e symbolnet_prj || exit 9
mkdir -p symbolnet_prj/solution1/syn/report symbolnet_prj/solution1/sim/report
cp "$REPORTS/csynth" symbolnet_prj/solution1/syn/report/symbolnet_csynth.xml
echo "| Verilog| $VERDICT|" > symbolnet_prj/solution1/sim/report/symbolnet_cosim.rpt
"""


@pytest.fixture
def case(tmp_path, monkeypatch):
    """Projects with old reports in them, and a PATH on which tools can be put."""
    for name, text in (("util", UTILIZATION), ("timing", TIMING), ("csynth", CSYNTH)):
        (tmp_path / name).write_text(text)
    (tmp_path / "rtl/src").mkdir(parents=True)
    (tmp_path / "rtl/src/symbolnet.xdc").write_text("set clock_period 5.0\n")
    (tmp_path / "rtl/output_symbolnet/reports").mkdir(parents=True)
    (tmp_path / "hls/symbolnet_prj").mkdir(parents=True)
    (tmp_path / "hls/build_prj.tcl").write_text(
        "array set opt {\n    reset      0\n    cosim      0\n}\n"
    )
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("REPORTS", str(tmp_path))
    monkeypatch.setenv("VERDICT", "Pass")
    return tmp_path


def put(case: Path, name: str, script: str) -> None:
    path = case / "bin" / name
    path.write_text(script)
    path.chmod(0o755)


def stage(case: Path, mode: str = "auto") -> int:
    files = ["--hls", str(case / "hls"), "--rtl", str(case / "rtl")]
    result = ["--result", str(case / "vendor.json")]
    return main(["run_vendor", *files, *result, "--spec", f'{{"vendor": "{mode}"}}'])


def test_without_tools_there_is_a_line_and_no_figure(case):
    assert stage(case) == 0
    record = read_json(case / "vendor.json", "vendor")
    assert record["available"] is False and record["results"] == []
    assert record["reason"] == "no vivado and no vitis-run or vitis_hls or vivado_hls on PATH"


def test_required_tools_are_missed_before_work_starts(case):
    with pytest.raises(InputError, match=r"no vivado and no vitis-run.* on PATH"):
        vendor.require_tools()
    put(case, "vivado", VIVADO)
    with pytest.raises(InputError, match="found no vitis-run"):
        vendor.require_tools()
    put(case, "vitis_hls", VITIS)
    vendor.require_tools()


def test_reports_become_figures(case):
    put(case, "vivado", VIVADO)
    put(case, "vitis_hls", VITIS)
    assert stage(case) == 0
    hls, rtl = read_json(case / "vendor.json", "vendor")["results"]
    assert (rtl["lut"], rtl["ff"], rtl["carry"], rtl["bram"], rtl["dsp"]) == (1234, 567, 89, 1.5, 3)
    assert (rtl["slack_ns"], rtl["period_ns"], rtl["tool_version"]) == (1.25, 3.75, "2023.2")
    assert (hls["lut"], hls["dsp"], hls["latency_cycles"], hls["period_ns"]) == (2000, 4, 7, 3.5)
    assert (hls["tool"], hls["tool_version"], hls["initiation_interval"]) == (
        "vitis_hls",
        "2022.1",
        1,
    )
    assert (case / "hls/symbolnet_prj").is_dir()  # the project itself is left as it was


def test_off_runs_nothing(case):
    put(case, "vivado", "#!/bin/sh\nexit 1\n")
    assert stage(case, "off") == 0
    assert read_json(case / "vendor.json", "vendor")["reason"] == "switched off"


def test_failures_are_one_line_and_no_file(case, capsys):
    put(case, "vivado", "#!/bin/sh\n[ $1 = -version ] || { echo 'ERROR: no licence'; exit 1; }\n")
    assert stage(case) == 1
    assert "vivado failed: ERROR: no licence" in capsys.readouterr().err
    assert not (case / "vendor.json").exists()


def test_a_failed_co_simulation_is_refused(case, monkeypatch):
    put(case, "vitis_hls", VITIS)
    monkeypatch.setenv("VERDICT", "Fail")
    with pytest.raises(ToolError, match="co-simulation did not pass"):
        vendor.run_hls(case / "hls", case / "run", vendor.Tool("vitis_hls", "1"))


@pytest.mark.parametrize("parser", [vendor.utilization, vendor.worst_slack])
def test_reports_of_another_layout_are_refused(parser):
    with pytest.raises(ToolError, match="report"):
        parser("something else")


def test_a_synthesis_report_without_figures_is_refused():
    with pytest.raises(ToolError, match="AreaEstimates"):
        vendor.synthesis_estimates("<profile/>")
