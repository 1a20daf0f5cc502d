"""Command `bundle`: a finished run as one archive for a reviewer."""

from pathlib import Path

from symbolnet.audit.archive import write_bundle
from symbolnet.errors import InputError

_MEGABYTE = 10**6


def bundle(run: Path, /, out: Path | None = None, limit_mb: str = "100") -> None:
    """Write results/<run> as a zip, beside it or to --out FILE.

    Data sets above --limit-mb are left out, raw data and feature tables always.
    """
    if not limit_mb.isdigit():
        raise InputError("--limit-mb as a number of megabytes", limit_mb, "give a number")
    target = out or run.with_name(f"{run.name}.zip")
    made = write_bundle(run, target, int(limit_mb) * _MEGABYTE)
    size = target.stat().st_size / _MEGABYTE
    print(f"{target}: {made.files} files, {size:.1f} MB; {len(made.left_out)} left out")
