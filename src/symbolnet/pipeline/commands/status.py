"""Command `status`: what of a run is done, what is running, and why the rest would run."""

from pathlib import Path

from symbolnet.pipeline.told import warning_lines
from symbolnet.pipeline.watch import State, Waiting, last_line, state_of


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
