"""What is proved of the firmware, by whom and for which inputs: one table, in plain words."""

from collections.abc import Iterator

from symbolnet.files import file_of
from symbolnet.report.select import Summary

_ALL = "all that the ports can take"


def proved_rows(summary: Summary, data: Summary) -> list[Summary]:
    """Return the rows of one data set; each names its evidence and what repeats it."""
    own = [row for row in summary["firmware"] if row["dataset"] == data["name"]]
    return [
        {"choice": choice, "command": f"{again} results/{summary['run']}", **row}
        for choice, found in summary["evidence"][data["name"]].items()
        for again, row in _rows(found, {r["kind"]: r for r in own if r["choice"] == choice})
    ]


def _rows(found: Summary, kinds: dict[str, Summary]) -> Iterator[tuple[str, Summary]]:
    yield "verify", _nodes(found["proof"])
    for row in _second(found["second"]):
        yield "verify --deep", row
    yield "verify --deep", _netlist(found["netlist"])
    for kind, claim, file in _TESTED:
        if kind in kinds and kinds[kind]["mismatches"] is not None:
            yield "verify", _tested(kinds[kind], claim, file)
    yield "verify", _distance(found["distance"])


# Kind of the result, what it says, and the file that has it.
_TESTED = (
    ("rtl", "The Verilog, simulated, puts out what the integers of the graph are", "rtl_result"),
    ("resources", "The netlist, computed gate by gate, puts out the same", "resources"),
    ("emulator", "The C++ and the Python for software put out the same", "emulator_result"),
    ("board", "The same leaves the stream for a board, whoever has to wait", "board_result"),
)


def _nodes(proof: Summary) -> Summary:
    proved, total = proof["nodes_proved"], proof["nodes_total"]
    return {
        "claim": "Each number inside the fixed-point graph is what the Verilog computes",
        "by": f"{proof['tool']}, {proof['tool_version']}",
        "inputs": _ALL,
        "found": _how_many(proved, total, "nodes"),
        "whole": proved == total,
        "file": file_of("certificate"),
    }


def _second(proof: Summary | None) -> Iterator[Summary]:
    """Yield a row for each language of the RTL that is read and proved once more."""
    claim = "The same once more, by another reader and another solver, from the {} itself"
    if proof is None:
        yield {"claim": claim.format("Verilog")} | _off()
        return
    for one in proof["languages"]:
        proved, total, reason = one["nodes_proved"], one["nodes_total"], one["reason"]
        yield {
            "claim": claim.format(one["language"]),
            "by": f"{proof['tool']}, {proof['tool_version']}, read by {one['read_by']}",
            "inputs": _ALL,
            "found": f"not checked: {reason}" if reason else _how_many(proved, total, "nodes"),
            "whole": proved == total,
            "file": file_of("bitwise_proof"),
        }


def _off() -> Summary:
    told = "not checked: firmware.solver is off"
    return {"by": "–", "inputs": "–", "file": None, "found": told, "whole": False}


def _netlist(proof: Summary | None) -> Summary:
    claim = "The gates that the LUTs are counted on compute what the Verilog computes"
    row: Summary = {"claim": claim}
    row |= {"file": file_of("netlist_proof"), "inputs": _ALL, "whole": False}
    if proof is None:
        return row | _off()
    proved, total = proof["cones_proved"], proof["cones_total"]
    found = _how_many(proved, total, "output bits")
    if proof["reason"]:
        found = f"not checked: {proof['reason']}"
    by = f"{proof['tool']}, {proof['tool_version']}"
    return row | {"by": by, "found": found, "whole": proved == total}


def _how_many(proved: int, total: int, what: str) -> str:
    return f"{'only ' * (proved < total)}{proved:,} of {total:,} {what} proved"


def _tested(result: Summary, claim: str, file: str) -> Summary:
    wrong, vectors, corners = (result[k] for k in ("mismatches", "vectors", "corner_vectors"))
    return {
        "claim": f"{claim} (tested, not proved)",
        "by": f"{result['tool']}, {result['tool_version']}",
        "inputs": f"{vectors:,} test rows, {corners:,} corners",
        "found": f"{wrong:,} differ",
        "whole": wrong == 0,
        "file": file_of(file),
    }


def _distance(found: Summary) -> Summary:
    """Return the row of the bound of the distance; in words what it is not, where there is none."""
    row: Summary = {
        "claim": "So far are the scores of the hardware from the formulas at most",
        "by": f"{found['tool']}, {found['tool_version']}; {found['checked_by']}",
        "inputs": "all in the ranges of the ports",
        "whole": found["proved"],
        "file": file_of("distance"),
    }
    seen = f"{found['seen']:.4g} seen"
    if found["bound"] is None:
        return row | {"found": f"no bound ({found['reason']}); {seen}"}
    told = f"at most {found['bound']:.4g}{', not proved' * (not found['proved'])}; {seen}"
    if found["rows_certain"] is not None:
        share = f"{found['rows_certain']:,} of {found['rows_total']:,} test rows"
        told += f"; the class is certainly the formulas' on {share}"
    return row | {"found": told}
