"""Expressions as a Python module that needs nothing but `math`."""

from collections.abc import Sequence

from symbolnet.expression.export.source import Language, source
from symbolnet.expression.tree import Apply, Expression, ExpressionSet, distinct

_HEAD = '''"""Expressions of model {model}, one per {output}; {meaning}.

`predict_raw` and `scores_raw` take a row as it stands in the data, in the order of FEATURES.
The others take standardised features, (raw - MEAN) / SCALE: these the firmware computes.
"""

import math

FEATURES = {features}
{names} = {classes}
MEAN = {mean}
SCALE = {scale}


def predict_raw(raw):
    """Return {what} of one row as it stands in the data{none}."""
    return _answer(scores_raw(raw))


def predict_standardised(x):
    """Return {what} of one row of standardised features{none}."""
    return _answer(scores_standardised(x))


def _answer(values):
{answer}

def standardise(raw):
    """Return (raw - MEAN) / SCALE."""
    return [(value - mean) / scale for value, mean, scale in zip(raw, MEAN, SCALE)]

'''
_ANSWER = {
    "classification": """    if not all(map(math.isfinite, values)):
        return None
    return CLASSES[max(range(len(values)), key=values.__getitem__)]
""",
    "regression": """    return dict(zip(TARGETS, values))
""",
}
_WORDS = {
    "classification": {
        "output": "class",
        "meaning": "the largest score decides",
        "names": "CLASSES",
        "what": "the class",
        "none": "; None where a score is not finite",
    },
    "regression": {
        "output": "target",
        "meaning": "the scores are the values",
        "names": "TARGETS",
        "what": "the value of every target",
        "none": "",
    },
}
_SCORES = '''
def scores_raw(raw):
    """Return the score of every {output} for one row as it stands in the data."""
{raw}

def scores_standardised(x):
    """Return the score of every {output} for one row of standardised features."""
{standardised}'''
_UNSTATED = "    return scores_standardised(standardise(raw))\n"
# Where `math` raises, numpy and the network go on with infinity or NaN.
_GUARD = """
def {name}({parameters}):
    try:
        return math.{function}({parameters})
{cases}
"""
_CASE = "    except {error}:\n        return {value}\n"
_CASES = {
    "exp": {"OverflowError": "math.inf"},
    "cosh": {"OverflowError": "math.inf"},
    "sinh": {"OverflowError": "math.copysign(math.inf, x)"},
    "log": {"ValueError": "-math.inf if x == 0 else math.nan"},
    "Pow": {
        "OverflowError": "math.copysign(math.inf, x) if n % 2 == 1 else math.inf",
        "ValueError": "math.inf if x == 0 else math.nan",
    },
}
_NAMES = {"Pow": "power", "Abs": "abs"}
_LANGUAGE = Language(repr, _NAMES)
_RAW = Language(repr, _NAMES, "raw")


def module(
    model: ExpressionSet,
    scaler_mean: Sequence[float],
    scaler_scale: Sequence[float],
    task: str = "classification",
) -> str:
    """Return the text of a module: scores and answers, of raw and of standardised features."""
    words = _WORDS[task]
    head = _HEAD.format(
        model=_plain(model.model),
        features=_listed(model.feature_names),
        classes=_listed(model.class_names),
        mean=_listed([float(value) for value in scaler_mean]),
        scale=_listed([float(value) for value in scaler_scale]),
        answer=_ANSWER[task],
        **words,
    )
    scores = _SCORES.format(
        output=words["output"],
        raw=_body(model.raw, _RAW) if model.raw else _UNSTATED,
        standardised=_body(model.expressions, _LANGUAGE),
    )
    return head + _guards((*model.expressions, *model.raw)) + scores


def _plain(text: str) -> str:
    """Keep a name from ending the docstring it stands in."""
    return "".join(character for character in text if character.isalnum() or character in "-_.+= ")


def _listed(values: Sequence[str | float]) -> str:
    return "[\n" + "".join(f"    {value!r},\n" for value in values) + "]"


def _guards(expressions: Sequence[Expression]) -> str:
    nodes = distinct(expressions)
    symbols = {node.symbol for node in nodes if isinstance(node, Apply)} - {"Add", "Mul", "Abs"}
    return "".join(_guard(symbol) for symbol in sorted(symbols))


def _guard(symbol: str) -> str:
    cases = _CASES.get(symbol, {"ValueError": "math.nan"})
    return _GUARD.format(
        name=_NAMES.get(symbol, symbol),
        function="pow" if symbol == "Pow" else symbol,
        parameters="x, n" if symbol == "Pow" else "x",
        cases="".join(_CASE.format(error=error, value=cases[error]) for error in sorted(cases)),
    )


def _body(expressions: Sequence[Expression], language: Language) -> str:
    written = source(expressions, language)
    lines = "".join(f"    {name} = {text}\n" for name, text in written.assignments)
    results = "".join(f"        {text},\n" for text in written.results)
    return f"{lines}    return [\n{results}    ]\n"
