"""Choose the member that goes on to firmware, by validation accuracy or R2 alone."""

import math
from typing import Any

from symbolnet.config import Choice
from symbolnet.errors import InputError
from symbolnet.expression.metrics import MEASURES


def choose(members: list[dict[str, Any]], spec: Choice) -> str:
    """Return the id of the most accurate member that is simple enough.

    `members` are the entries of metrics.json; what counts is the validation accuracy (R2 of a
    regression) of the rounded expressions. Ties go to the lower mean complexity, then to the first
    id.
    """
    return str(min(fitting(members, spec), key=_rank)["id"])


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


def _rank(member: dict[str, Any]) -> tuple[float, float, str]:
    found = [member["rounded"].get(f"{measure}_validation") for measure in MEASURES.values()]
    score = next((value for value in found if value is not None), -math.inf)
    return -score, member["complexity_mean"], member["id"]
