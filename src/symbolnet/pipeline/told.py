"""The warnings of a run as lines for the console, from the summaries that it has written."""

from pathlib import Path
from typing import Any

from symbolnet.artifact import read_json
from symbolnet.files import file_of


def line(warning: dict[str, Any]) -> str:
    """Return a warning of summary.json as a line of text."""
    return f"{warning['dataset']}, {warning['place']}: {warning['message']}"


def warning_lines(run: Path, since: Path | None = None) -> list[str]:
    """Return the warnings of results/<run> and of its data sets alone, each once.

    With `since` only those of summaries that were written after that file.
    """
    summary = file_of("summary")
    alone = run.glob(summary.format(scope="datasets/*/"))
    summaries = [run / summary.format(scope=""), *sorted(alone)]
    start = 0 if since is None else since.stat().st_mtime_ns
    known = [path for path in summaries if path.is_file() and path.stat().st_mtime_ns >= start]
    read = [read_json(path) for path in known]
    found = [line(one) for summary in read for one in summary.get("warnings", [])]
    return list(dict.fromkeys(found))
