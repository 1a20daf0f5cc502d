"""Files to put a design on a board: stream, sources, scripts of the vendor's tool, a driver.

Written for Vivado, PYNQ-Z2 and the package pynq, none of which has seen them.
"""

import shutil
from importlib.resources import files
from pathlib import Path
from string import Template

from symbolnet.config import Firmware
from symbolnet.firmware.emit.axi_stream import axi_stream, streams
from symbolnet.firmware.emit.interface import Layout

PART, CLOCK_MHZ = "xc7z020clg400-1", 100  # of a PYNQ-Z2
DATA = ("firmware/emit/pynq_driver.py",)
DRIVER, INTERFACE = "symbolnet_driver.py", "interface.json"
_OOC_XDC = Template("""\
# Of the stream alone, out of context: a clock of $clock ns. Not run; no vendor's tool was at hand.
create_clock -name aclk -period $clock [get_ports aclk]
""")
_OOC = Template("""\
# vivado -mode batch -source build_ooc.tcl: synthesis, placement and routing of the stream alone.
# Not run; no vendor's tool was at hand.
set here [file normalize [file dirname [info script]]]
create_project -in_memory -part $part
read_verilog [glob $$here/src/*.v]
set tables [glob -nocomplain $$here/src/*.mem]
if {[llength $$tables]} { add_files $$tables }
read_xdc -mode out_of_context $$here/${top}_axis_ooc.xdc
synth_design -top ${top}_axis -part $part -mode out_of_context
opt_design
place_design
route_design
file mkdir $$here/reports
report_utilization -file $$here/reports/utilization.rpt
report_timing_summary -file $$here/reports/timing.rpt
""")
_ZYNQ = Template("""\
# vivado -mode batch -source build_pynq_z2.tcl: ${top}_axis between the two channels of an AXI DMA,
# next to the processor of a PYNQ-Z2 at $mhz MHz. Writes ${top}.bit and ${top}.hwh beside this file.
# Not run; no vendor's tool was at hand.
set here [file normalize [file dirname [info script]]]
create_project ${top}_pynq_z2 $$here/pynq_z2 -part $part -force
set boards [get_board_parts -quiet *:pynq-z2:*]
if {[llength $$boards]} { set_property board_part [lindex $$boards end] [current_project] }
add_files [glob $$here/src/*.v]
set tables [glob -nocomplain $$here/src/*.mem]
if {[llength $$tables]} { add_files $$tables }
update_compile_order -fileset sources_1

create_bd_design design_1
set ps [create_bd_cell -type ip -vlnv xilinx.com:ip:processing_system7 ps]
apply_bd_automation -rule xilinx.com:bd_rule:processing_system7 \\
    -config [list make_external {FIXED_IO, DDR} apply_board_preset [llength $$boards]] $$ps
set_property -dict [list CONFIG.PCW_FPGA0_PERIPHERAL_FREQMHZ $mhz \\
    CONFIG.PCW_USE_S_AXI_HP0 1 CONFIG.PCW_USE_M_AXI_GP0 1] $$ps
set dma [create_bd_cell -type ip -vlnv xilinx.com:ip:axi_dma axi_dma_0]
set_property -dict [list CONFIG.c_include_sg 0 CONFIG.c_sg_length_width 26 \\
    CONFIG.c_m_axi_mm2s_data_width $read CONFIG.c_m_axis_mm2s_tdata_width $given \\
    CONFIG.c_m_axi_s2mm_data_width $write CONFIG.c_mm2s_burst_size 16 \\
    CONFIG.c_s2mm_burst_size 16] $$dma
set core [create_bd_cell -type module -reference ${top}_axis ${top}_0]
set reset [create_bd_cell -type ip -vlnv xilinx.com:ip:proc_sys_reset reset]
set memory [create_bd_cell -type ip -vlnv xilinx.com:ip:smartconnect memory]
set_property -dict [list CONFIG.NUM_SI 2 CONFIG.NUM_MI 1] $$memory
set control [create_bd_cell -type ip -vlnv xilinx.com:ip:smartconnect control]
set_property -dict [list CONFIG.NUM_SI 1 CONFIG.NUM_MI 1] $$control
foreach {from to} [list $$dma/M_AXIS_MM2S $$core/s_axis  $$core/m_axis $$dma/S_AXIS_S2MM \
        $$ps/M_AXI_GP0 $$control/S00_AXI  $$control/M00_AXI $$dma/S_AXI_LITE \
        $$dma/M_AXI_MM2S $$memory/S00_AXI  $$dma/M_AXI_S2MM $$memory/S01_AXI \
        $$memory/M00_AXI $$ps/S_AXI_HP0] {
    connect_bd_intf_net [get_bd_intf_pins $$from] [get_bd_intf_pins $$to]
}
foreach clock [list $$ps/M_AXI_GP0_ACLK $$ps/S_AXI_HP0_ACLK $$core/aclk $$memory/aclk \
        $$control/aclk $$dma/s_axi_lite_aclk $$dma/m_axi_mm2s_aclk $$dma/m_axi_s2mm_aclk \
        $$reset/slowest_sync_clk] {
    connect_bd_net [get_bd_pins $$ps/FCLK_CLK0] [get_bd_pins $$clock]
}
connect_bd_net [get_bd_pins $$ps/FCLK_RESET0_N] [get_bd_pins $$reset/ext_reset_in]
foreach low [list $$dma/axi_resetn $$core/aresetn $$memory/aresetn $$control/aresetn] {
    connect_bd_net [get_bd_pins $$reset/peripheral_aresetn] [get_bd_pins $$low]
}
assign_bd_address
validate_bd_design
save_bd_design

make_wrapper -files [get_files design_1.bd] -top -import
set_property top design_1_wrapper [current_fileset]
launch_runs impl_1 -to_step write_bitstream -jobs 2
wait_on_run impl_1
if {[get_property PROGRESS [get_runs impl_1]] ne "100%"} { error "no bitstream" }
set run [get_property DIRECTORY [get_runs impl_1]]
file copy -force [glob $$run/*.bit] $$here/${top}.bit
file copy -force [lindex [glob $$here/pynq_z2/*.gen/sources_1/bd/design_1/hw_handoff/*.hwh] 0] \\
    $$here/${top}.hwh
""")
_README = Template("""\
$top behind AXI4-Stream ($given bits of tdata in, $result out), for any board, and for a PYNQ-Z2.

Simulated with Verilator under stalls and its handshake proved with Yosys (board.json of the run).
NOT RUN ON A BOARD, and no vendor's tool ran: the scripts and constraints are untried.

src/                     Verilog and tables; the top is ${top}_axis (aclk, aresetn, s_axis, m_axis)
build_ooc.tcl            synthesis to routing of the stream alone for $part, constraints beside it
build_pynq_z2.tcl        block design with an AXI DMA; writes ${top}.bit and ${top}.hwh
$driver  for the board's Python: raw rows to words and back by interface.json

On the board, with these two, interface.json and the driver in one folder:
  from symbolnet_driver import Board
  values = Board("${top}.bit").run(rows)
""")


