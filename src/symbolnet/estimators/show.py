"""A fitted estimator as text for a terminal, as HTML for a notebook, and its front as a picture."""

from typing import Any

from markupsafe import Markup

from symbolnet.data.symbols import given
from symbolnet.expression.mathml import label, terms
from symbolnet.expression.text import texts
from symbolnet.extras import naming_extras

_WIDEST = 110  # characters of a formula that a terminal is shown
_ROW = "<tr><td style='text-align:right'>{}</td><td>=</td><td style='text-align:left'>{}</td></tr>"
_PAGE = "<div><p>{}</p><table>{}</table></div>"


def as_text(estimator: Any) -> str:
    """Return one line with the figures of the chosen point, and its formulas."""
    model = estimator.formulas()
    lines = [about(estimator)]
    for name, text in zip(model.class_names, texts(model.raw, model.feature_names), strict=True):
        shown = text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."
        lines.append(f"  {name} = {shown}")
    return "\n".join(lines)


def as_html(estimator: Any) -> str:
    """Return the same, the formulas typeset as MathML."""
    model = estimator.formulas()
    symbols = given(model.feature_symbols, model.feature_names)
    labels = [label(*one) for one in zip(model.feature_names, symbols, strict=True)]
    rows = [
        Markup(_ROW).format(name, Markup(" ").join(terms(one, labels)))
        for name, one in zip(model.class_names, model.raw, strict=True)
    ]
    return str(Markup(_PAGE).format(about(estimator), Markup("").join(rows)))


def about(estimator: Any) -> str:
    """Return complexity and scores of the chosen point, and how many others there are."""
    front = estimator._front
    chosen, measure = front.entries[front.chosen], estimator._measure
    return (
        f"chosen of {len(front.entries)} on the front: complexity {chosen['complexity_mean']:.3g},"
        f" {measure} {chosen['score_train']:.4g} on training rows,"
        f" {chosen['score_validation']:.4g} on validation rows"
    )


def plot(front: Any, measure: str, ax: Any) -> Any:
    """Draw the scores of a front against its complexities; return the axes."""
    if ax is None:
        with naming_extras():
            import matplotlib.pyplot as plt

        ax = plt.subplots()[1]
    for name in ("train", "validation"):
        ax.plot(front["complexity"], front[f"score_{name}"], marker=".", label=f"{name} rows")
    ax.axvline(front.loc[front["chosen"], "complexity"].iloc[0], color="0.7", label="chosen")
    ax.set_xlabel("complexity (nodes, mean over the formulas)")
    ax.set_ylabel(measure)
    ax.legend()
    return ax
