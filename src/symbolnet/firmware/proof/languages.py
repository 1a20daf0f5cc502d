"""The languages that RTL is written in, and who reads each for the second proof."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from symbolnet.artifact import sha256
from symbolnet.errors import ToolError
from symbolnet.firmware.emit.rtl import NAME
from symbolnet.firmware.evidence.synthesis import check_tools, collect
from symbolnet.firmware.proof.btor import as_btor
from symbolnet.firmware.proof.emitted import yosys_version


class Language(NamedTuple):
    """A language: who reads its files, how they become BTOR2 in a scratch folder, and which."""

    name: str
    reader: Callable[[], str]
    as_btor: Callable[[Path, Path], str]
    files: tuple[str, ...]

    def hashes(self, rtl: Path) -> dict[str, str]:
        """Return the digest of every file that a proof of it rests on."""
        paths = sorted(path for pattern in self.files for path in rtl.glob(pattern))
        return {path.relative_to(rtl).as_posix(): sha256(path) for path in paths}


def _verilog(rtl: Path, folder: Path) -> str:
    check_tools()
    folder.mkdir(parents=True, exist_ok=True)
    return as_btor(f"read_verilog -defer {' '.join(collect(rtl, folder))}", folder)


def _ghdl_version() -> str:
    if shutil.which("ghdl") is None:
        return "no GHDL"
    done = subprocess.run(["ghdl", "--version"], capture_output=True, encoding="utf-8", check=False)
    return f"{done.stdout.splitlines()[0]}; {yosys_version()}"


def _vhdl(rtl: Path, folder: Path) -> str:
    """Return VHDL as GHDL synthesises it to Verilog, which Yosys then reads."""
    if shutil.which("ghdl") is None:
        raise ToolError("GHDL is not installed")
    folder.mkdir(parents=True, exist_ok=True)
    for path in rtl.glob("vhdl/*.vhd"):
        shutil.copy(path, folder / path.name)
    for path in rtl.glob("src/memfiles/*"):  # GHDL 2.0 wants an end of the last line, too
        text = path.read_text(encoding="utf-8")
        (folder / path.name).write_text(f"{text.rstrip()}\n", encoding="utf-8")
    files = sorted(path.name for path in folder.glob("*.vhd"))
    command = ["ghdl", "--synth", "--std=08", "--out=verilog", *files, "-e", NAME]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        words = "\n".join(line for line in done.stderr.splitlines() if line.strip("* "))
        raise ToolError.after("GHDL failed", done.returncode, words, "fail")
    (folder / "all.v").write_text(done.stdout, encoding="utf-8")
    return as_btor("read_verilog all.v", folder)


_TABLES = ("src/memfiles/*", "interface.json")
LANGUAGES = (
    Language("Verilog", yosys_version, _verilog, ("src/**/*.v", *_TABLES)),
    Language("VHDL", _ghdl_version, _vhdl, ("vhdl/*.vhd", *_TABLES)),
)
