"""Command `run`: a table to formulas, a page and, if asked for, firmware, without YAML by hand."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import psutil
import yaml

from symbolnet.artifact import write_text
from symbolnet.errors import InputError
from symbolnet.extras import check
from symbolnet.files import RESULTS, template
from symbolnet.pipeline.asked import Asked, config_of
from symbolnet.pipeline.found import TOLD, found_lines
from symbolnet.pipeline.project import snakefile

_STOPPED = 130  # as a shell says of a program that Ctrl-C ended
_HARDWARE = ("luts", "tolerance")
_FORMULAS = ("python", "latex", "c")
_CONFIG = """# What this stands for: {command}
# By hand: {by_hand}
# Every key is explained in config/README.md.
{config}"""


def run(
    table: Path,
    /,
    label: str,
    task: str = "classification",
    inputs: list[str] | None = None,
    drop: list[str] | None = None,
    budget: list[str] | None = None,
    firmware: list[str] | None = None,
    effort: str = "0.3",
    tree: str = "",
    name: str = "",
    out: Path = Path(),
) -> int:
    """Find formulas for a table (CSV, Parquet, ROOT n-tuple) and the column to predict.

    --task regression predicts a number instead of classes. --inputs NAMES are the columns to learn
    from (else all others, less --drop NAMES). --budget 30 60 asks for formulas of at most so many
    nodes; --firmware luts=450, or --firmware tolerance=0.003, for hardware too. --effort 1 searches
    longer. --tree names one of several in a ROOT file. Everything is below --out FOLDER (here), in
    results/<--name, or that of the table>.
    """
    check("snakemake")
    hardware = None if firmware is None else dict(_hardware(one) for one in firmware)
    budgets = [_number("--budget", one) for one in budget or ()]
    long = _number("--effort", effort)
    asked = Asked(table, label, task, inputs or (), drop or (), budgets, hardware, long, name, tree)
    config, workflow = config_of(asked, out), snakefile()
    if workflow is None:
        do = "install it from a checkout: pip install -e ."
        raise InputError("the workflow beside this package", "no Snakefile", do)
    path = out / "results" / f"{config['run']}.yaml"
    command = _command(workflow, path, out, _formulas(config))
    write_text(path, _written(config, command))
    print(f"{path}: the config of this run", flush=True)
    return _ended(_call(command), config, out)


def _hardware(text: str) -> tuple[str, float]:
    """Return what is asked of hardware, as `luts=450`."""
    key, _, value = text.partition("=")
    if key not in _HARDWARE:
        found = f"{text!r}"
        raise InputError("--firmware luts=NUMBER or tolerance=NUMBER", found, "correct it")
    return key, _number(f"--firmware {key}=", value)


def _number(option: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise InputError(f"a number above 0 after {option}", repr(text), "give one")
    return number


def _formulas(config: dict[str, Any]) -> list[str]:
    """Return the files of the formulas, which no list of the config asks for without hardware."""
    (dataset,), folder = config["datasets"], f"results/{config['run']}"
    return [
        template(name).replace(RESULTS, folder).format(dataset=dataset, choice=choice)
        for choice in config["choices"]
        for name in _FORMULAS
    ]


def _command(workflow: Path, config: Path, folder: Path, files: Sequence[str]) -> list[str]:
    """Return the call of Snakemake: the whole run, and the formulas of each choice."""
    given = ["--snakefile", str(workflow), "--directory", str(folder.resolve())]
    targets = ["--configfile", str(config.resolve()), "--", "all", *files]
    return [sys.executable, "-P", "-m", "snakemake", *given, *targets]


def _written(config: dict[str, Any], command: Sequence[str]) -> str:
    """Return the config as YAML, with the commands that it stands for."""
    text = yaml.safe_dump(config, sort_keys=False, allow_unicode=True, default_flow_style=None)
    again = shlex.join(["symbolnet", *sys.argv[1:]])
    by_hand = shlex.join(["snakemake", *command[4:8], *command[8:10]])
    return _CONFIG.format(command=again, by_hand=by_hand, config=text)


def _call(command: Sequence[str]) -> int:
    """Run Snakemake; Ctrl-C and SIGTERM let it end in order, so that it can go on later."""
    process = subprocess.Popen(command, env=os.environ | {TOLD: "1"})

    def stop(number: int, frame: FrameType | None) -> None:
        for child in psutil.Process(process.pid).children(recursive=True):
            child.terminate()  # a training saves its checkpoint
        process.send_signal(signal.SIGINT)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        return process.wait()
    except KeyboardInterrupt:  # a terminal sends it to Snakemake and its jobs, too
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        process.wait()
        return _STOPPED
    finally:
        signal.signal(signal.SIGTERM, before)
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _ended(code: int, config: dict[str, Any], folder: Path) -> int:
    """Say what was found, or how to go on."""
    if code == 0:
        choices = {config["datasets"][0]: list(config["choices"])}
        for line in found_lines(folder / "results" / config["run"], choices):
            print(line)
        return 0
    again = shlex.join(["symbolnet", *sys.argv[1:]])
    when = "stopped; to go on" if code == _STOPPED else "not finished; once that is corrected"
    print(f"{when}: {again}", flush=True)
    return code
