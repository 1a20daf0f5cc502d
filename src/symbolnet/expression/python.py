"""Expressions as a Python module that needs nothing but `math`."""

from collections import Counter
from collections.abc import Sequence

from symbolnet.expression.complexity import complexities
from symbolnet.expression.tree import Apply, Constant, Expression, ExpressionSet, Variable, distinct

_HEAD = '''"""Expressions of model {model}, one per class; the largest score decides."""

import math

FEATURES = {features}
CLASSES = {classes}
MEAN = {mean}
SCALE = {scale}


def predict_raw(raw):
    """Return the class of one row of raw features, in the order of FEATURES."""
    return predict(standardise(raw))


def predict(x):
    """Return the class of one row of standardised features."""
    values = scores(x)
    return CLASSES[max(range(len(values)), key=values.__getitem__)]


def standardise(raw):
    """Return (raw - MEAN) / SCALE."""
    return [(value - mean) / scale for value, mean, scale in zip(raw, MEAN, SCALE)]

'''
_SCORES = '''
def scores(x):
    """Return the score of every class for one row of standardised features."""
'''
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
_SHARED_SIZE = 4  # smaller subtrees are written out wherever they stand


def module(
    model: ExpressionSet, scaler_mean: Sequence[float], scaler_scale: Sequence[float]
) -> str:
    """Return the text of a module with `scores`, `predict` and `predict_raw`."""
    head = _HEAD.format(
        model=_plain(model.model),
        features=_listed(model.feature_names),
        classes=_listed(model.class_names),
        mean=_listed([float(value) for value in scaler_mean]),
        scale=_listed([float(value) for value in scaler_scale]),
    )
    return head + _guards(model.expressions) + _SCORES + _body(model.expressions)


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


def _body(expressions: Sequence[Expression]) -> str:
    texts: dict[Expression, str] = {}
    lines: list[str] = []
    shared = _shared(expressions)
    for node in distinct(expressions):
        texts[node] = _text(node, texts)
        if node in shared:
            name = f"h{len(lines)}"
            lines.append(f"    {name} = {texts[node]}\n")
            texts[node] = name
    results = "".join(f"        {texts[expression]},\n" for expression in expressions)
    return "".join(lines) + f"    return [\n{results}    ]\n"


def _shared(expressions: Sequence[Expression]) -> set[Expression]:
    nodes = distinct(expressions)
    uses = Counter(expressions)
    for node in nodes:
        uses.update(node.arguments if isinstance(node, Apply) else ())
    sizes = dict(zip(nodes, complexities(nodes), strict=True))
    return {node for node in nodes if uses[node] > 1 and sizes[node] >= _SHARED_SIZE}


def _text(node: Expression, texts: dict[Expression, str]) -> str:
    if isinstance(node, Constant):
        return repr(node.value)
    if isinstance(node, Variable):
        return f"x[{node.index}]"
    arguments = [texts[argument] for argument in node.arguments]
    if node.symbol == "Add":
        return " + ".join(arguments).replace("+ -", "- ")
    if node.symbol == "Mul":
        return _product(node, arguments)
    return f"{_NAMES.get(node.symbol, node.symbol)}({', '.join(arguments)})"


def _product(node: Apply, arguments: list[str]) -> str:
    factors = [
        f"({text})" if _needs_brackets(argument, text, place) else text
        for place, (argument, text) in enumerate(zip(node.arguments, arguments, strict=True))
    ]
    negated = node.arguments[0] == Constant(-1)
    return "-" + " * ".join(factors[1:]) if negated else " * ".join(factors)


def _needs_brackets(node: Expression, text: str, place: int) -> bool:
    is_sum = isinstance(node, Apply) and node.symbol == "Add" and not text.isidentifier()
    return is_sum or (place > 0 and text.startswith("-"))
