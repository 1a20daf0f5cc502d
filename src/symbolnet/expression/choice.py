"""Choose the member that goes on to firmware, by validation rows alone."""

import math
from functools import partial
from typing import Any

from symbolnet.config import Choice
from symbolnet.errors import InputError
from symbolnet.expression.metrics import mean_of


def choose(members: list[dict[str, Any]], spec: Choice) -> str:
    """Return the id of the best member that is simple enough.

    `members` are the entries of metrics.json; what counts is the accuracy (or what `by` names; R2
    of a regression) of the rounded expressions on validation rows. Ties go to the lower mean
    complexity, then to the first id.
    """
    return str(min(fitting(members, spec), key=partial(_rank, by=spec.by or "accuracy"))["id"])


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
    score = _score(member["rounded"], by)
    return math.inf if score is None else -score, member["complexity_mean"], member["id"]


def _score(rounded: dict[str, Any], by: str) -> float | None:
    if "r2_validation" in rounded:
        return rounded["r2_validation"]
    if by == "auc":
        return mean_of(rounded["auc_validation"])
    return rounded[f"{by}_validation"]
