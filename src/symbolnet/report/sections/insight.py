"""What a chosen model does with its inputs: maps of pixels, responses, confusion, errors."""

from symbolnet.artifact import Record
from symbolnet.expression.mathml import label
from symbolnet.files import file_of
from symbolnet.report.figures import class_legend, response_figure
from symbolnet.report.inputs import Inputs
from symbolnet.report.maps import influence_map, picture, use_map
from symbolnet.report.select import Summary

_ONE_WAY = 0.5  # share of the changes from which on an influence has a sign
TABLE = 40  # at most so many inputs are listed by their influence


def insight(dataset: str, choice: str, inputs: Inputs) -> Summary:
    """Return what the page shows of the explanation of one chosen model."""
    found = inputs.json(f"firmware/{dataset}/{choice}/{file_of('explanation')}", "explanation")
    image = found["shape"] is not None
    return {
        "dataset": dataset,
        "choice": choice,
        "model": found["model"],
        "task": found["task"],
        "outputs": found["outputs"],
        "n_test": found["n_test"],
        "n_inputs": found["n_inputs"],
        "n_used": len(found["inputs"]),
        "shape": found["shape"],
        "symbols": any(one["symbol"] for one in found["inputs"]),
        "maps": _maps(found) if image else [],
        "inputs": [] if image else _inputs(found),
        "responses": [response_figure(one, found["outputs"]) for one in found["responses"]],
        "response_legend": class_legend(found["outputs"]),
        "confusion": _confusion(found),
        "not_finite": found["not_finite"],
        "wrong": [_wrong(one, found) for one in found["wrong"]],
    }


def _maps(found: Record) -> list[Record]:
    """Return one map of all classes, and one for each: pixels used, and how they act."""
    whole = {"name": "all", "used": len(found["inputs"]), "image": use_map(found)}
    return [whole, *(_class_map(found, k) for k in range(len(found["outputs"])))]


def _class_map(found: Record, k: int) -> Record:
    used = [one for one in found["inputs"] if k in one["used_by"]]
    strongest = max(used, key=lambda one: abs(one["influence"][k] or 0.0), default=None)
    return {
        "name": found["outputs"][k],
        "used": len(used),
        "strongest": strongest and (strongest["name"], strongest["influence"][k]),
        "image": influence_map(found, k),
    }


def _inputs(found: Record) -> list[Record]:
    """Return the inputs used, the influence on each output beside its share of the largest."""
    top = max((abs(v or 0.0) for one in found["inputs"] for v in one["influence"]), default=0.0)
    ranked = sorted(found["inputs"], key=_strength, reverse=True)[:TABLE]
    return [
        {
            "name": one["name"],
            "symbol": label(one["name"], one["symbol"]).markup,
            "cells": [
                _cell(value, one["direction"][k], top) if k in one["used_by"] else None
                for k, value in enumerate(one["influence"])
            ],
        }
        for one in ranked
    ]


def _strength(entry: Record) -> float:
    return float(max(abs(value or 0.0) for value in entry["influence"]))


def _cell(value: float | None, direction: float | None, top: float) -> Record:
    share = abs(value or 0.0) / (top or 1.0)
    return {
        "value": value,
        "text": _signed(value, direction or 0.0),
        "share": round(share, 3),
        "sign": "minus" if (value or 0.0) < 0 else "plus",
    }


def _signed(value: float | None, direction: float) -> str:
    """Return an influence in words, ± where rows fall nearly as much as they rise."""
    if value is None:
        return "–"
    sign = "±" if direction < _ONE_WAY else "−" if value < 0 else "+"
    text = f"{abs(value):.3f}"
    return "0" if not value else sign + text if float(text) else f"{sign}{abs(value):.1e}"


def _confusion(found: Record) -> list[Record]:
    """Return a row per true class: counts, and their share of the rows of the class."""
    return [
        {
            "name": name,
            "cells": [{"count": n, "share": round(n / (sum(row) or 1), 3)} for n in row],
            "rows": sum(row),
        }
        for name, row in zip(found["outputs"], found["confusion"] or [], strict=False)
    ]


def _wrong(one: Record, found: Record) -> Record:
    return {
        "row": one["row"],
        "label": found["outputs"][one["label"]],
        "given": found["outputs"][one["given"]],
        "image": picture(one["pixels"], found["shape"]),
    }
