"""The warnings of a run by kind, in the order of the kinds."""

from symbolnet.report.select import Summary
from symbolnet.report.warnings import KINDS


def warnings_view(summary: Summary) -> list[Summary]:
    """Return one entry for each kind of warning that there is."""
    found = summary["warnings"]
    return [
        {"name": name, "all": [one for one in found if one["kind"] == kind]}
        for kind, name in KINDS.items()
        if any(one["kind"] == kind for one in found)
    ]
