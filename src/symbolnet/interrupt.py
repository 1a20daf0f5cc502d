"""SIGTERM (preemption, time limit, cancel) ends a stage by an exception, with exit code 143.

So a training saves its checkpoint, half-written files are removed, and no tool is left running;
the code says that the stage may be run again and goes on from there.
"""

import signal
from types import FrameType

import psutil


def exit_on_sigterm() -> None:
    """Let SIGTERM raise SystemExit(143) in the main thread, and kill the tools it started."""
    signal.signal(signal.SIGTERM, _exit)


def _exit(number: int, _frame: FrameType | None) -> None:
    # Batch systems and Snakemake may both send one; the second must not stop the saving.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for child in psutil.Process().children(recursive=True):
        child.kill()
    raise SystemExit(128 + number)
