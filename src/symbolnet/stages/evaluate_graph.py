"""Stage `evaluate_graph`: the int64 reference on the test set, and vectors for simulation."""

from importlib.metadata import version
from pathlib import Path

from symbolnet.artifact import write_arrays
from symbolnet.expression.evaluate import evaluate
from symbolnet.firmware.chosen import load_chosen
from symbolnet.firmware.graph import count_kinds, load_graph
from symbolnet.firmware.reference import (
    corner_ports,
    input_mantissas,
    real_outputs,
    run,
    saturated,
)
from symbolnet.firmware.result import distances, precision_text, test_scores, write_result


def evaluate_graph(
    graph: Path, chosen: Path, dataset: Path, vectors: Path, reference: Path
) -> None:
    """Run the reference on the test set and on corner vectors; compare with the expressions."""
    (expressions, data), built = load_chosen(chosen, dataset), load_graph(graph)
    ports, corners = input_mantissas(built, data.x_test), corner_ports(built)
    outputs = run(built, ports)
    fixed, true = real_outputs(built, outputs), evaluate(expressions.expressions, data.x_test)
    outside = saturated(built, data.x_test)
    names = [built.feature_names[node.variable] for node in built.inputs()]
    figures = {
        "label": "fixed point, inputs quantised, computed by the int64 reference",
        "origin": "measured here by the int64 reference in numpy",
        "tool": "symbolnet",
        "tool_version": version("symbolnet"),
        "part": None,
        "precision": precision_text(built.precision),
        **test_scores(data, fixed, true),
        **distances(fixed, true),
        "vectors": len(ports),
        "corner_vectors": len(corners),
        "saturated_rows": int(outside.any(axis=1).sum()),
        "saturated": {name: int(n) for name, n in zip(names, outside.sum(axis=0), strict=True)},
        "nodes": count_kinds(built),
    }
    write_arrays(
        vectors,
        {
            "ports": ports,
            "outputs": outputs,
            "corner_ports": corners,
            "corner_outputs": run(built, corners),
        },
    )
    write_result(reference, "reference", figures)
