"""The data set: distributions, scaler, and which input is used by which choice."""

from symbolnet.data.symbols import image_shape
from symbolnet.expression.mathml import label
from symbolnet.report.figures import class_legend, histogram_figure
from symbolnet.report.select import Summary

HISTOGRAMS = 24  # at most so many inputs of a data set are drawn, and no pixels


def data_view(data: Summary, formulas: list[Summary]) -> Summary:
    """Return what the page shows of one data set."""
    pixels = image_shape([f["symbol"] or "" for f in data["features"]]) is not None
    described = [f for f in data["features"] if f["histogram"] is not None and not pixels]
    distances = [f["distance"] for f in data["features"] if f["distance"] is not None]
    groups = data["classes"] if data["task"] == "classification" else list(data["rows"]["test"])
    return {
        "distance_max": max(distances, default=None),
        "symbols": any(f["symbol"] for f in data["features"]),
        "class_legend": class_legend(groups),
        "histograms": [
            histogram_figure(f["name"], f["histogram"], groups) for f in described[:HISTOGRAMS]
        ],
        "features": [_feature(one, formulas) for one in data["features"]],
    }


def _feature(feature: Summary, formulas: list[Summary]) -> Summary:
    users = [one["choice"] for one in formulas if feature["name"] in one["inputs"]]
    return feature | {"typeset": label(feature["name"], feature["symbol"]).markup, "used_by": users}
