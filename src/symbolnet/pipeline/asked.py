"""A table and a few words about it to the config of a run that they stand for.

All that a person may get wrong is looked at here, in the words of the command line.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from os.path import relpath
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from symbolnet.config import NAME, Split, TableColumns, load_config
from symbolnet.data.dataset import TASKS
from symbolnet.data.readers.columns import header, input_names, read_columns
from symbolnet.errors import InputError

TRAINING = "symbolnet"
# Data sets that every run defines: keys of one that is called so would be mixed with theirs.
DEFINED = ("jets", "digits", "mnist", "svhn", "svhn_0_1", "svhn_3_8", "svhn_rgb")
_ENDINGS = re.compile(r"(\.csv|\.parquet|\.pq|\.root)(\.gz)?$", re.IGNORECASE)
_DELIMITERS = ",;\t|"
_WIDE = 64  # inputs; formulas of more need more nodes (docs/symbolnet.md)
_BUDGETS = {False: (30.0, 60.0), True: (100.0, 150.0)}
_SPLIT = {"test_fraction": 0.25, "validation_fraction": 0.2}
# What messages about a config say, as options.
_WORDS = {
    "set `task: regression`": "say --task regression",
    "name another as `label`": "name another with --label",
    "name another column as `label`": "name another column with --label",
    "correct `label` in the config": "correct --label",
    "correct `drop` in the config": "correct --drop",
    "correct `keep` in the config": "correct --inputs",
    "under `drop`": "after --drop",
    "`drop`": "--drop",
    "name one of them as `tree`": "name one of them with --tree",
    "check the file, and the names in the config": "correct the name",
    "check the path and `data_dir`": "check the path",
}


class Asked(NamedTuple):
    """A table, what it is to be used for, and how long to search.

    `firmware` holds what hardware is asked to keep to, `luts` or `tolerance`; None asks for none.
    """

    table: Path
    label: str
    task: str = "classification"
    inputs: Sequence[str] = ()
    drop: Sequence[str] = ()
    budgets: Sequence[float] = ()
    firmware: Mapping[str, float] | None = None
    effort: float = 0.3
    name: str = ""
    tree: str = ""


def config_of(asked: Asked, folder: Path) -> dict[str, Any]:
    """Return the config, for a run in a folder, of a table that was read and found to be one.

    Raises InputError, in terms of the command line, on what is no table, column or number.
    """
    data = _data(asked)
    names = _in_words(asked.table, data)
    name = run_name(asked)
    dataset = f"{name}_table" if name in DEFINED else name
    budgets = sorted(map(_plain, asked.budgets or _BUDGETS[len(names) > _WIDE]))
    choices, hardware = _choices(asked, budgets), _hardware(asked)
    config = {
        "run": name,
        "data_dir": relpath(asked.table.resolve().parent, folder.resolve()),
        "datasets": [dataset],
        "train": [TRAINING],
        "choose": [] if asked.firmware is None else list(choices),
        "peers": [],
        "references": ["linear", "boosted"],
        "data": {dataset: data.model_dump(exclude_unset=True)},
        "training": {TRAINING: {"seeds": [0, 1], "effort": asked.effort, "budgets": budgets}},
        "choices": choices,
        "report": {"budgets": list(budgets)},  # one of its own: YAML would write a reference
        **({"firmware": hardware} if hardware else {}),
    }
    load_config(config)
    return config


def _plain(number: float) -> float:
    return int(number) if number == int(number) else number


def run_name(asked: Asked) -> str:
    """Return what a run is called: as asked, or after its table."""
    if asked.name and not re.fullmatch(NAME, asked.name):
        do = "give --name another"
        raise InputError("a name of letters, digits and _ for the run", repr(asked.name), do)
    return (
        asked.name
        or re.sub(r"\W+", "_", _ENDINGS.sub("", asked.table.name), flags=re.ASCII)[:50]
        or "table"
    )


def _choices(asked: Asked, budgets: Sequence[float]) -> dict[str, dict[str, Any]]:
    """Return a choice for each complexity; where LUTs are counted, the one that fits them."""
    luts = (asked.firmware or {}).get("luts")
    if luts is not None:
        limits = {"complexity_max": budgets[-1], "lut_max": int(luts)}
        return {f"lut{luts:.0f}": {"training": TRAINING, **limits}}
    return {f"c{most:g}": {"training": TRAINING, "complexity_max": most} for most in budgets}


def _hardware(asked: Asked) -> dict[str, Any]:
    tolerance = (asked.firmware or {}).get("tolerance")
    return {} if tolerance is None else {"search": {"tolerance": tolerance}}


def _data(asked: Asked) -> TableColumns:
    """Return the settings of the table, the sign between its values read off its first line."""
    if not asked.table.is_file():
        raise InputError(f"a table {asked.table}", _neighbours(asked.table), "correct the path")
    given: dict[str, Any] = {"train": asked.table.name, "label": asked.label, "task": asked.task}
    if asked.task not in TASKS:
        raise InputError(f"--task {' or '.join(TASKS)}", repr(asked.task), "correct it")
    if asked.inputs and asked.drop:
        raise InputError("--inputs or --drop", "both", "give one of them")
    given |= {"keep": list(asked.inputs)} if asked.inputs else {}
    given |= {"drop": list(asked.drop)} if asked.drop else {}
    given |= {"tree": asked.tree} if asked.tree else {}
    try:
        settings = TableColumns(source="table", **given, split=Split(**_SPLIT))
    except ValidationError as error:
        found = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise InputError("options that fit", found, "correct them") from None
    delimiter = _delimiter(asked.table, settings)
    return settings if delimiter == "," else settings.model_copy(update={"delimiter": delimiter})


def _delimiter(table: Path, settings: TableColumns) -> str:
    """Return the sign that divides the names of the columns; a comma where none does."""
    for sign in _DELIMITERS if ".csv" in table.suffixes else ():
        try:
            names = header(table, settings.model_copy(update={"delimiter": sign}))
        except InputError:
            continue
        if len(names) > 1:
            return sign
    return _DELIMITERS[0]


def _in_words(table: Path, data: TableColumns) -> tuple[str, ...]:
    """Return the names of the inputs of a table that can be read as asked."""
    try:
        names = input_names(table, data)
        read_columns(table, data)
    except InputError as fault:
        raise InputError(*map(_as_options, fault.parts)) from None
    return names


def _as_options(text: str) -> str:
    """Return a part of a message about a config in the words of the command line."""
    for ours, theirs in _WORDS.items():
        text = text.replace(ours, theirs)
    return text


def _neighbours(table: Path) -> str:
    if table.is_dir():
        return "a folder of that name"
    if not table.parent.is_dir():
        return f"no folder {table.parent}"
    near = difflib.get_close_matches(table.name, [one.name for one in table.parent.iterdir()])
    return f"none; near: {', '.join(near)}" if near else "none"
