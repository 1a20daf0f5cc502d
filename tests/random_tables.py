"""Random small tables as strangers bring them: odd names, labels and numbers, as the text of a CSV.

Everything derives from one seed. `Table.trouble` says what must be refused, in the words of the
refusal; a table without it must come through.
"""

import csv
import io
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

# What a name or a label may hold that some reader, language or shell takes for its own.
_ODD = list("abcxyzEeNn019_ .-+*/\\|<>=&%#$@!?^~()[]{}:;,'\"`τμΔηé漢字ß²∞→\u0301😀\u200f")
_WORDS = [
    *("mass", "multiplicity", "zlogz", "p1_2", "label", "class", "row", "0", "1", "1e5", "0x10"),
    *("None", "True", "False", "no", "yes", "null", "nan1", "inf1", "__proto__", "constructor"),
    *("x[0]", "%s", "{0}", "\\input", "${HOME}", "$(ls)", "<b>", "&amp;", "--help", "import"),
]
MISSING = ("", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "?", "-")
_MOST_COLUMNS, _LEAST_ROWS, _MOST_ROWS, _MOST_CLASSES = 30, 20, 500, 12


class Table(NamedTuple):
    """Header and cells (rows, columns) as texts; which column is the label; how it is written."""

    header: list[str]
    cells: list[list[str]]
    label: int
    task: str
    delimiter: str
    style: dict[str, object]
    trouble: str | None

    @property
    def names(self) -> list[str]:
        """Names of the inputs."""
        return [name for i, name in enumerate(self.header) if i != self.label]

    @property
    def labels(self) -> list[str]:
        """The label of every row, a whole number written as n or n.0 as n."""
        return [re.sub(r"^([+-]?\d+)\.0$", r"\1", row[self.label]) for row in self.cells]

    def inputs(self) -> np.ndarray:
        """Return the inputs (rows, inputs) as a reader of the file has them, in float64."""
        kept = [[c for i, c in enumerate(row) if i != self.label] for row in self.cells]
        return np.array(kept, dtype=np.float64)

    def write(self, path: Path) -> None:
        """Write the file."""
        text = io.StringIO()
        style = {"delimiter": self.delimiter, "lineterminator": "\n", **self.style}
        start = str(style.pop("start", ""))
        csv.writer(text, **style).writerows([self.header, *self.cells])  # type: ignore[arg-type]
        path.write_bytes((start + text.getvalue()).encode())


def random_table(seed: int) -> Table:
    """Return the table of a seed."""
    draw = np.random.default_rng([seed, 11])
    rows = int(np.exp(draw.uniform(np.log(_LEAST_ROWS), np.log(_MOST_ROWS))))
    width = int(np.exp(draw.uniform(0, np.log(_MOST_COLUMNS + 1))))
    z = draw.normal(size=(rows, width))
    signal = _signal(z, draw)
    task = "regression" if draw.random() < 0.3 else "classification"
    known = _quantity(signal, draw) if task == "regression" else _classes(signal, draw)
    columns = _columns(z, draw)
    trouble = _spoil(columns, known, task, draw)
    place = int(draw.integers(width + 1))
    columns.insert(place, known)
    header = _texts(width + 1, draw)
    cells = [list(row) for row in zip(*columns, strict=True)]
    return Table(header, cells, place, task, _delimiter(draw), _style(draw), trouble)


