"""Warnings about data sets and trainings."""

from collections.abc import Iterator

from symbolnet.artifact import Record
from symbolnet.report.warnings.case import listed, percent, warning
from symbolnet.report.warnings.case import members as counted

LEAK = 0.98  # of what is possible, explained by one input
USED = 0.2  # of a budget


def _leaks(summary: Record, data: Record) -> Iterator[Record]:
    for one in data["features"] if data["n_inputs"] > 1 else ():
        if (one["alone"] or 0.0) >= LEAK:
            message = (
                f"the input alone explains {percent(one['alone'])} of what there is to explain."
                " If it is not known where the formula is to be used (a number of rows, a time, a"
                " copy of the answer), leave it out with `drop`."
            )
            figures = {"explained": one["alone"]}
            yield warning("leak", data, f"input {one['name']}", message, figures)


def _unreached(summary: Record, data: Record) -> Iterator[Record]:
    names = data["unreached"]
    if names:
        message = (
            f"{listed(names)}: so small, so large or so far from zero beside what varies that"
            " training learns little from the values as they are. Leave `scale: none` out; formulas"
            " are given in the units of the data all the same."
        )
        figures = {"inputs": len(names), "n_inputs": data["n_inputs"]}
        yield warning("unreached", data, f"{len(names)} inputs", message, figures)


def _diverged(summary: Record, data: Record) -> Iterator[Record]:
    for training, members in _trainings(summary, data):
        broken = [m["id"] for m in members if m["diverged"] is not None]
        if broken:
            message = f"{len(broken)} of {counted(len(members))} diverged: {listed(broken)}."
            figures = {"members": len(members), "diverged": len(broken)}
            yield warning("diverged", data, f"training {training}", message, figures)


def _constants(summary: Record, data: Record) -> Iterator[Record]:
    """Of members that were asked for more, each counts; a front may well end in a constant."""
    for training, members in _trainings(summary, data):
        asked = [m for m in members if _is_asked(m)]
        seeds = {m["seed"] for m in members if m["inputs_used"]}
        constant = [
            m["id"]
            for m in members
            if m["inputs_used"] == 0 and (m in asked or m["seed"] not in seeds)
        ]
        if constant:
            message = (
                f"{len(constant)} of {counted(len(members))} give the same answer whatever the"
                f" inputs are: {listed(constant)}. Its training has failed, or nothing can be"
                " learned from these inputs."
            )
            figures = {"members": len(members), "constant": len(constant)}
            yield warning("constant", data, f"training {training}", message, figures)


def _unused_targets(summary: Record, data: Record) -> Iterator[Record]:
    for training, members in _trainings(summary, data):
        small = [
            m
            for m in members
            if m["complexity_target"] is not None
            and m["complexity_mean"] is not None
            and m["complexity_mean"] <= USED * m["complexity_target"]
            and m["inputs_used"]
        ]
        if small:
            message = (
                f"{len(small)} of {counted(len(members))} use a fifth or less of the nodes they"
                f" were given: {listed([m['id'] for m in small])}."
            )
            figures = {"members": len(members), "small": len(small)}
            yield warning("budget_unused", data, f"training {training}", message, figures)


def _is_asked(member: Record) -> bool:
    return member["targets"] is not None or member["complexity_target"] is not None


def _trainings(summary: Record, data: Record) -> list[tuple[str, list[Record]]]:
    mine = [m for m in summary["models"] if m["dataset"] == data["name"]]
    names = dict.fromkeys(m["training"] for m in mine)
    return [(name, [m for m in mine if m["training"] == name]) for name in names]


OF_DATA = (_leaks, _unreached, _diverged, _constants, _unused_targets)
