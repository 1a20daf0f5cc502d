"""Formulas that a run is given, read before its first job by the names that are known by then."""

from collections.abc import Sequence
from pathlib import Path

from symbolnet.config import (
    FEATURES,
    Config,
    DataSettings,
    GeneratedJets,
    OfficialJets,
    RootJets,
    TableColumns,
)
from symbolnet.config.sources import classes_of
from symbolnet.data.sources import Part
from symbolnet.errors import InputError
from symbolnet.expression.given import read_models
from symbolnet.files import formula_file


def check_formulas(config: Config, dataset: str, parts: Sequence[Part]) -> None:
    """Raise InputError where formulas of a data set cannot be read, or are not as many as asked."""
    data = config.data[dataset]
    for choice in config.selected("choose", dataset):
        file = formula_file(config, choice)
        if file is not None:
            try:
                read_models(file, _inputs(data, parts), _outputs(data))
            except InputError as fault:
                raise InputError(*fault.parts[:2], f"{fault.parts[2]} ({file})") from None


def _inputs(data: DataSettings, parts: Sequence[Part]) -> Sequence[str] | None:
    """Return the names of the inputs; None of images, whose size is in their files."""
    if isinstance(data, GeneratedJets | OfficialJets | RootJets):
        return FEATURES
    path: Path | None = next((one.path for one in parts if one.split == "train"), None)
    if not isinstance(data, TableColumns) or path is None:
        return None
    from symbolnet.data.readers.columns import input_names  # pyarrow loads slowly

    return input_names(path, data)


def _outputs(data: DataSettings) -> Sequence[str] | None:
    """Return the names of the classes or the quantity; None where the rows alone tell them."""
    if isinstance(data, TableColumns) and data.task == "regression":
        return (data.label,)
    return classes_of(data)
