"""The jobs of a running workflow: which run, what their logs say, what failed and why."""

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

_TAIL = 4096  # bytes of a log that its last line is looked for in


class Job(NamedTuple):
    """A job: what it is called, its log files, and when it began."""

    title: str
    logs: Sequence[str]
    start: float = 0.0


class Jobs:
    """What Snakemake has told about its jobs, by their numbers."""

    def __init__(self) -> None:
        self.done, self.total = 0, 0
        self.running: dict[int, Job] = {}
        self.ended: list[tuple[Job, float]] = []  # not told yet: job and seconds
        self._known: dict[int, Job] = {}
        self._failed: dict[int, Job] = {}

    def know(self, number: int, title: str, logs: Sequence[str]) -> None:
        """Take in what a job is called; a job that runs began now."""
        self._known[number] = Job(title, logs)
        if number in self.running:
            self.running[number] = Job(title, logs, self.running[number].start)

    def start(self, numbers: Iterable[int]) -> None:
        """Take in that jobs began."""
        for number in numbers:
            known = self._known.get(number, Job("", ()))
            self.running[number] = known._replace(start=time.monotonic())
            self._failed.pop(number, None)  # it is tried again

    def finish(self, number: int) -> None:
        """Take in that a job has ended well."""
        job = self.running.pop(number, None)
        if job is not None and job.logs:
            self.ended.append((job, time.monotonic() - job.start))
        self._failed.pop(number, None)

    def fail(self, number: int, rule: str, logs: Sequence[str]) -> None:
        """Take in that a job has failed."""
        job = self.running.pop(number, None) or self._known.get(number) or Job(rule, logs)
        self._failed[number] = job._replace(title=job.title or rule, logs=logs)

    def shown(self) -> list[str]:
        """Return a line for each job that runs, the longest first: its name and last words."""
        jobs = sorted((job for job in self.running.values() if job.logs), key=lambda j: j.start)
        return [f"{job.title}: {_words(job) or 'no line yet'}" for job in jobs]

    def failures(self) -> list[str]:
        """Return the lines about what failed: the last words of each job, and its log."""
        return [
            line
            for job in self._failed.values()
            for line in (f"failed: {job.title}: {_fault(job)}", *_logs(job))
        ]


def title(rule: str, wildcards: Mapping[str, str]) -> str:
    """Return what a job is called: its stage and its wildcards, as by `status`."""
    return f"{rule} {'-'.join(str(one) for one in wildcards.values() if one)}".strip()


def last_words(log: Path) -> str:
    """Return the last line of a log that is not empty; "" where there is none."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - _TAIL))
            text = stream.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")


def _words(job: Job) -> str:
    return next((words for words in map(last_words, map(Path, job.logs)) if words), "")


def _fault(job: Job) -> str:
    """Return the last words of a job, which a stage begins with its name."""
    return _words(job).removeprefix(f"symbolnet {job.title.split(' ')[0]}: ") or "without a word"


def _logs(job: Job) -> list[str]:
    return [f"  log: {log}" for log in job.logs]
