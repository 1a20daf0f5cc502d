"""Expressions as one C99 file that needs nothing but math.h."""

import string
from collections.abc import Sequence

from symbolnet.expression.export.source import Language, source
from symbolnet.expression.tree import Expression, ExpressionSet

_FILE = """/* Expressions of model {model}, one per {output}. C99; compile with -lm.
   What ends in _raw takes a row as it stands in the data, in the order of feature_names; what ends
   in _standardised takes (raw - mean) / scale, as the firmware does. */
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

/* {meaning} of standardised features. */
void scores_standardised(const double x[FEATURES], double y[OUTPUTS])
{{
{body}}}

/* {meaning} as it stands in the data. */
void scores_raw(const double raw[FEATURES], double y[OUTPUTS])
{{
{raw}}}
{predict}"""
_PREDICT = """
/* The number of the class: the first of the largest score; -1 where one is NaN or infinite. */
static int largest(const double y[OUTPUTS])
{
    int best = 0;
    for (int k = 0; k < OUTPUTS; k++) {
        if (!isfinite(y[k]))
            return -1;
        if (y[k] > y[best])
            best = k;
    }
    return best;
}

int predict_raw(const double raw[FEATURES])
{
    double y[OUTPUTS];
    scores_raw(raw, y);
    return largest(y);
}

int predict_standardised(const double x[FEATURES])
{
    double y[OUTPUTS];
    scores_standardised(x, y);
    return largest(y);
}
"""
_UNSTATED = """    double x[FEATURES];
    standardise(raw, x);
    scores_standardised(x, y);
"""
_WORDS = {
    "classification": ("class", "The score of every class for one row"),
    "regression": ("target", "The value of every target for one row"),
}


_PLAIN = string.ascii_letters + string.digits + " _-+.()"


def _number(value: int | float) -> str:
    """Write every number as a double, so that no product of integers can overflow."""
    return repr(float(value))


_NAMES = {"Pow": "pow", "Abs": "fabs"}
_LANGUAGE = Language(_number, _NAMES)
_RAW = Language(_number, _NAMES, "raw")


def c_file(
    model: ExpressionSet,
    scaler_mean: Sequence[float],
    scaler_scale: Sequence[float],
    task: str = "classification",
) -> str:
    """Return the text of a C file: scores and classes, of raw and of standardised features."""
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
        raw=_body(model.raw, _RAW) if model.raw else _UNSTATED,
        body=_body(model.expressions, _LANGUAGE),
        predict=_PREDICT if task == "classification" else "",
    )


def _body(expressions: Sequence[Expression], language: Language) -> str:
    written = source(expressions, language)
    lines = [f"const double {name} = {text};" for name, text in written.assignments]
    lines += [f"y[{place}] = {text};" for place, text in enumerate(written.results)]
    name = language.inputs
    unused = [] if any(f"{name}[" in line for line in lines) else [f"(void){name};"]
    return "".join(f"    {line}\n" for line in [*unused, *lines])


def _listed(texts: Sequence[str]) -> str:
    return "{\n" + "".join(f"    {text},\n" for text in texts) + "}"


def _string(text: str) -> str:
    """Write a string literal; what is no plain character is the octal code of its bytes."""
    codes = (chr(b) if chr(b) in _PLAIN else f"\\{b:03o}" for b in text.encode())
    return '"' + "".join(codes) + '"'
