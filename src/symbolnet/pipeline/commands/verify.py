"""Command `verify`: a run or a bundle, derived again from its artifacts alone."""

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from symbolnet.artifact import read_json, write_json
from symbolnet.audit.check import Check, Outcome
from symbolnet.audit.distilled import distil_checks, is_distillation, spec_of
from symbolnet.audit.published import beside_published
from symbolnet.audit.solved import DEEP
from symbolnet.audit.verify import Run, opened
from symbolnet.audit.verify import verify as checks_of
from symbolnet.config import Config
from symbolnet.errors import InputError
from symbolnet.files import OF_DISTIL
from symbolnet.pipeline.declared import replays

_PAPER = "paper"
_NOT_PROVED = 3  # exit code: a proof that --deep asks for could not be made
_SIGNS: dict[Outcome, str] = {
    "passed": "passed",
    "failed": "FAILED",
    "unchecked": "not checkable here",
}


def verify(
    run: Path,
    /,
    data: Path | None = None,
    quick: bool = False,
    deep: bool = False,
    jobs: str = "2",
    out: Path | None = None,
    against: str | None = None,
) -> int:
    """Check results/<run> or a bundle; exit code 0 only if no check failed.

    --deep repeats the long proofs by a solver, too, which are else held to their files; exit code 3
    where it could not repeat one.

    --data FOLDER holds the raw files (else they are looked for where the run had them), --quick
    neither simulates nor synthesises, --jobs N runs that many stages at a time, --out FILE writes
    the checks as JSON, --against paper prints the published figures beside ours.
    """
    if against not in (None, _PAPER):
        raise InputError(f"--against {_PAPER}", against or "", "name the paper")
    if not jobs.isdigit() or int(jobs) < 1:
        raise InputError("--jobs of at least 1", jobs, "give a number")
    if quick and deep:
        raise InputError("--quick or --deep", "both", "leave one out")
    if data is not None and not data.is_dir():
        raise InputError("the folder of the raw files", f"no folder {data}", "correct --data")
    start = time.monotonic()
    if is_distillation(run):
        checks = [_said(check) for check in _distilled(run)]
        return _ended(run, checks, start, out)
    with opened(run, data) as audited:
        again = list(replays(audited.config, audited.folder))
        checks = [_said(check) for check in checks_of(audited, again, quick, int(jobs), deep)]
        if against is not None:
            _print_published(audited)
    return _ended(run, checks, start, out) or _not_deep(checks, deep)


def _not_deep(checks: Iterable[Check], deep: bool) -> int:
    """Return the exit code of long proofs that were asked for and could not be repeated."""
    left = [c.name for c in checks if c.outcome == "unchecked" and c.name.split()[0] in DEEP]
    if not (deep and left):
        return 0
    print(f"not proved again: {', '.join(left)}", file=sys.stderr)
    return _NOT_PROVED


def _distilled(run: Path) -> Iterator[Check]:
    """Yield the checks of results/<run>/distil, whose replays lie beside it."""
    spec = spec_of(run)
    config = Config(distil=spec.distil, run=spec.run)
    return distil_checks(run, list(replays(config, run.parent, OF_DISTIL)))


def _ended(run: Path, checks: list[Check], start: float, out: Path | None) -> int:
    """Print how the checks of a run ended, and write them where they are asked for."""
    counts = Counter(check.outcome for check in checks)
    found = ", ".join(f"{counts[kind]} {sign}" for kind, sign in _SIGNS.items())
    print(f"{run}: {len(checks)} checks, {found}, in {time.monotonic() - start:.0f} s")
    if out is not None:
        _write(out, run, checks)
    return 1 if counts["failed"] else 0


def _said(check: Check) -> Check:
    print(f"{_SIGNS[check.outcome]:<20}{check.name:<40}{check.detail}", flush=True)
    return check


def _print_published(audited: Run) -> None:
    print()
    for line in beside_published(read_json(audited.folder / "summary.json", "summary")):
        print(line)
    print()


def _write(out: Path, run: Path, checks: Iterable[Check]) -> None:
    write_json(out, {"run": str(run), "checks": [check._asdict() for check in checks]})
    print(f"written: {out}", file=sys.stderr)
