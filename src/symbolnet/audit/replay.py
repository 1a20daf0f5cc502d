"""A stage run again from stored artifacts, or its text written again: held to what is stored."""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from symbolnet.artifact import write_text
from symbolnet.audit.check import Check, failed, judged, unchecked
from symbolnet.audit.difference import difference
from symbolnet.config import Config, Firmware, Settings
from symbolnet.data.sources import Part, parts
from symbolnet.errors import InputError
from symbolnet.expression.store import load_expressions
from symbolnet.files import file_of
from symbolnet.firmware.build.conversion import expressions_in
from symbolnet.firmware.emit.hls import write_project
from symbolnet.firmware.emit.rtl import write_rtl
from symbolnet.firmware.graph.graph import load_graph

# Need a compiler, a simulator or Yosys, and most of the time.
SLOW = frozenset(
    {
        "simulate_rtl",
        "write_emulator",
        "write_board",
        "simulate_hls",
        "count_resources",
        "prove_graph",
        "prove_bitwise",
        "prove_netlist",
        "place_and_route",
    }
)


class Replay(NamedTuple):
    """One job: paths by parameter, relative to the run (raw files from outside: absolute)."""

    stage: str
    job: str
    reads: dict[str, list[str]]
    writes: dict[str, str]
    spec: Settings | None = None

    @property
    def name(self) -> str:
        """What the check is called."""
        return f"{self.stage} {self.job}"


def raw_parts(config: Config, run: Path, dataset: str) -> list[Part]:
    """Return the raw files of a data set; none where they do not lie here."""
    raw, folder = run / "data" / dataset / "raw", Path(config.data_dir)
    downloads = Path("downloads") if Path("downloads").is_dir() else folder
    try:
        return parts(config.data[dataset], folder, raw, downloads)
    except InputError:
        return []


def repeat(replay: Replay, run: Path, scratch: Path, tolerance: float) -> Check:
    """Run a stage again in the scratch folder and compare what it writes with what is stored."""
    missing = [n for paths in replay.reads.values() for n in paths if not (run / n).exists()]
    if missing:
        from_data = missing[0].startswith(("data/", "/"))  # a bundle may leave out data alone
        lost = Path(missing[0]).name if missing[0].startswith("/") else missing[0]
        return (unchecked if from_data else failed)(replay.name, f"{lost} is not here")
    absent = [n for n in replay.writes.values() if n.startswith("data/") and not (run / n).exists()]
    if absent:  # left out of a bundle, or missing, which the check of the hashes says
        return unchecked(replay.name, f"{absent[0]} is not here to be compared")
    done = subprocess.run(
        _command(replay, run, scratch),
        # As snakemake gives it for one thread, and `common.smk`.
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONSAFEPATH": "1", "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        return judged(replay.name, [lines[-1]], "")
    found = (difference(run / n, scratch / n, tolerance) for n in replay.writes.values())
    faults = [one for one in found if one is not None]
    made = ", ".join(name.rsplit("/", 1)[1] for name in replay.writes.values())
    return judged(replay.name, faults, f"made again: {made}")


def _command(replay: Replay, run: Path, scratch: Path) -> list[str]:
    command = [sys.executable, "-m", "symbolnet", replay.stage]
    for option, paths in replay.reads.items():
        command += [_flag(option), *(str(run / name) for name in paths)]
    for option, name in replay.writes.items():
        (scratch / name).parent.mkdir(parents=True, exist_ok=True)
        command += [_flag(option), str(scratch / name)]
    return command if replay.spec is None else [*command, "--spec", _settings(replay.spec, scratch)]


def _settings(spec: Settings, scratch: Path) -> str:
    path = scratch / "settings.json"
    write_text(path, spec.model_dump_json())
    return str(path)


def _flag(parameter: str) -> str:
    return f"--{parameter.replace('_', '-')}"


def rewrite_rtl(folder: Path, scratch: Path, settings: Firmware, name: str) -> Check:
    """Write the Verilog of a graph again and compare every file."""
    write_rtl(load_graph(folder / file_of("graph")), scratch / "rtl", settings)
    return _compared(folder / "rtl", scratch / "rtl", name)


def rewrite_hls(folder: Path, scratch: Path, settings: Firmware, name: str) -> Check:
    """Write the HLS project of the formulas again and compare every file."""
    scratch.mkdir(parents=True, exist_ok=True)
    units = load_graph(folder / file_of("graph")).units
    chosen = expressions_in(load_expressions(folder / file_of("expressions")), units)
    write_project(chosen, scratch / "hls", settings)
    return _compared(folder / "hls", scratch / "hls", name)


def _compared(stored: Path, fresh: Path, name: str) -> Check:
    fault = difference(stored, fresh, 0.0)
    return judged(name, [] if fault is None else [fault], "same text, not run (--quick)")
