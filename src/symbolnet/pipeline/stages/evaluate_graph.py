"""Stage `evaluate_graph`: the int64 reference on the test set, and vectors for simulation."""

from symbolnet.expression.choice import load_chosen
from symbolnet.expression.evaluate import evaluate
from symbolnet.firmware.evidence.vectors import write_vectors
from symbolnet.firmware.graph.graph import load_graph
from symbolnet.pipeline.marks import In, Out


def evaluate_graph(graph: In, chosen: In, dataset: In, vectors: Out, reference: Out) -> None:
    """Run the reference on the test set and on corner vectors; compare with the expressions."""
    expressions, data = load_chosen(chosen, dataset)
    true = evaluate(expressions.expressions, data.x_test)
    write_vectors(load_graph(graph), data, true, vectors, reference)
