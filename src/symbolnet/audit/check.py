"""One check of a run: passed, failed, or not checkable here, and why."""

from collections.abc import Callable
from typing import Literal, NamedTuple

Outcome = Literal["passed", "failed", "unchecked"]


class Check(NamedTuple):
    """What was checked, how it ended, and what was found."""

    name: str
    outcome: Outcome
    detail: str


def passed(name: str, detail: str) -> Check:
    """Return a check that found what it expected."""
    return Check(name, "passed", detail)


def failed(name: str, detail: str) -> Check:
    """Return a check that found something else."""
    return Check(name, "failed", detail)


def unchecked(name: str, reason: str) -> Check:
    """Return a check that cannot be made here."""
    return Check(name, "unchecked", reason)


def judged(name: str, faults: list[str], detail: str) -> Check:
    """Return a failed check that names the first fault, or a passed one where there is none."""
    if not faults:
        return passed(name, detail)
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return failed(name, faults[0] + more)


def guarded(name: str, check: Callable[[], Check]) -> Check:
    """Run a check; whatever a damaged file makes it raise is a failure of the check."""
    try:
        return check()
    except Exception as fault:  # the files under audit may hold anything
        return failed(name, f"{type(fault).__name__}: {fault}")
