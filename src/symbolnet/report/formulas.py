"""Formulas of the chosen models and of those on the fronts, typeset for the page."""

from typing import Any

from symbolnet.expression.store import expression_set, load_collection, load_expressions
from symbolnet.expression.tree import ExpressionSet, variables
from symbolnet.report.inputs import Inputs
from symbolnet.report.mathml import terms

SHOWN = 12  # at most so many models of a front have their formulas on the page
_SOURCES = (("expressions.tex", "LaTeX"), ("expressions.py", "Python"))
Summary = dict[str, Any]


def chosen_formulas(model: Summary, choice: str, rows: Summary, inputs: Inputs) -> Summary:
    """Return the formulas of a chosen model, typeset and as text; `rows` counts the test set."""
    folder = f"firmware/{model['dataset']}/{choice}"
    chosen = load_expressions(inputs.path(f"{folder}/expressions.json"))
    return {
        "dataset": model["dataset"],
        "choice": choice,
        "model": model,
        "classes": _classes(chosen, model, rows),
        "inputs": {chosen.feature_names[i] for i in variables(chosen.expressions)},
        "texts": [
            {
                "id": f"{language.lower()}-{model['dataset']}/{choice}",
                "title": f"The formulas in {language}",
                "language": language,
                "content": inputs.path(f"{folder}/{name}").read_text(encoding="utf-8"),
            }
            for name, language in _SOURCES
        ],
    }


def front_formulas(models: list[Summary], rows: Summary, inputs: Inputs) -> list[Summary]:
    """Return the typeset formulas of models of one data set, evenly picked where they are many."""
    stride = max(1, -(-len(models) // SHOWN))
    picked = models[::-1][::stride][::-1]
    read = {name: load_collection(inputs.path(name)) for name in {_file(m) for m in picked}}
    return [
        {"model": m, "classes": _classes(expression_set(read[_file(m)], m["id"]), m, rows)}
        for m in picked
    ]


def _file(model: Summary) -> str:
    return f"training/{model['dataset']}/{model['training']}/expressions.json"


def _classes(found: ExpressionSet, model: Summary, rows: Summary) -> list[Summary]:
    return [
        {
            "name": name,
            "terms": terms(found.expressions[k], found.feature_names),
            "rows": rows[name],
            "complexity": model["complexity"][k],
            "auc": model["expression_auc"][k],
            "auc_network": model["auc"][k],
            "accuracy": model["expression_class_accuracy"][k],
            "accuracy_network": model["class_accuracy"][k],
        }
        for k, name in enumerate(found.class_names)
    ]
