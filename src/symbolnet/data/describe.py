"""A data set to its description: rows and histograms by class, distance to published marginals."""

import csv
from importlib import resources
from typing import Any

import numpy as np

from symbolnet.data.dataset import SPLITS, Dataset
from symbolnet.data.digits import rounded
from symbolnet.data.symbols import JETS, given
from symbolnet.data.table import FEATURES

CONTRACT = 1
DATA = ("data/reference_quantiles.csv", "schema/description.json")
BINS = 40
TOLD = 3  # inputs whose own share is in the log

# Histograms are for the eye: those of hundreds of pixels would help nobody.
MAX_HISTOGRAMS = 64
ALL = "all"  # the one group of rows where there are no classes

# The published training half of OpenML 42468, which holds the five classes in equal shares: every
# second of its 200 quantiles k/201, in physical units and five digits, from the standardised
# quantiles and the scaler in the public repository Kanishk234/dwn-fpga-study.
REFERENCE = "the real training set of OpenML 42468 (100 published quantiles)"
RESOLUTION = 0.01
CLASSES = frozenset("gqwzt")

# Inputs are float32: values nearer to each other than this share of the scale are equal.
_TOLERANCE = 1e-6
_ROWS = 5000  # of train, and as many that were not trained on
_BINS = (8, 32, 256)  # a threshold that many rows lie near wants narrow bins, noise wide ones
_LEAST = 2  # rows of a bin
_FEW = 5  # rows of a class: fewer may all be told by chance, and the class is left out


def describe(dataset: Dataset) -> dict[str, Any]:
    """Return the content of description.json: all rows, in physical units."""
    columns = range(len(dataset.feature_names))
    shown = columns[:MAX_HISTOGRAMS]
    inputs = [dataset.split(name)[0][:, : len(shown)] for name in SPLITS]
    values = np.concatenate(inputs).astype(np.float64)
    values = values * dataset.scaler_scale[: len(shown)] + dataset.scaler_mean[: len(shown)]
    labels, names = _grouped(dataset)
    label = np.concatenate(labels)
    histograms = {column: _histogram(values[:, column], label, names) for column in shown}
    known = dataset.feature_symbols == JETS and set(dataset.class_names) == CLASSES
    symbols = given(dataset.feature_symbols, dataset.feature_names)
    distances = _distances(values, label) if known else {}
    explained = alone(dataset)
    return {
        "contract": CONTRACT,
        "rows": {name: _counts(group, names) for name, group in zip(SPLITS, labels, strict=True)},
        "reference": REFERENCE if known else None,
        "reference_resolution": RESOLUTION if known else None,
        "features": [
            {
                "name": dataset.feature_names[column],
                "symbol": symbols[column],
                "distance": distances.get(column),
                "alone": rounded_share(explained[column]),
                "histogram": histograms.get(column),
            }
            for column in columns
        ],
    }


