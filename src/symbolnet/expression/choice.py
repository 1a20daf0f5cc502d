"""The member that goes on to firmware: chosen by rows that training may see, and read again."""

import math
from functools import partial
from pathlib import Path
from typing import Any

from symbolnet.config import Choice
from symbolnet.data.dataset import Dataset, load_dataset
from symbolnet.errors import InputError
from symbolnet.expression.metrics import mean_of
from symbolnet.expression.store import load_expressions
from symbolnet.expression.tree import ExpressionSet


def choose(members: list[dict[str, Any]], spec: Choice) -> str:
    """Return the id of the best member that is simple enough.

    `members` are the entries of metrics.json; what counts is the expected loss of the rounded
    expressions on training and validation rows (loss.py), or a score on validation rows that `by`
    names (of a regression R2). Ties go to the lower mean complexity, then to the first id.
    """
    return str(min(fitting(members, spec), key=partial(_rank, by=spec.by))["id"])


def fitting(members: list[dict[str, Any]], spec: Choice) -> list[dict[str, Any]]:
    """Return the members that are simple enough; raise InputError where there is none."""
    sound = [member for member in members if member["diverged"] is None]
    if not sound:
        raise InputError("a member that did not diverge", "none", "change the training's settings")
    simple = [member for member in sound if member["complexity_mean"] <= spec.complexity_max]
    if not simple:
        least = min(sound, key=lambda member: (member["complexity_mean"], member["id"]))
        found = f"{least['complexity_mean']:.4g} as the smallest, of {least['id']}"
        do = "raise `complexity_max` of the choice or train with higher targets"
        raise InputError(f"a mean complexity of at most {spec.complexity_max:g}", found, do)
    return simple


def _rank(member: dict[str, Any], by: str) -> tuple[float, float, str]:
    lost = member["loss"]["expected"] if by == "loss" else _lost(member["rounded"], by)
    return math.inf if lost is None else lost, member["complexity_mean"], member["id"]


def _lost(rounded: dict[str, Any], by: str) -> float | None:
    """Return what is missing to a perfect score on validation rows."""
    if "r2_validation" in rounded:
        score = rounded["r2_validation"]
    elif by == "auc":
        score = mean_of(rounded["auc_validation"])
    else:
        score = rounded[f"{by}_validation"]
    return None if score is None else 1 - score


def load_chosen(chosen: Path, dataset: Path) -> tuple[ExpressionSet, Dataset]:
    """Read both files; raise InputError unless their inputs and classes are the same."""
    expressions, data = load_expressions(chosen), load_dataset(dataset)
    for kind in ("feature_names", "class_names"):
        ours, theirs = getattr(expressions, kind), getattr(data, kind)
        if ours != theirs:
            found = f"{', '.join(theirs)} in {dataset}"
            raise InputError(f"the {kind} {', '.join(ours)}", found, "give the model's own data")
    return expressions, data
