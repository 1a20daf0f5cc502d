"""Reads settings; every fault at once, with its dotted path."""

import difflib
from typing import Any

from pydantic import BaseModel, ValidationError

from symbolnet.config.base import S
from symbolnet.config.run import Config
from symbolnet.errors import InputError


def load_config(values: dict[str, Any]) -> Config:
    """Check a whole config; raise InputError listing every fault with its dotted path."""
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise _fault("a valid config", Config, error) from None


def load_spec(model: type[S], text: str) -> S:
    """Parse the JSON settings of one stage."""
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise _fault("settings of one stage as JSON", model, error) from None


def _fault(expected: str, model: type[BaseModel], error: ValidationError) -> InputError:
    lines = [_line(model, dict(fault)) for fault in error.errors()]
    found = lines[0] if len(lines) == 1 else "".join(f"\n  {line}" for line in lines) + "\n"
    return InputError(expected, found, "correct it (config/README.md explains every key)")


def _line(model: type[BaseModel], fault: dict[str, Any]) -> str:
    path = ".".join(_keys_to(fault["loc"])) or "config"
    message = str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        known = sorted(_keys(model))
        near = difflib.get_close_matches(str(fault["loc"][-1]), known, n=1)
        return f"{path}: unknown key" + (f", did you mean {near[0]!r}?" if near else "")
    if fault["type"] == "string_type" and not isinstance(fault["input"], dict | list):
        made = f"{fault['input']!r}, which YAML made of a text like {_like(fault['input'])}"
        return f"{path.removesuffix('.[key]')}: expected a text; found {made}: put it in quotes"
    given = "" if fault["type"] == "missing" else f" (got {str(fault['input'])[:80]!r})"
    return f"{path}: {message}{given}"


def _like(value: Any) -> str:
    """Return what may stand in the file where YAML reads a value that is no text."""
    if isinstance(value, bool):
        return "yes, on or true" if value else "no, off or false"
    return "null or ~, or of nothing" if value is None else str(value)


def _keys_to(location: tuple[str | int, ...]) -> list[str]:
    """The keys that lead to a fault, without the kind of definition that pydantic adds."""
    kinds = [2] if location[:1] in (("data",), ("training",)) else []
    return [str(part) for i, part in enumerate(location) if i not in kinds]


def _keys(model: type[BaseModel]) -> set[str]:
    """Every key of a settings model and of the models inside it."""
    schema = model.model_json_schema()
    blocks = [schema, *schema.get("$defs", {}).values()]
    return {key for block in blocks for key in block.get("properties", {})}
