"""Firmware of the chosen models: what it computes, what it costs, and its graph as a picture."""

from symbolnet.files import file_of
from symbolnet.firmware.graph import load_graph
from symbolnet.report.circuit import circuit_figure
from symbolnet.report.figures import cost_figure
from symbolnet.report.inputs import Inputs
from symbolnet.report.measures import OF_TASK
from symbolnet.report.sections.costs import node_costs
from symbolnet.report.select import Summary


def firmware_view(summary: Summary, data: Summary, inputs: Inputs) -> Summary:
    """Return the rows and pictures of one data set; a row appears where its figures are."""
    rows = [row for row in summary["firmware"] if row["dataset"] == data["name"]]
    measure, designs = OF_TASK[data["task"]], summary["comparison"][data["name"]]
    key = f"{measure.key}_test"
    compared = [*designs["symbolic"], *designs["neural"]]
    return {
        "designs": [(one, one in designs["neural"]) for one in compared],
        "cost_figure": cost_figure(designs, measure) if len(compared) > 1 else None,
        "runs": [row for row in rows if row[key] is not None],
        "costs": [row for row in rows if row["lut"] is not None],
        "circuits": [_circuit(data["name"], choice, inputs) for choice in _choices(rows)],
    }


def _choices(rows: list[Summary]) -> list[str]:
    return list(dict.fromkeys(row["choice"] for row in rows))


def _circuit(dataset: str, choice: str, inputs: Inputs) -> Summary:
    folder = f"firmware/{dataset}/{choice}"
    graph = load_graph(inputs.path(f"{folder}/{file_of('graph')}"))
    counts = inputs.json(f"{folder}/{file_of('resources')}", "firmware")
    luts = {node["node"]: node["lut"] for node in counts["alone"]["nodes"]}
    about = {"choice": choice, "model": graph.model, "costs": node_costs(graph, counts)}
    return about | circuit_figure(graph, luts)._asdict()