def most_telling(features: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the inputs that explain most by themselves, the first of these first."""
    known = [feature for feature in features if feature["alone"] is not None]
    return sorted(known, key=lambda feature: -feature["alone"])[:TOLD]


def rounded_share(value: float | None) -> float | None:
    """Return four digits of a share."""
    return None if value is None else round(value, 4)


def _grouped(dataset: Dataset) -> tuple[list[np.ndarray], tuple[str, ...]]:
    """Return the group of each row of each split, and the names: classes, or one for all."""
    truth = [dataset.split(name)[1] for name in SPLITS]
    if dataset.task == "classification":
        return truth, dataset.class_names
    return [np.zeros(len(values), np.int64) for values in truth], (ALL,)


def _distances(values: np.ndarray, label: np.ndarray) -> dict[int, float]:
    reference = reference_quantiles()
    return {
        column: kolmogorov(values[:, column], label, reference["quantile"], reference[name])
        for column, name in enumerate(FEATURES)
    }


def reference_quantiles() -> dict[str, np.ndarray]:
    """Return probabilities (`quantile`) and published quantiles of each of the 16 features."""
    text = (resources.files("symbolnet") / DATA[0]).read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def kolmogorov(
    values: np.ndarray, label: np.ndarray, probability: np.ndarray, quantile: np.ndarray
) -> float:
    """Return the Kolmogorov distance of values, classes mixed equally, to quantiles of another set.

    A quantile q of probability p says that the other distribution is at most p left of q and at
    least p at q: only what contradicts this counts. The true distance is larger by at most the
    spacing of the probabilities.
    """
    weight = 1 / np.bincount(label)[label]
    order = np.argsort(values, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(weight[order])])
    share = total / total[-1]
    tolerance = _TOLERANCE * values.std()
    left = share[np.searchsorted(values[order], quantile - tolerance, side="left")]
    at = share[np.searchsorted(values[order], quantile + tolerance, side="right")]
    return float(np.maximum(left - probability, probability - at).max(initial=0.0))


def _histogram(values: np.ndarray, label: np.ndarray, names: tuple[str, ...]) -> dict[str, Any]:
    """Return edges over the middle 99.8 % and counts by class; the outer bins hold the tails."""
    low, high = np.quantile(values, (0.001, 0.999))
    if not high - low > BINS * np.spacing(max(abs(low), abs(high))):  # no room for the bins
        high = low + max(1.0, abs(low))
    edges = np.linspace(low, high, BINS + 1)
    bins = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, BINS - 1)
    counts = {
        name: np.bincount(bins[label == number], minlength=BINS).tolist()
        for number, name in enumerate(names)
    }
    return {"edges": [rounded(edge, high - low) for edge in edges], "counts": counts}


def _counts(label: np.ndarray, names: tuple[str, ...]) -> dict[str, int]:
    number = np.bincount(label, minlength=len(names)).tolist()
    return dict(zip(names, number, strict=True))


def alone(dataset: Dataset) -> list[float | None]:
    """Return for each input what it explains of rows not trained on, from 0 (chance) to 1 (all).

    The rule is made on training rows, in bins of the input that hold equally many: of classes the
    one with the largest share of its rows, judged by balanced accuracy above that of chance; of
    quantities a line through the means of the bins, judged by R2. None where nothing varies, or
    fewer than two classes have enough rows.
    """
    x, y = dataset.x_train[:_ROWS], dataset.y_train[:_ROWS]
    parts = [dataset.split(name) for name in ("validation", "test")]
    held = np.concatenate([part[0] for part in parts])[:_ROWS]
    truth = np.concatenate([part[1] for part in parts])[:_ROWS]
    rule = _class_skill if dataset.task == "classification" else _value_skill
    return [rule(x[:, i], y, held[:, i], truth) for i in range(x.shape[1])]


def _class_skill(x: np.ndarray, y: np.ndarray, held: np.ndarray, truth: np.ndarray) -> float | None:
    classes = int(max(y.max(), truth.max())) + 1
    known = np.flatnonzero(np.bincount(truth) >= _FEW)
    if len(known) < 2:
        return None
    chance = 1 / len(known)
    shares = 1 / np.maximum(np.bincount(y, minlength=classes), 1)
    best = 0.0
    for edges in _edges(x):
        bins = np.searchsorted(edges, x, side="right")
        cells = np.bincount(bins * classes + y, shares[y], (len(edges) + 1) * classes)
        told = cells.reshape(-1, classes).argmax(axis=1)[np.searchsorted(edges, held, side="right")]
        right = [float((told[truth == k] == k).mean()) for k in known]
        best = max(best, (float(np.mean(right)) - chance) / (1 - chance))
    return best


def _value_skill(x: np.ndarray, y: np.ndarray, held: np.ndarray, truth: np.ndarray) -> float | None:
    """Return R2, mean over the targets that vary."""
    spread = ((truth - truth.mean(axis=0)) ** 2).sum(axis=0)
    varies = spread > 0
    if not varies.any():
        return None
    found = [0.0]
    for edges in _edges(x):
        bins = np.searchsorted(edges, x, side="right")
        count = np.bincount(bins, minlength=len(edges) + 1)
        full = count > 0
        centre = np.bincount(bins, x, len(count))[full] / count[full]
        lines = [np.bincount(bins, column, len(count))[full] / count[full] for column in y.T]
        told = np.stack([np.interp(held, centre, line) for line in lines], axis=1)
        missed = ((truth - told) ** 2).sum(axis=0)
        found.append(float(np.mean(1 - missed[varies] / spread[varies])))
    return max(found)


def _edges(x: np.ndarray) -> list[np.ndarray]:
    """Return the inner edges of bins that hold equally many rows, for each number of bins."""
    most = max(2, len(x) // _LEAST)
    counts = sorted({min(bins, most) for bins in _BINS})
    # Midway between neighbours: an edge on a value would tell rows apart that are equal.
    ordered = np.sort(x.astype(np.float64))
    places = [np.arange(1, bins) * len(ordered) // bins for bins in counts]
    return [np.unique((ordered[at - 1] + ordered[at]) / 2) for at in places]
