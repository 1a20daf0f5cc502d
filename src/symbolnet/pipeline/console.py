"""A running workflow on the console: in a terminal a few lines that change, else a line a job."""

import shutil
import threading
import time
from typing import TextIO

from symbolnet.pipeline.running import Jobs

_BAR, _ROWS = 24, 6  # signs of the bar; jobs that are shown at a time
_SECOND, _SILENCE = 1.0, 60.0  # between two looks of the lines that change; two lines elsewhere
_INTERRUPTED = "Terminating processes on user request"
_UP_AND_CLEAR = "\x1b[{}A\r\x1b[J"
# What Snakemake says that its log keeps, and nobody waits for.
_UNSAID = (
    "Assuming unrestricted shared",
    "Building DAG of jobs",
    "Config file ",
    "Conda environments: ",
    "Date: ",
    "Elapsed time: ",
    "Execute ",
    "Exiting because a job execution failed",
    "Group jobs: ",
    "host: ",
    "Job stats",
    "Provided cores: ",
    "Provided resources: ",
    "Provided remote nodes: ",
    "Removing output files of failed job",
    "RuleException:",
    "Rules claiming more threads",
    "Select jobs to execute",
    "Shutting down, this might take some time",
    "Singularity containers: ",
    "SNAKEMAKE",
    "Touching output file",
    "Using shell: ",
    "WorkflowError:\nAt least one job did not complete",
)


class Console:
    """Writes to a stream; in a terminal the last lines are written anew each second."""

    def __init__(self, stream: TextIO, jobs: Jobs, live: bool = True) -> None:
        self._stream, self._jobs = stream, jobs
        self._live = live and stream.isatty()
        self._start = self._spoke = time.monotonic()
        self._block: list[str] = []
        self._interrupted = False
        self._lock, self._ended = threading.RLock(), threading.Event()
        self._clock: threading.Thread | None = None

    def begin(self) -> None:
        """Say how many jobs there are, and look after them from now on."""
        if not self._live:
            self._write(f"{self._jobs.total} jobs")
        self._clock = threading.Thread(target=self._tick, daemon=True)
        self._clock.start()

    def say(self, text: str) -> None:
        """Write a message of Snakemake's, if anybody waits for it."""
        text = text.strip("\n")
        self._interrupted |= text.startswith(_INTERRUPTED)
        if text and not text.lstrip().startswith(_UNSAID):
            self._write(text)

    def progress(self, done: int, total: int) -> None:
        """Tell the jobs that have ended since."""
        self._jobs.done, self._jobs.total = done, total
        for job, seconds in self._jobs.ended:
            if not self._live:
                self._write(f"[{done:>{len(str(total))}} of {total}] {job.title}, {seconds:.0f} s")
        self._jobs.ended.clear()

    def end(self) -> None:
        """Stop, and leave what failed as the last lines."""
        if self._ended.is_set():
            return
        self._ended.set()
        if self._clock is not None:
            self._clock.join()
        self._live = False
        for line in () if self._interrupted else self._jobs.failures():
            self._write(line)

    def _tick(self) -> None:
        while not self._ended.wait(_SECOND):
            if self._live:
                self._write("")
            elif time.monotonic() - self._spoke >= _SILENCE:
                self._write("; ".join(self._jobs.shown()[:_ROWS]))
        if self._live:
            with self._lock:
                self._clear()
                self._stream.flush()

    def _write(self, text: str) -> None:
        """Write a text above the lines that change, which are written anew."""
        with self._lock:
            self._clear()
            if text:
                self._stream.write(f"{text}\n")
                self._spoke = time.monotonic()
            if self._live and self._clock is not None:
                self._block = self._lines()
                self._stream.write("".join(f"{line}\n" for line in self._block))
            self._stream.flush()

    def _clear(self) -> None:
        if self._block:
            self._stream.write(_UP_AND_CLEAR.format(len(self._block)))
            self._block = []

    def _lines(self) -> list[str]:
        """Return a bar and the jobs that run, each in one line of the terminal."""
        width, jobs = shutil.get_terminal_size((100, 24)).columns - 1, self._jobs
        bar = "#" * (_BAR * jobs.done // max(1, jobs.total))
        passed = int(time.monotonic() - self._start)
        shown = jobs.shown()
        head = (
            f"[{bar:.<{_BAR}}] {jobs.done} of {jobs.total} jobs, {passed // 60}:{passed % 60:02d}"
        )
        more = [f"  and {len(shown) - _ROWS} more"] if len(shown) > _ROWS else []
        lines = [head, *(f"  {line}" for line in shown[:_ROWS]), *more]
        return [_cut(line, width) for line in lines]


def _cut(line: str, width: int) -> str:
    """Return a line that fits; when a job will be done stays at its end."""
    if len(line) <= width:
        return line
    _, eta, left = line.rpartition("  ETA " if "  ETA " in line else ", ETA ")
    tail = f"...{eta}{left}" if eta else "..."
    return line[: max(0, width - len(tail))] + tail
