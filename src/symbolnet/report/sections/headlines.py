"""The first figures of every chosen model, and the warnings of a run by kind."""

from typing import Any

from symbolnet.report.measures import OF_TASK
from symbolnet.report.select import Summary, chosen, data_of, firmware_of, model_of
from symbolnet.report.warnings import KINDS


def headlines(summary: Summary) -> list[Summary]:
    """Return the tiles of every chosen model."""
    return [_headline(summary, *key) for key in chosen(summary)]


def _headline(summary: Summary, dataset: str, choice: str) -> Summary:
    model, data = model_of(summary, dataset, choice), data_of(summary, dataset)
    rows = firmware_of(summary, dataset, choice)
    return {
        "dataset": dataset,
        "choice": choice,
        "model": model,
        "n_inputs": data["n_inputs"],
        "tiles": [
            _score(model, data),
            _size(model),
            _inputs(model, data),
            *_hardware(rows),
            _proved(summary["evidence"][dataset][choice]["proof"]),
        ],
        "fixed": _fixed(rows, data),
        "by_class": _by_class(model, rows["reference"]),
    }


def _tile(name: str, number: float, value: str, unit: str, what: str) -> dict[str, Any]:
    return {"name": name, "sorted": number, "value": value, "unit": unit, "what": what}


def _count(name: str, number: int, unit: str, what: str) -> dict[str, Any]:
    return _tile(name, number, f"{number:,}", unit, what)


def _score(model: Summary, data: Summary) -> dict[str, Any]:
    measure, error = OF_TASK[data["task"]], model["expression_accuracy_test_error"]
    rows = f"{data['n_test']:,} test rows"
    what = f"of the rounded formulas on {rows}"
    if error is not None:
        what = f"of the rounded formulas, ± {measure.text(error)} from {rows}"
    value = model[f"expression_{measure.key}_test"]
    return _tile(f"Test {measure.name}", value, measure.text(value), "", what)


def _by_class(model: Summary, fixed: Summary) -> list[dict[str, Any]]:
    """Return the means over the classes, which show what the accuracy hides of a rare one."""
    balanced, auc = model["expression_balanced_accuracy_test"], model["expression_auc_mean"]
    if balanced is None:
        return []
    share, area = _share(balanced), "–" if auc is None else f"{auc:.3f}"
    shares = f"mean over the classes; {_share(fixed['balanced_accuracy_test'])} in fixed point"
    areas = "mean over the classes, each against the rest"
    if fixed["auc_mean"] is not None:
        areas += f"; {fixed['auc_mean']:.3f} in fixed point"
    return [
        _tile("Balanced accuracy", balanced, share, "", shares),
        _tile("ROC AUC", auc or 0.0, area, "", areas),
    ]


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}\u202f%"


def _fixed(rows: dict[str, Any], data: Summary) -> dict[str, Any]:
    measure = OF_TASK[data["task"]]
    value = rows["rtl"][f"{measure.key}_test"]
    return _tile("In fixed point", value, measure.text(value), "", "of the simulated Verilog")


def _size(model: Summary) -> dict[str, Any]:
    mean = model["complexity_mean"]
    return _tile("Mean complexity", mean, f"{mean:.1f}", "", "nodes per formula")


def _inputs(model: Summary, data: Summary) -> dict[str, Any]:
    unit = f"of {data['n_inputs']:,}"
    return _count("Inputs used", model["inputs_used"], unit, "the rest is pruned away")


def _proved(proof: dict[str, Any]) -> dict[str, Any]:
    what = "of the graph: the Verilog computes them, for all inputs"
    return _count("Nodes proved", proof["nodes_proved"], f"of {proof['nodes_total']:,}", what)


def _hardware(rows: dict[str, Any]) -> list[dict[str, Any]]:
    rtl, counts = rows["rtl"], rows["resources"]
    interval, cycles = rtl["initiation_interval"], rtl["latency_cycles"]
    every = "every cycle" if interval == 1 else f"every {interval} cycles"
    run = f"{rtl['vectors']:,} test rows and {rtl['corner_vectors']:,} corner cases"
    cost = f"and {counts['dsp']:,} DSP: {counts['tool']} count, not post-route"
    latency = f"of the simulated RTL, one result {every}"
    exact = f"RTL simulation against the integer reference, {run}"
    return [
        _count("Lookup tables", counts["lut"], "LUT", cost),
        _count("Latency", cycles, "cycle" if cycles == 1 else "cycles", latency),
        _count("Mismatches", rtl["mismatches"], "", exact),
    ]


def warnings_view(summary: Summary) -> list[Summary]:
    """Return one entry for each kind of warning that there is."""
    found = summary["warnings"]
    return [
        {"name": name, "all": [one for one in found if one["kind"] == kind]}
        for kind, name in KINDS.items()
        if any(one["kind"] == kind for one in found)
    ]
