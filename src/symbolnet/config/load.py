"""Reads settings; every fault at once, with its dotted path."""

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from symbolnet.config.base import S, Settings
from symbolnet.config.run import Config
from symbolnet.config.training import PaperTraining, SymbolNetTraining
from symbolnet.errors import InputError

_SPEC = "settings of one stage as JSON"


def load_config(values: dict[str, Any]) -> Config:
    """Check a whole config; raise InputError listing every fault with its dotted path."""
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise _fault("a valid config", Config, error) from None


def load_spec(model: type[S], given: str) -> S:
    """Read the settings of one stage: a JSON file, or the JSON itself, which starts with `{`.

    A command line has too little room for some settings, as a list of thousands of columns.
    """
    try:
        return model.model_validate_json(given if given.startswith("{") else _read(Path(given)))
    except ValidationError as error:
        raise _fault(_SPEC, model, error) from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        do = "name a file, or give JSON that starts with {"
        raise InputError(_SPEC, f"{path}: {error.strerror}", do) from None


def _fault(expected: str, model: type[BaseModel], error: ValidationError) -> InputError:
    lines = [_line(model, dict(fault)) for fault in error.errors()]
    found = lines[0] if len(lines) == 1 else "".join(f"\n  {line}" for line in lines) + "\n"
    return InputError(expected, found, "correct it (config/README.md explains every key)")


def _line(model: type[BaseModel], fault: dict[str, Any]) -> str:
    path = ".".join(_keys_to(fault["loc"]))
    untold = not fault["loc"] or fault["type"] in ("missing", "extra_forbidden", "string_type")
    given = "" if untold else f" (got {repr(fault['input'])[:80]})"
    return f"{path}: {_message(model, fault)}{given}".removeprefix(": ")


def _message(model: type[BaseModel], fault: dict[str, Any]) -> str:
    """Say what is wrong, in words of the config where pydantic's do not help."""
    message = str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        if fault["loc"][:1] == ("training",) and len(fault["loc"]) == 4:
            return f"no key of `method: {fault['loc'][2]}`" + _of_the_other(fault["loc"])
        return "unknown key" + _near(fault["loc"][-1], _keys(model))
    if fault["type"] == "string_type" and not isinstance(fault["input"], dict | list):
        found = f"{fault['input']!r}, {_taken(fault['input'])}"
        return f"expected a text; found {found}: put it in quotes"
    if fault["type"] == "union_tag_not_found":
        return f"the key {fault['ctx']['discriminator']} is missing"
    return message


def _of_the_other(location: tuple[str | int, ...]) -> str:
    """Say where a key of a training belongs, or what it looks like."""
    _, _, method, key = location
    methods: dict[str, type[Settings]]
    methods = {"symbolnet": SymbolNetTraining, "paper": PaperTraining}
    other = next(name for name in methods if name != method)
    if key in methods[other].model_fields:
        return f"; it is one of `method: {other}`"
    return _near(key, methods[str(method)].model_fields)


def _near(key: str | int, known: Iterable[str]) -> str:
    """Ask for the known key that is most like an unknown one, if one is like it."""
    near = difflib.get_close_matches(str(key), sorted(known), n=1)
    return f", did you mean {near[0]!r}?" if near else ""


def _taken(value: Any) -> str:
    """Say why YAML reads something that is no text."""
    if isinstance(value, bool):
        return f"which YAML makes of {'yes, on and true' if value else 'no, off and false'}"
    if value is None:
        return "which YAML makes of null, ~ and of nothing"
    number = isinstance(value, int | float)
    return "a number to YAML (18_25 is 1825, 010 is 8)" if number else "which YAML takes for a date"


def _keys_to(location: tuple[str | int, ...]) -> list[str]:
    """The keys that lead to a fault, without the kind of definition that pydantic adds."""
    kinds = [2] if location[:1] in (("data",), ("training",)) else []
    keys = [str(part) for i, part in enumerate(location) if i not in kinds]
    return [key if key.isprintable() else repr(key) for key in keys if key != "[key]"]


def _keys(model: type[BaseModel]) -> set[str]:
    """Every key of a settings model and of the models inside it."""
    schema = model.model_json_schema()
    blocks = [schema, *schema.get("$defs", {}).values()]
    return {key for block in blocks for key in block.get("properties", {})}
