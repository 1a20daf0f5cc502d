"""Stage `explain_model`: which inputs the chosen model uses, how, and where it is wrong."""

from symbolnet.artifact import write_json
from symbolnet.expression.choice import load_chosen
from symbolnet.expression.explain import explain
from symbolnet.pipeline.marks import In, Out

DATA = ("schema/explanation.json",)


def explain_model(chosen: In, dataset: In, explanation: Out) -> None:
    """Measure the influence of the inputs, the responses to them and the confusion of classes."""
    expressions, data = load_chosen(chosen, dataset)
    found = explain(expressions, data)
    write_json(explanation, found, "explanation")
    print(f"{found['model']}: {len(found['inputs'])} of {found['n_inputs']} inputs used")
