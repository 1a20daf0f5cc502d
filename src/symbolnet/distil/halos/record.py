"""Peers, and the network with its formulas, as records: errors on what fits saw and on the rest."""

from collections.abc import Callable

import numpy as np

from symbolnet.artifact import Record
from symbolnet.config import HaloSearch
from symbolnet.distil.halos.file import Halos
from symbolnet.distil.halos.forms import FORMS, Form, fitted, fitted_shells, mean_off, shells
from symbolnet.distil.halos.laws import OF_HALO, OF_MESSAGE, Formula, Found, find, sent_by, text_of
from symbolnet.distil.halos.neighbours import Edges, Parts, parts_of
from symbolnet.distil.halos.store import TrainedHalos
from symbolnet.distil.laws.record import few_points

Array = np.ndarray
_EXACT = 17  # digits of a constant as stored


def peers_record(halos: Halos) -> Record:
    """Return what is reached without a network: the paper's forms, refitted, and sums in shells."""
    parts = parts_of(halos)
    forms = [_of_form(one, parts) for one in FORMS]
    return {"peers": [*forms, _of_shells(parts, halos.settings.radius)], **_counts(halos, parts)}


def _of_form(form: Form, parts: Parts) -> Record:
    free = fitted(form, parts.fitted)
    about = {"name": form.name, "text": form.text, "constants": free.tolist()}
    return about | _errors(lambda edges: form.made(edges, free), parts)


def _of_shells(parts: Parts, radius: float) -> Record:
    free = fitted_shells(parts.fitted, radius)
    text = "C1 + sum of c(r) + d(r) Mj + f(r) vij, constant in shells of r"
    about = {"name": "shells", "text": text, "constants": free.tolist()}
    return about | _errors(lambda edges: shells(edges, radius) @ free, parts)


def formulas_record(halos: Halos, trained: TrainedHalos, spec: HaloSearch) -> Record:
    """Return the errors of a network, and the formulas that its messages led to."""
    parts = parts_of(halos)
    found = find(parts, trained.messages(parts.fitted), spec)
    return {
        "network": _errors(trained.overdensities, parts),
        "messages": _messages(found),
        "message": found.message,
        "front": [_formula(one, parts) for one in found.front],
        "chosen": found.chosen,
        "points": _points(trained, found, parts),
    }


def _messages(found: Found) -> list[Record]:
    return [
        {
            "complexity": one.nodes,
            "left": one.left,
            "error_kept": error if np.isfinite(error) else None,
            "text": text_of(one.tree, OF_MESSAGE, 5),
        }
        for one, error in zip(found.messages, found.message_errors, strict=True)
    ]


def _formula(one: Formula, parts: Parts) -> Record:
    return {
        "text": one.text(),
        "halo": text_of(one.halo, OF_HALO, _EXACT),
        "message": text_of(one.message, OF_MESSAGE, _EXACT),
        "complexity": one.complexity,
        "constants": one.constants,
        **_errors(one.made, parts),
    }


def _errors(made: Callable[[Edges], Array], parts: Parts) -> Record:
    """Return the mean absolute error of each part; null where there is no value."""
    pairs = parts._asdict().items()
    errors = {f"error_{name}": mean_off(made(edges), edges.target) for name, edges in pairs}
    return {name: error if np.isfinite(error) else None for name, error in errors.items()}


def _counts(halos: Halos, parts: Parts) -> Record:
    """Return how many haloes and neighbours there are."""
    edges = sum(len(one.distance) for one in parts)
    receivers = sum(len(one.halos) for one in parts)
    return {
        "halos": len(halos.masses),
        "receivers": {name: len(one.halos) for name, one in parts._asdict().items()},
        "neighbours": edges / receivers,
    }


def _points(trained: TrainedHalos, found: Found, parts: Parts) -> Record:
    """Return some messages beside their formula, and held-out overdensities beside theirs."""
    edges = parts.held
    sent = trained.messages(edges)
    law = sent_by(found.messages[found.message].tree, edges)
    made = found.front[found.chosen].made(edges)
    return {"messages": _finite(law, sent), "overdensities": _finite(edges.target, made)}


def _finite(x: Array, y: Array) -> Record:
    known = np.isfinite(x) & np.isfinite(y)
    return few_points(x[known], y[known])
