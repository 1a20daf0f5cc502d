"""Command `status`: what of a run is done, what is running, and why the rest would run.

Snakemake says what is done and what it would run for which reason; the files that it keeps about
unfinished outputs say which jobs have begun.
"""

import base64
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from symbolnet.errors import InputError, ToolError
from symbolnet.pipeline.preflight import CONFIG
from symbolnet.pipeline.project import snakefile
from symbolnet.pipeline.running import last_words
from symbolnet.pipeline.told import warning_lines

_REASON = 100  # characters of a reason that are shown
_PIECE = 254  # Snakemake cuts names that are longer than a file's name may be


class Waiting(NamedTuple):
    """A job that is not done: its stage, its wildcards, outputs, log, and why it runs."""

    stage: str
    name: str
    outputs: list[str]
    log: str
    reason: str


class State(NamedTuple):
    """Done jobs (their log files), unfinished ones that have begun, and the others."""

    done: list[str]
    begun: list[Waiting]
    waiting: list[Waiting]
    locked: bool


def status(run: Path, /) -> None:
    """Print the state of a run, results/<run>, and the warnings of what it has found so far."""
    state = state_of(run)
    project = run.absolute().parent.parent
    print(_counts(state))
    for job in state.begun:
        print(f"{_head(state)}  {_title(job)}: {last_line(project / job.log)}")
    for job in state.waiting:
        print(f"waiting  {_title(job)}: {job.reason}")
    for warning in warning_lines(run):
        print(f"warning  {warning}")


def _counts(state: State) -> str:
    done, begun, waiting = len(state.done), len(state.begun), len(state.waiting)
    total = done + begun + waiting
    return f"{done} of {total} jobs done, {begun} {_head(state)}, {waiting} waiting"


def _head(state: State) -> str:
    """A lock is there while Snakemake runs, and after it was killed."""
    return "running" if state.locked else "stopped"


def _title(job: Waiting) -> str:
    return f"{job.stage} {job.name}".strip()


def state_of(run: Path) -> State:
    """Ask Snakemake about a run whose folder is results/<run> of the project."""
    project = run.absolute().parent.parent
    workflow = snakefile(project)
    if not (run / CONFIG).is_file() or workflow is None:
        do = "name a folder results/<run> of a run that has been started"
        raise InputError(f"a run with its {CONFIG}, in its project", str(run), do)
    files = ["--snakefile", str(workflow), "--configfile", str((run / CONFIG).absolute())]
    arguments = (["--dry-run", "--rerun-incomplete"], ["--summary"])
    processes = [_snakemake(project, [*part, *files]) for part in arguments]
    plan, summary = (_output(process) for process in processes)
    jobs = list(waiting_jobs(plan))
    begun = [job for job in jobs if any(_marker(project, out).exists() for out in job.outputs)]
    locked = any((project / ".snakemake" / "locks").glob("*.lock"))
    return State(
        done_logs(summary), begun, [job for job in jobs if job not in begun], locked=locked
    )


def _snakemake(project: Path, arguments: list[str]) -> "subprocess.Popen[str]":
    # The profile of the user's environment must not send a mere question to a cluster.
    command = [sys.executable, "-P", "-m", "snakemake", "--workflow-profile", "none", *arguments]
    return subprocess.Popen(
        [*command, "--nolock", "--nocolor", "--cores", "1"],
        cwd=project,
        encoding="utf-8",
        errors="replace",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _output(process: "subprocess.Popen[str]") -> str:
    output, errors = process.communicate()
    if process.returncode:
        failed = "Snakemake could not say what is left to do"
        raise ToolError.after(failed, process.returncode, errors)
    return output


def waiting_jobs(plan: str) -> Iterator[Waiting]:
    """Yield the jobs of a dry run's output, the target left out."""
    for stage, text in re.findall(r"^(?:local)?rule (\w+):\n((?: +.*\n)*)", plan, re.MULTILINE):
        pairs = (line.strip().partition(": ") for line in text.splitlines())
        values = {key: value for key, _, value in pairs}
        if "log" in values:
            wildcards = values.get("wildcards", "").split(", ")
            name = "-".join(part.partition("=")[2] for part in wildcards if part)
            outputs = values["output"].split(", ")
            yield Waiting(stage, name, outputs, values["log"], _short(values.get("reason", "")))


def done_logs(summary: str) -> list[str]:
    """Return the log files of the jobs that a summary calls up to date, one per job."""
    rows = [line.split("\t") for line in summary.splitlines()]
    return sorted({row[3] for row in rows if len(row) > 5 and row[5] == "no update"})


def _short(reason: str) -> str:
    """Return a reason without the whole settings that Snakemake quotes."""
    return reason if len(reason) <= _REASON else reason[: _REASON - 3] + "..."


def _marker(project: Path, output: str) -> Path:
    """Return the file that Snakemake keeps while an output is being made."""
    name = base64.urlsafe_b64encode(output.encode()).decode()
    parts = [name[i : i + _PIECE] for i in range(0, len(name), _PIECE)]
    folders = [f"@{part}" for part in parts[:-1]]
    return Path(project, ".snakemake", "incomplete", *folders, parts[-1])


def last_line(log: Path) -> str:
    """Return the last line of a log and its age; what stands for them where there is none."""
    if not log.is_file():
        return "no log yet"
    age = time.time() - log.stat().st_mtime
    return f"{last_words(log) or 'no line yet'} ({age:.0f} s ago)"
