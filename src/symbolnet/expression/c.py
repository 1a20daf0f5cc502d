"""Expressions as one C99 file that needs nothing but math.h."""

import string
from collections.abc import Sequence

from symbolnet.expression.source import Language, source
from symbolnet.expression.tree import Expression, ExpressionSet

_FILE = """/* Expressions of model {model}, one per {output}. C99; compile with -lm. */
#include <math.h>

#define FEATURES {inputs}
#define OUTPUTS {outputs}

/* The order of the inputs and of the outputs. */
const char *const feature_names[FEATURES] = {features};
const char *const output_names[OUTPUTS] = {classes};

/* A standardised feature is (raw - mean) / scale. */
const double feature_mean[FEATURES] = {mean};
const double feature_scale[FEATURES] = {scale};

void standardise(const double raw[FEATURES], double x[FEATURES])
{{
    for (int i = 0; i < FEATURES; i++)
        x[i] = (raw[i] - feature_mean[i]) / feature_scale[i];
}}

/* {meaning} */
void scores(const double x[FEATURES], double y[OUTPUTS])
{{
{body}}}
{predict}"""
_PREDICT = """
/* The number of the class of one row of standardised features: the first of the largest score;
   -1 where a score is NaN or infinite. */
int predict(const double x[FEATURES])
{
    double y[OUTPUTS];
    int best = 0;
    scores(x, y);
    for (int k = 0; k < OUTPUTS; k++) {
        if (!isfinite(y[k]))
            return -1;
        if (y[k] > y[best])
            best = k;
    }
    return best;
}
"""
_WORDS = {
    "classification": ("class", "The score of every class for one row of standardised features."),
    "regression": ("target", "The value of every target for one row of standardised features."),
}


_PLAIN = string.ascii_letters + string.digits + " _-+.()"


def _number(value: int | float) -> str:
    """Write every number as a double, so that no product of integers can overflow."""
    return repr(float(value))


_LANGUAGE = Language(_number, {"Pow": "pow", "Abs": "fabs"})


def c_file(
    model: ExpressionSet,
    scaler_mean: Sequence[float],
    scaler_scale: Sequence[float],
    task: str = "classification",
) -> str:
    """Return the text of a C file with `standardise`, `scores` and, of classes, `predict`."""
    output, meaning = _WORDS[task]
    return _FILE.format(
        model="".join(c for c in model.model if c.isalnum() or c in "-_."),
        output=output,
        inputs=len(model.feature_names),
        outputs=len(model.class_names),
        features=_listed([_string(name) for name in model.feature_names]),
        classes=_listed([_string(name) for name in model.class_names]),
        mean=_listed([_number(value) for value in scaler_mean]),
        scale=_listed([_number(value) for value in scaler_scale]),
        meaning=meaning,
        body=_body(model.expressions),
        predict=_PREDICT if task == "classification" else "",
    )


def _body(expressions: Sequence[Expression]) -> str:
    written = source(expressions, _LANGUAGE)
    lines = [f"const double {name} = {text};" for name, text in written.assignments]
    lines += [f"y[{place}] = {text};" for place, text in enumerate(written.results)]
    unused = [] if any("x[" in line for line in lines) else ["(void)x;"]
    return "".join(f"    {line}\n" for line in [*unused, *lines])


def _listed(texts: Sequence[str]) -> str:
    return "{\n" + "".join(f"    {text},\n" for text in texts) + "}"


def _string(text: str) -> str:
    """Write a string literal; what is no plain character is the octal code of its bytes."""
    codes = (chr(b) if chr(b) in _PLAIN else f"\\{b:03o}" for b in text.encode())
    return '"' + "".join(codes) + '"'
