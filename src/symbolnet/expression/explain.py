"""What a chosen model does with its inputs: which it uses, how, and where it is wrong.

The influence of an input on an output is how much the output changes, root mean square over rows of
train, where the input alone moves by its standard deviation, half of it to either side: of a square
or a product, whose derivative at the mean may be 0, too. Its sign is that of the mean change.
"""

import base64
from collections.abc import Sequence

import numpy as np

from symbolnet.artifact import Record
from symbolnet.data.dataset import Dataset
from symbolnet.data.digits import rounded
from symbolnet.data.symbols import ImageShape, given, grey_levels, image_shape
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.metrics import confusion
from symbolnet.expression.tree import ExpressionSet, variables

CONTRACT = 1
RESPONSES = 24  # at most so many inputs have their response measured
POINTS = 33
QUANTILES = (0.01, 0.99)
WRONG = 20
ROWS = 512  # at most so many training rows have their changes measured


def explain(model: ExpressionSet, data: Dataset) -> Record:
    """Return the content of explanation.json."""
    shape, outputs = image_shape(data.feature_symbols), evaluate(model.expressions, data.x_test)
    inputs = _inputs(model, data)
    return {
        "contract": CONTRACT,
        "model": model.model,
        "task": data.task,
        "outputs": list(model.class_names),
        "n_test": len(outputs),
        "n_inputs": len(data.feature_names),
        "shape": list(shape) if shape else None,
        "inputs": inputs,
        "responses": [] if shape else _responses(model, data, inputs),
        **_confused(outputs, data),
        **_pictures(outputs, data, shape),
    }


def _inputs(model: ExpressionSet, data: Dataset) -> list[Record]:
    """Return every input that an expression names, which do, and its influence on each."""
    symbols = given(data.feature_symbols, data.feature_names)
    named = [set(variables([expression])) for expression in model.expressions]
    used = sorted(set().union(*named))
    influence, direction = _influence(model, data.x_train, used)
    return [
        {
            "index": place,
            "name": data.feature_names[place],
            "symbol": symbols[place],
            "used_by": [k for k, names in enumerate(named) if place in names],
            "influence": [_number(value) for value in sizes],
            "direction": [_number(value) for value in shares],
        }
        for place, sizes, shares in zip(used, influence, direction, strict=True)
    ]


def _influence(
    model: ExpressionSet, x: np.ndarray, used: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return influences, and shares of them that are one-way, each (inputs, outputs).

    Rows whose outputs are not finite do not count.
    """
    rows = x[:: -(-len(x) // ROWS)].astype(np.float64)
    moved = [_changes(model, rows, place, x[:, place].std(dtype=np.float64)) for place in used]
    shape = len(used), len(rows), len(model.expressions)
    changes = np.ma.masked_invalid(np.reshape(moved, shape))  # also of constants, which use none
    mean, size = changes.mean(axis=1), abs(changes).mean(axis=1)
    influence = np.ma.sqrt((changes**2).mean(axis=1)) * np.where(mean < 0, -1, 1)
    direction = np.ma.where(size > 0, abs(mean) / size, 1.0)
    return influence.filled(np.nan), direction.filled(np.nan)


@np.errstate(all="ignore")
def _changes(model: ExpressionSet, rows: np.ndarray, place: int, spread: float) -> np.ndarray:
    """Return what each output (rows, outputs) changes by while one input moves by its spread."""
    step = np.zeros(rows.shape[1])
    step[place] = spread / 2
    result: np.ndarray = evaluate(model.expressions, rows + step) - evaluate(
        model.expressions, rows - step
    )
    return result


def _responses(model: ExpressionSet, data: Dataset, inputs: Sequence[Record]) -> list[Record]:
    """Return the outputs while one input sweeps its range, all others at their median."""
    strongest = sorted(inputs, key=_strength, reverse=True)[:RESPONSES]
    shown = sorted(one["index"] for one in strongest)
    median = np.median(data.x_train, axis=0).astype(np.float64)
    return [_response(model, data, place, median) for place in shown]


def _strength(entry: Record) -> float:
    return float(max(abs(value or 0.0) for value in entry["influence"]))


def _response(model: ExpressionSet, data: Dataset, place: int, median: np.ndarray) -> Record:
    low, high = np.quantile(data.x_train[:, place].astype(np.float64), QUANTILES)
    rows = np.repeat(median[None], POINTS, axis=0)
    rows[:, place] = np.linspace(low, high, POINTS)
    outputs = evaluate(model.expressions, rows)
    raw = rows[:, place] * data.scaler_scale[place] + data.scaler_mean[place]
    return {
        "index": place,
        "name": data.feature_names[place],
        "raw": [rounded(value, raw[-1] - raw[0]) for value in raw],
        "outputs": [[_number(value) for value in column] for column in outputs.T],
    }


def _confused(outputs: np.ndarray, data: Dataset) -> Record:
    """Return the confusion matrix of the test set, and the rows that have no place in it."""
    if data.task != "classification":
        return {"confusion": None, "not_finite": None}
    not_finite = int((~np.isfinite(outputs).all(axis=1)).sum())
    return {"confusion": confusion(outputs, data.y_test), "not_finite": not_finite}


def _pictures(outputs: np.ndarray, data: Dataset, shape: ImageShape | None) -> Record:
    """Return the mean training image of each class, and some test images told wrong."""
    if shape is None or data.task != "classification":
        return {"means": [], "wrong": []}
    low, high = (float(v) for v in _range(data))
    classes = range(len(data.class_names))
    means = [data.x_train[data.y_train == k].mean(axis=0, dtype=np.float64) for k in classes]
    return {
        "means": [_encoded(mean, data, low, high) for mean in means],
        "wrong": [
            {
                "row": row,
                "label": int(data.y_test[row]),
                "given": int(outputs[row].argmax()),
                "pixels": _encoded(data.x_test[row], data, low, high),
            }
            for row in _wrong(outputs, data.y_test)
        ],
    }


def _wrong(outputs: np.ndarray, labels: np.ndarray) -> list[int]:
    """Return the first rows that are told wrong, equally many of each class."""
    wrong = (outputs.argmax(axis=1) != labels) & np.isfinite(outputs).all(axis=1)
    each = max(1, WRONG // outputs.shape[1])
    rows = [np.flatnonzero(wrong & (labels == k))[:each] for k in range(outputs.shape[1])]
    return [int(row) for row in np.concatenate(rows)[:WRONG]]


def _range(data: Dataset) -> tuple[float, float]:
    ends = [data.x_train.min(axis=0), data.x_train.max(axis=0)]
    raw = [end * data.scaler_scale + data.scaler_mean for end in ends]
    return raw[0].min(), raw[1].max()


def _encoded(x: np.ndarray, data: Dataset, low: float, high: float) -> str:
    raw = x.astype(np.float64) * data.scaler_scale + data.scaler_mean
    return base64.b64encode(grey_levels(raw, low, high).tobytes()).decode("ascii")


def _number(value: float) -> float | None:
    """Return six digits of a number; None where it is not finite."""
    return float(f"{value:.6g}") if np.isfinite(value) else None
