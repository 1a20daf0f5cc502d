"""What a tool found out about a design: the record of its stage, with one line that says it."""

from collections.abc import Mapping
from typing import Any


class Evidence(dict[str, Any]):
    """A record as the stages of the workflow write it; it is shown as its line."""

    def __init__(self, words: str, record: Mapping[str, Any]) -> None:
        super().__init__(record)
        self.words = f"{words} ({self['tool']} {self['tool_version']})"

    def __repr__(self) -> str:
        return self.words


def of_simulation(record: Mapping[str, Any]) -> Evidence:
    """Return the evidence of a simulation."""
    latency = f"latency {cycles(record['latency_cycles'])}, a new input every cycle"
    return Evidence(f"{_differ(record)}; {latency}", record)


def cycles(number: int) -> str:
    """Return a latency in words."""
    return f"{number} cycle{'s' * (number != 1)}"


def of_emulation(record: Mapping[str, Any]) -> Evidence:
    """Return the evidence of the emulators."""
    return Evidence(_differ(record), record)


def _differ(record: Mapping[str, Any]) -> str:
    vectors, corners = record["vectors"], record["corner_vectors"]
    return f"{record['mismatches']} of {vectors:,} rows and {corners:,} corner vectors differ"


def of_proof(record: Mapping[str, Any]) -> Evidence:
    """Return the evidence of a certificate."""
    proved, total = record["nodes_proved"], record["nodes_total"]
    only = "only " * (proved < total)
    return Evidence(f"{only}{proved} of {total} nodes proved", record)


def of_counts(record: Mapping[str, Any]) -> Evidence:
    """Return the evidence of a synthesis."""
    counts = ", ".join(f"{record[name]:,} {name.upper()}" for name in ("lut", "ff", "dsp", "bram"))
    return Evidence(f"{counts} for {record['part']}", record)


def of_files(tool: str, version: str, what: str, more: Mapping[str, Any]) -> Evidence:
    """Return the evidence of files that were written."""
    return Evidence(what, {"tool": tool, "tool_version": version, **more})
