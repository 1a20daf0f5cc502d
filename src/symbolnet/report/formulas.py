"""Formulas of the chosen models and of those on the fronts, typeset for the page."""

from typing import Any
from urllib.parse import quote

from symbolnet.data.symbols import given
from symbolnet.expression.mathml import Label, label, terms
from symbolnet.expression.store import expression_set, load_collection, load_expressions
from symbolnet.expression.tree import ExpressionSet, complexities, variables
from symbolnet.files import file_of
from symbolnet.report.inputs import Inputs

SHOWN = 12  # at most so many models of a front have their formulas on the page
_MOST = {"Verilog": 80_000, "VHDL": 0}  # characters that are worth a place on the page
_SOURCES = (("latex", "LaTeX"), ("python", "Python"), ("c", "C"))
_FIGURES = {
    "auc": "expression_auc",
    "auc_network": "auc",
    "accuracy": "expression_class_accuracy",
    "accuracy_network": "class_accuracy",
    "r2": "expression_target_r2",
}
Summary = dict[str, Any]


def chosen_formulas(model: Summary, choice: str, rows: Summary, inputs: Inputs) -> Summary:
    """Return the formulas of a chosen model, typeset and as text; `rows` counts the test set."""
    folder = f"firmware/{model['dataset']}/{choice}"
    chosen = load_expressions(inputs.path(f"{folder}/{file_of('chosen')}"))
    return {
        "dataset": model["dataset"],
        "choice": choice,
        "model": model,
        "classes": _classes(chosen, model, rows),
        "raw": _raw(chosen),
        "inputs": {chosen.feature_names[i] for i in variables(chosen.expressions)},
        "texts": [
            *(_text(name, [f"{folder}/{file_of(file)}"], inputs) for file, name in _SOURCES),
            *_hardware(f"{folder}/{file_of('rtl')}", inputs),
        ],
    }


def _text(language: str, names: list[str], inputs: Inputs) -> Summary:
    """Return files as one text; VHDL and what is long are left to their links."""
    texts = [inputs.path(name).read_text(encoding="utf-8") for name in names]
    whole = "\n".join(texts)
    return {
        "id": f"{language.lower()}-{names[0].rsplit('/', 1)[0]}",
        "language": language,
        "links": [{"path": name, "link": "../" + quote(name)} for name in names],
        "content": whole if len(whole) <= _MOST.get(language, len(whole)) else None,
        "size": len(whole),
    }


def _hardware(rtl: str, inputs: Inputs) -> list[Summary]:
    """Return the generated Verilog, the top module first, and VHDL, where the run has any."""
    found = [name for name in inputs.below(rtl) if not name.endswith("_wrapper.v")]
    named = {
        language: [name for name in found if name.endswith(ending)]
        for language, ending in (("Verilog", ".v"), ("VHDL", ".vhd"))
    }
    return [_text(language, names, inputs) for language, names in named.items() if names]


def front_formulas(models: list[Summary], rows: Summary, inputs: Inputs) -> list[Summary]:
    """Return the typeset formulas of models of one data set, evenly picked where they are many."""
    stride = max(1, -(-len(models) // SHOWN))
    picked = models[::-1][::stride][::-1]
    read = {name: load_collection(inputs.path(name)) for name in {_file(m) for m in picked}}
    found = [(m, expression_set(read[_file(m)], m["id"])) for m in picked]
    return [{"model": m, "classes": _classes(one, m, rows), "raw": _raw(one)} for m, one in found]


def _file(model: Summary) -> str:
    return f"training/{model['dataset']}/{model['training']}/{file_of('expressions')}"


def _classes(found: ExpressionSet, model: Summary, rows: Summary) -> list[Summary]:
    labels = _labels(found)
    return [
        {
            "name": name,
            "terms": terms(found.expressions[k], labels),
            "rows": rows.get(name),
            "complexity": model["complexity"][k],
            **{key: _one(model[source], k) for key, source in _FIGURES.items()},
        }
        for k, name in enumerate(found.class_names)
    ]


def _raw(found: ExpressionSet) -> list[Summary] | None:
    """Return the formulas in the units of the data; none where they are those shown already."""
    if not found.raw or found.raw == found.expressions:
        return None
    labels, counts = _labels(found), complexities(found.raw)
    each = zip(found.class_names, found.raw, counts, strict=True)
    return [{"name": n, "terms": terms(one, labels), "complexity": c} for n, one, c in each]


def _labels(found: ExpressionSet) -> list[Label]:
    symbols = given(found.feature_symbols, found.feature_names)
    return [label(*one) for one in zip(found.feature_names, symbols, strict=True)]


def _one(values: list[float | None] | None, k: int) -> float | None:
    return values[k] if values else None
