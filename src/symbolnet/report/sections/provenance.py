"""Files that the figures come from, by hash, with links that work from disk."""

from urllib.parse import quote

from symbolnet.report.inputs import holds
from symbolnet.report.select import Summary


def artifact_rows(summary: Summary) -> list[Summary]:
    """Return what each artifact holds, its link and its hash."""
    return [_artifact(summary, one) for one in summary["artifacts"]]


def _artifact(summary: Summary, artifact: Summary) -> Summary:
    path = artifact["path"]
    timed = artifact["sha256"] is None
    return {
        "path": path,
        "link": "../" + quote(path),  # from report/index.html
        "holds": holds(path),
        "timed": timed,
        "digest": summary["environment"]["sha256"][path] if timed else artifact["sha256"],
    }
