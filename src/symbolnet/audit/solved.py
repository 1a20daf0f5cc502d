"""Evidence of long proofs: what it says about itself and is about, and whether it was decided."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from symbolnet.artifact import Record, read_json, sha256
from symbolnet.audit.check import Check, judged, unchecked
from symbolnet.audit.replay import Replay
from symbolnet.files import file_of
from symbolnet.firmware.proof import bitwise_proof, netlist_proof
from symbolnet.firmware.proof.certificate import hashes
from symbolnet.firmware.proof.languages import LANGUAGES


class _Evidence(NamedTuple):
    """Of a stage: its schema, what is wrong with a record beside the files in a folder, what it
    says in words, and why a proof made again says nothing against the stored one, or None.
    """

    schema: str
    faults: Callable[[Record, Path, str], list[str]]
    told: Callable[[Record], str]
    open: Callable[[Record, Check], str | None]


def check_evidence(replay: Replay, run: Path) -> Check:
    """Hold evidence to the files that it is about and to its own counts, without the solver."""
    (name,), kind = replay.writes.values(), _KINDS[replay.stage]
    made = read_json(run / name, kind.schema)
    faults = kind.faults(made, (run / name).parent, name)
    return judged(replay.name, faults, f"{kind.told(made)}, as filed")


def undecided(check: Check, stage: str, path: Path) -> Check:
    """Turn a check into one that could not be made where a proof made again ran out of time."""
    if not path.is_file():
        return check
    kind = _KINDS[stage]
    reason = kind.open(read_json(path, kind.schema), check)
    return check if reason is None else unchecked(check.name, reason)


def _of_netlist(made: Record, folder: Path, name: str) -> list[str]:
    faults = []
    if made["rtl_sha256"] != hashes(folder / file_of("rtl")):
        faults.append(f"{name} is about another RTL")
    counted = read_json(folder / file_of("resources"), "firmware")["runs"][-1]
    if made["cells"] != counted["cells"]:
        faults.append(f"{name} is about another netlist than was counted")
    return [*faults, *_miscounted(made, name)]


def _miscounted(made: Record, name: str) -> list[str]:
    """Return what is wrong with the sums of a proof."""
    rows = made["outputs"]
    sums = made["cones_proved"], made["cones_total"]
    if sums != (sum(r["proved"] for r in rows), sum(r["cones"] for r in rows)):
        return [f"{name} counts {sums[0]} of {sums[1]} bits, its rows others"]
    wrong = [r["output"] for r in rows if r["cones"] != r["proved"] + len(r["not_proved"])]
    return [f"{name}: the bits of {output} do not add up" for output in wrong]


def _netlist_told(made: Record) -> str:
    proved, total = made["cones_proved"], made["cones_total"]
    return f"{'only ' * (proved < total)}{proved} of {total} output bits proved"


def _netlist_open(made: Record, _check: Check) -> str | None:
    each = [one["result"] for row in made["outputs"] for one in row["not_proved"]]
    left = each.count(netlist_proof.OPEN)
    if left:
        return f"{_netlist_told(made)}, {left} not decided in time"
    return _netlist_told(made) if made["reason"] else None


def _of_nodes(made: Record, folder: Path, name: str) -> list[str]:
    faults = []
    if made["graph_sha256"] != sha256(folder / file_of("graph")):
        faults.append(f"{name} is about another graph")
    if len(made["languages"]) != len(LANGUAGES):
        faults.append(f"{name} has {len(made['languages'])} languages")
    for one, language in zip(made["languages"], LANGUAGES, strict=False):
        if one["sha256"] != language.hashes(folder / file_of("rtl")):
            faults.append(f"{name} is about other {language.name}")
        sums = sum(node["proved"] for node in one["nodes"]), len(one["nodes"])
        if (one["nodes_proved"], one["nodes_total"]) != sums:
            faults.append(f"{name} counts other nodes than it lists")
    return faults


def _nodes_told(made: Record) -> str:
    return ", ".join(
        f"{one['language']}: "
        + (one["reason"] or f"{one['nodes_proved']} of {one['nodes_total']} nodes proved")
        for one in made["languages"]
    )


def _nodes_open(made: Record, check: Check) -> str | None:
    nodes = [node for one in made["languages"] for node in one["nodes"]]
    left = any(node["reason"] == bitwise_proof.OPEN for node in nodes)
    missing = any(one["reason"] for one in made["languages"]) and check.outcome != "passed"
    return _nodes_told(made) if left or missing else None


_KINDS = {
    "prove_netlist": _Evidence("netlist_proof", _of_netlist, _netlist_told, _netlist_open),
    "prove_bitwise": _Evidence("bitwise_proof", _of_nodes, _nodes_told, _nodes_open),
}
# Repeated by `verify --deep` alone: a solver may take minutes for each design.
DEEP = frozenset(_KINDS)
