"""A data set to its description: rows and histograms by class, distance to published marginals."""

import csv
from importlib import resources
from typing import Any

import numpy as np

from symbolnet.data.alone import alone
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
