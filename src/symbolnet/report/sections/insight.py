"""What a chosen model does with its inputs: maps of pixels, responses, confusion, errors."""

import base64
import struct
import zlib

import numpy as np

from symbolnet.artifact import Record
from symbolnet.expression.mathml import label
from symbolnet.files import file_of
from symbolnet.report.figures import class_legend, response_figure
from symbolnet.report.inputs import Inputs
from symbolnet.report.select import Summary

# Colours of a map: what raises an output, what lowers it, and a pixel used by many classes.
_RAISES, _LOWERS, _USED = (np.array(c) for c in ((200, 60, 20), (30, 90, 190), (90, 30, 110)))
_PAPER, _FAINT = 255.0, 0.3  # the mean image lies behind a map this strongly
_LEAST = 0.35  # the faintest pixel that is used at all
_COLOURS = {1: 0, 3: 2, 4: 6}  # PNG's colour type by number of channels


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


def picture(pixels: str, shape: list[int]) -> str:
    """Return an image of the explanation as a data URI."""
    return data_uri(_levels(pixels, shape))


def influence_map(found: Record, k: int) -> str:
    """Return the pixels used by class k over its mean image, coloured by their influence."""
    picture = _backdrop(found["means"][k : k + 1], found["shape"])
    used = [one for one in found["inputs"] if k in one["used_by"]]
    top = max((abs(one["influence"][k] or 0.0) for one in used), default=0.0) or 1.0
    for one in used:
        value = one["influence"][k] or 0.0
        colour = _RAISES if value >= 0 else _LOWERS
        _paint(picture, one["index"], found["shape"], colour, abs(value) / top)
    return _drawn(picture)


def use_map(found: Record) -> str:
    """Return every pixel used over the mean image, the stronger the more classes use it."""
    picture = _backdrop(found["means"], found["shape"])
    top = max((len(one["used_by"]) for one in found["inputs"]), default=1)
    for one in found["inputs"]:
        _paint(picture, one["index"], found["shape"], _USED, len(one["used_by"]) / top)
    return _drawn(picture)


def _levels(pixels: str, shape: list[int]) -> np.ndarray:
    levels = np.frombuffer(base64.b64decode(pixels), np.uint8).reshape(shape)
    return levels if shape[2] in (1, 3) else levels[:, :, :1]


def _backdrop(means: list[str], shape: list[int]) -> np.ndarray:
    """Return the mean of some images as dark grey on white, faintly, (rows, columns, 3)."""
    if not means:
        return np.full((*shape[:2], 3), _PAPER)
    grey = np.mean([_levels(one, shape).mean(axis=2) for one in means], axis=0)
    return np.repeat((_PAPER - _FAINT * grey)[:, :, None], 3, axis=2)


def _paint(
    picture: np.ndarray, index: int, shape: list[int], colour: np.ndarray, share: float
) -> None:
    """Cover a pixel; of the channels of one pixel the last painted shows."""
    row, column, _ = np.unravel_index(index, shape)
    strength = _LEAST + (1 - _LEAST) * share
    picture[row, column] = strength * colour + (1 - strength) * _PAPER


def _drawn(picture: np.ndarray) -> str:
    return data_uri(np.rint(picture).astype(np.uint8))


def data_uri(pixels: np.ndarray) -> str:
    """Return a PNG of uint8 pixels (rows, columns, 1, 3 or 4) as a data URI."""
    rows, columns, channels = pixels.shape
    header = struct.pack(">IIBBBBB", columns, rows, 8, _COLOURS[channels], 0, 0, 0)
    lines = np.concatenate([np.zeros((rows, 1), np.uint8), pixels.reshape(rows, -1)], axis=1)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 9)), (b"IEND", b""))
    content = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)
    return "data:image/png;base64," + base64.b64encode(content).decode("ascii")


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check