def write_board_files(rtl: Path, layout: Layout, settings: Firmware, folder: Path) -> None:
    """Write everything into a new folder; `rtl` holds the design and its named ports."""
    found = streams(layout)
    (folder / "src").mkdir(parents=True)
    for pattern in ("src/*.v", "src/static/*.v", "src/memfiles/*", "ports/*.v"):
        for path in sorted(rtl.glob(pattern)):
            if "_wrapper" not in path.name:
                shutil.copyfile(path, folder / "src" / path.name)
    shutil.copyfile(rtl / INTERFACE, folder / INTERFACE)
    top = layout["top"]
    values = {
        "top": top,
        "part": settings.part,
        "clock": settings.clock_ns,
        "given": found.given,
        "result": found.result,
        "driver": DRIVER,
    }
    zynq = values | {"part": PART, "mhz": CLOCK_MHZ}
    zynq |= {"read": max(32, found.given), "write": max(32, found.result)}
    texts = {
        f"src/{top}_axis.v": axi_stream(layout),
        f"{top}_axis_ooc.xdc": _OOC_XDC.substitute(values),
        "build_ooc.tcl": _OOC.substitute(values),
        "build_pynq_z2.tcl": _ZYNQ.substitute(zynq),
        "README.txt": _README.substitute(values),
        DRIVER: (files("symbolnet") / "firmware" / "emit" / "pynq_driver.py").read_text(
            encoding="utf-8"
        ),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
