"""Settings from an expression set to hardware."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from symbolnet.config.base import Count, Settings

Part = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$")]  # the vendor's tools read it as Tcl


class Precision(Settings):
    """Fixed-point formats that are the same for all inputs, tables, factors and constants."""

    width: Annotated[int, Field(ge=2, le=32)] = Field(12, description="Bits, the sign included.")
    integer: Annotated[int, Field(ge=1, le=31)] = Field(
        6, description="Integer bits, the sign included."
    )
    table_bits: Annotated[int, Field(ge=2, le=14)] = Field(
        8, description="Address bits of a function table."
    )
    constant_fraction: Annotated[int, Field(ge=1, le=24)] = Field(
        7, description="Fraction bits of constants."
    )

    @model_validator(mode="after")
    def _fits(self) -> "Precision":
        if self.integer >= self.width:
            raise ValueError(f"integer bits ({self.integer}) must be below width ({self.width})")
        return self


class Search(Settings):
    """Formats chosen part by part instead of one uniform precision."""

    tolerance: Annotated[float, Field(ge=0, le=1)] = Field(
        0.003,
        description="Largest loss of accuracy, balanced accuracy and AUC, or R2, against the float"
        " expressions on training and validation rows together, its standard error included.",
    )


class GraphSettings(Settings):
    """From one expression set to one fixed-point graph."""

    precision: Precision = Field(
        Precision(),
        description="Uniform fixed-point format: of the HLS project, and without search.",
    )
    search: Search | None = Field(
        Search(), description="Search of a format for every part; `null`: uniform precision."
    )
    argmax: bool = Field(
        False, description="Put out the number of the class alone, not the scores of all classes."
    )


class SearchJob(Settings):
    """Settings of `search_formats`."""

    argmax: bool = Field(False, description="As in `firmware`.")


class LutBudget(Settings):
    """How many LUTs a graph may take, and the settings that decide how many it takes."""

    lut_max: Count = Field(1000, description="Most LUTs, as Yosys counts them.")
    stage_depth: int = Field(5, description="As in `firmware`.")
    bram: bool = Field(False, description="As in `firmware`.")
    by: str = Field("accuracy", description="As in the choice.")


class GraphJob(GraphSettings):
    """Settings of `build_graph`."""

    budget: LutBudget | None = Field(
        None, description="LUTs of a choice with `lut_max`; null: the tolerance decides."
    )


class Timing(Settings):
    """Place and route on an open FPGA family: settings of `place_and_route`."""

    seeds: Annotated[int, Field(ge=1, le=100)] = Field(
        3, description="Placements, each from a seed of its own; the range is reported."
    )
    stage_depth: Annotated[int, Field(ge=1)] = Field(
        1, description="Adder levels per pipeline stage of the design that is placed."
    )


class Solver(Settings):
    """Proofs by solvers beside the project's own: `prove_bitwise` and `prove_netlist`."""

    seconds: Annotated[int, Field(ge=1)] = Field(
        600,
        description="Seconds of the processor that each of them may take for one design; what is"
        " left then is named as not proved.",
    )


class Firmware(GraphSettings):
    """From one expression set to fixed-point hardware."""

    part: Part = Field("xcvu9p-flga2577-2-e", description="FPGA part written into the HLS project.")
    clock_ns: float = Field(5.0, gt=0, description="Clock period asked of HLS.")
    stage_depth: Annotated[int, Field(ge=-1)] = Field(
        5, description="Adder levels per pipeline stage; -1 for a combinational design."
    )
    dsp: bool = Field(True, description="Let Yosys use DSP blocks.")
    bram: bool = Field(False, description="Let Yosys use block RAM for tables.")
    netlist: bool = Field(True, description="Simulate the netlist that Yosys counted, too.")
    timing: Timing | None = Field(
        None, description="Place and route on an ECP5 for a clock rate; `null`: not done."
    )
    solver: Solver | None = Field(
        None,
        description="Prove by solvers that the RTL computes the graph, once more, and the netlist"
        " what the RTL does; `null`: not done.",
    )
    board: bool = Field(
        False,
        description="Put the design behind AXI4-Stream, with scripts and a driver for a PYNQ-Z2.",
    )
    vendor: Literal["auto", "off", "require"] = Field(
        "auto",
        description="Run Vivado and Vitis HLS where they are on PATH; never; or refuse to start"
        " without them.",
    )


class VendorJob(Settings):
    """Settings of `run_vendor`."""

    vendor: Literal["auto", "off", "require"] = Field("auto", description="As in `firmware`.")
    part: Part = Field("xcvu9p-flga2577-2-e", description="As in `firmware`.")
