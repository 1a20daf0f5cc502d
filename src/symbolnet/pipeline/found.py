"""A finished run as a few lines for the console: its scores, formulas and LUTs, and the page."""

import re
import shutil
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from symbolnet.artifact import Record, read_json
from symbolnet.expression.store import load_expressions
from symbolnet.expression.text import texts
from symbolnet.expression.tree import ExpressionSet
from symbolnet.files import file_of

TOLD = "SYMBOLNET_TOLD"  # set where the caller of Snakemake says what was found
_WIDTH, _WIDEST = 100, 120  # of lines where there is no terminal; in a wide one
_MODELS = 3  # shown of each data set
_SHOWN = 10  # formulas of a model
_LINES = 3  # of a formula
_NAME = 58  # letters in front of a score
_HARD = "\0"  # a blank that no line is broken at


def found_lines(run: Path, choices: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield what results/<run> has found of its data sets, whose choices are given by name."""
    width = min(shutil.get_terminal_size((_WIDTH, 24)).columns, _WIDEST)
    summary = read_json(run / file_of("summary").format(scope=""))
    for about in (one for one in summary["datasets"] if one["name"] in choices):
        yield from _scores(about, summary)
        yield from _models(run, about, choices[about["name"]], summary, width)
    yield f"The page: {run / file_of('page').format(scope='')}"


def _scores(about: Record, summary: Record) -> Iterator[str]:
    """Yield the scores of the models without formulas."""
    word = "R2" if _measure(about) == "r2" else "accuracy"
    title = f"{about['name']}, {about['n_test']:,} test rows"
    yield f"{_padded(title)}{word}"
    for one in summary["references"]:
        if one["dataset"] == about["name"]:
            yield _row(one["model"].partition(";")[0], one, f"{_measure(about)}_test")


def _models(
    run: Path, about: Record, choices: Sequence[str], summary: Record, width: int
) -> Iterator[str]:
    """Yield the chosen models, the simplest first, in hardware where they went there."""
    name, score = about["name"], f"{_measure(about)}_test"
    scores = {one["id"]: one for one in summary["models"] if one["dataset"] == name}
    points = {one["choice"]: one for one in summary["firmware_front"].get(name, [])}
    for choice, model in _chosen(run / "firmware" / name, choices, scores):
        nodes = f"{scores[model.model]['complexity_mean']:.3g} nodes"
        yield _row(f"{choice}: formulas of {nodes}", scores[model.model], f"expression_{score}")
        if choice in points:
            yield _row(f"  in hardware: {points[choice]['lut']:,} LUTs", points[choice], score)
        yield from _formulas(model, width)


def _chosen(
    folder: Path, choices: Sequence[str], scores: Record
) -> list[tuple[str, ExpressionSet]]:
    """Return the models of some choices by complexity; of one that was chosen twice the first."""
    sets = {choice: load_expressions(folder / choice / file_of("chosen")) for choice in choices}
    first = {model.model: choice for choice, model in reversed(sets.items())}
    kept = [(choice, model) for choice, model in sets.items() if first[model.model] == choice]
    return sorted(kept, key=lambda one: scores[one[1].model]["complexity_mean"])[-_MODELS:]


def _formulas(model: ExpressionSet, width: int) -> Iterator[str]:
    """Yield the formulas, in the units of the data where these are stated."""
    written = texts(model.raw or model.expressions, model.feature_names)
    for name, text in list(zip(model.class_names, written, strict=True))[:_SHOWN]:
        yield from _wrapped(f"{name} = {text}", width)
    if len(written) > _SHOWN:
        yield f"    and {len(written) - _SHOWN} more"


def _wrapped(text: str, width: int) -> Iterator[str]:
    """Yield lines of a formula, its names whole: between backticks they may have blanks."""
    whole = re.sub(r"`[^`]*`", lambda name: name[0].replace(" ", _HARD), text)
    lines = textwrap.wrap(
        whole,
        width,
        initial_indent="    ",
        subsequent_indent="      ",
        max_lines=_LINES,
        placeholder=" ...",
        break_on_hyphens=False,
    )
    yield from (line.replace(_HARD, " ") for line in lines)


def _measure(about: Record) -> str:
    return "r2" if about["task"] == "regression" else "accuracy"


def _row(name: str, scores: Record, key: str) -> str:
    value = scores[key]
    percent = value is not None and "accuracy" in key
    written = f"{100 * value:.1f} %" if percent else "-" if value is None else f"{value:.4f}"
    return f"{_padded(f'  {name}')}{written}"


def _padded(text: str) -> str:
    return f"{text if len(text) < _NAME else text[: _NAME - 5] + '...':<{_NAME}}"
