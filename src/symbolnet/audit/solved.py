"""Evidence of long proofs: what it says about itself and is about, and whether it was decided."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from symbolnet.artifact import read_json, sha256
from symbolnet.audit.check import Check, judged, unchecked
from symbolnet.audit.replay import Replay
from symbolnet.files import file_of
from symbolnet.firmware.proof.certificate import hashes
from symbolnet.firmware.proof.languages import LANGUAGES
from symbolnet.firmware.proof.netlist_proof import OPEN

# Repeated by `verify --deep` alone: a solver may take minutes for each design.
DEEP = frozenset({"prove_netlist", "prove_bitwise"})


def check_evidence(replay: Replay, run: Path) -> Check:
    """Hold evidence to the files that it is about and to its own counts, without the solver."""
    (name,) = replay.writes.values()
    if replay.stage == "prove_bitwise":
        return _check_second(replay.name, name, run)
    made, folder = read_json(run / name, "netlist_proof"), (run / name).parent
    faults = []
    if made["rtl_sha256"] != hashes(folder / file_of("rtl")):
        faults.append(f"{name} is about another RTL")
    counted = read_json(folder / file_of("resources"), "firmware")["runs"][-1]
    if made["cells"] != counted["cells"]:
        faults.append(f"{name} is about another netlist than was counted")
    return judged(replay.name, [*faults, *_miscounted(made, name)], f"{told(made)}, as filed")


def _check_second(check: str, name: str, run: Path) -> Check:
    made, folder, faults = read_json(run / name, "bitwise_proof"), (run / name).parent, []
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
    return judged(check, faults, f"{told_twice(made)}, as filed")


def told_twice(made: Mapping[str, Any]) -> str:
    """Say in words how much is proved a second time, in which language."""
    return ", ".join(
        f"{one['language']}: "
        + (one["reason"] or f"{one['nodes_proved']} of {one['nodes_total']} nodes proved")
        for one in made["languages"]
    )


def _miscounted(made: Mapping[str, Any], name: str) -> list[str]:
    """Return what is wrong with the sums of a proof."""
    rows = made["outputs"]
    sums = made["cones_proved"], made["cones_total"]
    if sums != (sum(r["proved"] for r in rows), sum(r["cones"] for r in rows)):
        return [f"{name} counts {sums[0]} of {sums[1]} bits, its rows others"]
    wrong = [r["output"] for r in rows if r["cones"] != r["proved"] + len(r["not_proved"])]
    return [f"{name}: the bits of {output} do not add up" for output in wrong]


def told(made: Mapping[str, Any]) -> str:
    """Say in words how much is proved."""
    proved, total = made["cones_proved"], made["cones_total"]
    return f"{'only ' * (proved < total)}{proved} of {total} output bits proved"


def undecided(check: Check, path: Path) -> Check:
    """Turn a check into one that could not be made where a proof made again ran out of time."""
    if not path.is_file():
        return check
    if path.name == file_of("bitwise_proof"):
        return _undecided_second(check, path)
    made = read_json(path, "netlist_proof")
    left = [one for row in made["outputs"] for one in row["not_proved"] if one["result"] == OPEN]
    if left:
        return unchecked(check.name, f"{told(made)}, {len(left)} not decided in time")
    return unchecked(check.name, told(made)) if made["reason"] else check


def _undecided_second(check: Check, path: Path) -> Check:
    made = read_json(path, "bitwise_proof")
    nodes = [node for one in made["languages"] for node in one["nodes"]]
    left = any(node["reason"] == OPEN for node in nodes)
    missing = any(one["reason"] for one in made["languages"]) and check.outcome != "passed"
    return unchecked(check.name, told_twice(made)) if left or missing else check