def _signal(z: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Return what decides (rows,): a sum, a product, a bump or a wave of few inputs, with noise."""
    first, second = (z[:, draw.integers(z.shape[1])] for _ in range(2))
    kinds = (first, first + second, first * second, np.exp(-(first**2)), np.sin(2 * first) + second)
    signal = kinds[int(draw.integers(len(kinds)))]
    return signal + draw.choice([0, 0.01, 0.3, 30]) * draw.normal(size=len(z))


def _quantity(signal: np.ndarray, draw: np.random.Generator) -> list[str]:
    """Write a quantity of any scale and offset; some as whole numbers, some with one huge value."""
    values = signal * 10 ** draw.uniform(-9, 9)
    values = values + draw.choice([0, 0, 1, 100, 1e5]) * np.ptp(values)
    if draw.random() < 0.2:
        values = np.round(values / np.ptp(values) * draw.integers(1, 50)) + draw.integers(0, 2)
    if draw.random() < 0.1:
        values[draw.integers(len(values))] *= 1e4
    return [repr(float(value)) for value in values]


def _classes(signal: np.ndarray, draw: np.random.Generator) -> list[str]:
    """Write classes: ranges of the signal, as even or as rare as it comes."""
    count = int(draw.integers(2, min(_MOST_CLASSES, max(2, len(signal) // 12)) + 1))
    even = draw.random() < 0.6
    shares = np.full(count, 1 / count) if even else draw.dirichlet(np.full(count, 2.0))
    least = 9  # rows of a class that every split gets some of
    ends = np.cumsum(least + (shares * (len(signal) - least * count)).astype(int))[:-1]
    order = np.argsort(np.argsort(signal, kind="stable"), kind="stable")
    names = _labels(count, draw)
    return [names[k] for k in np.searchsorted(ends, order, side="right")]


def _labels(count: int, draw: np.random.Generator) -> list[str]:
    kind = int(draw.integers(6))
    if kind == 0:
        return [str(k) for k in range(count)]
    if kind == 1:
        return [f"{k}.0" for k in draw.permutation(count)]
    if kind == 2:
        return [f"{10 * k}_{10 * k + 9}" for k in range(count)]
    if kind == 3:
        return ["0" * k + "1" for k in range(count)]
    if kind == 4:
        return [str(2**53 + k) for k in range(count)]
    return _texts(count, draw)


def _texts(count: int, draw: np.random.Generator) -> list[str]:
    """Return distinct names, plain ones and odd ones, none of them blank or a missing value."""
    names: list[str] = []
    while len(names) < count:
        name = _text(draw).strip()
        if name and name not in MISSING and name not in names:
            names.append(name)
    return names


def _text(draw: np.random.Generator) -> str:
    kind = draw.random()
    if kind < 0.3:
        return f"x{draw.integers(100)}"
    if kind < 0.5:
        return str(draw.choice(_WORDS))
    return "".join(draw.choice(_ODD, size=draw.integers(1, 12)))


def _columns(z: np.ndarray, draw: np.random.Generator) -> list[list[str]]:
    columns: list[list[str]] = []
    for place in range(z.shape[1]):
        values = _distorted(z[:, place], draw)
        if columns and draw.random() < 0.08:
            columns.append(list(columns[draw.integers(len(columns))]))  # a twin
        else:
            columns.append(_written(values, draw))
    return columns


def _distorted(z: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Return a column of any scale and offset, or one that few rows make difficult."""
    rows, one = len(z), draw.integers(len(z))
    kind = int(draw.integers(12))
    if kind == 0:
        return np.full(rows, draw.choice([0, 1, -3.7, 1e9]))
    if kind == 1:
        return np.where(draw.random(rows) < 0.02, -999.0, z)
    if kind == 2:
        return np.where(np.arange(rows) == one, z * 1e6 + 1e6, z)
    if kind == 3:
        return (np.arange(rows) == one).astype(float)
    if kind == 4:
        return np.round(3 * z)
    if kind == 5:
        return 1.7e9 + np.round(20 * z)
    if kind == 6:
        return (z > 0).astype(float)
    if kind == 7:
        return np.exp(4 * z)
    return z * 10 ** draw.uniform(-8, 8) + draw.choice([0, 0, 3, -1e4])


def _written(values: np.ndarray, draw: np.random.Generator) -> list[str]:
    kind = draw.random()
    if kind < 0.1:
        return [f"{value:.3e}" for value in values]
    if kind < 0.2:
        return [f" {float(value)!r} " for value in values]
    whole = (values == np.round(values)).all() and np.abs(values).max() < 2**53
    return [str(int(value)) if whole else repr(float(value)) for value in values]


def _spoil(
    columns: list[list[str]], known: list[str], task: str, draw: np.random.Generator
) -> str | None:
    """Put in what no table may hold, in some tables, and return a pattern of what is said of it."""
    kind, column = draw.random(), columns[draw.integers(len(columns))]
    row = draw.integers(len(column))
    if kind < 0.03:
        column[row] = str(draw.choice(MISSING))
        return "missing"
    if kind < 0.06:
        column[row] = _texts(1, draw)[0] + "!"
        return "numbers in the inputs"
    if kind < 0.08:
        known[row] = str(draw.choice(MISSING))
        return "missing"
    if kind < 0.1:
        column[row] = str(draw.choice(["inf", "-inf", "1e400"]))
        return "finite numbers"
    if kind < 0.12:
        known[:] = [known[0]] * len(known)
        return "a quantity that varies" if task == "regression" else "at least two classes"
    return None


def _delimiter(draw: np.random.Generator) -> str:
    return str(draw.choice([",", ",", ",", ";", "\t"]))


def _style(draw: np.random.Generator) -> dict[str, object]:
    style: dict[str, object] = {}
    if draw.random() < 0.3:
        style["quoting"] = csv.QUOTE_ALL
    if draw.random() < 0.2:
        style["lineterminator"] = "\r\n"
    if draw.random() < 0.1:
        style["start"] = "\ufeff"
    return style
