"""`python -m symbolnet <verb>`: one verb per stage, its options read off the stage function.

A stage is a module of `symbolnet.stages` with one function of the module's name. Its parameters
annotated `Path` or `list[Path]` become `--name FILE...`, and `spec: Model` becomes `--spec JSON`.
"""

import argparse
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import symbolnet.stages
from symbolnet.config import Settings, load_spec
from symbolnet.errors import InputError, ToolError


def verbs() -> list[str]:
    """Return the names of all stages."""
    return sorted(module.name for module in pkgutil.iter_modules(symbolnet.stages.__path__))


def stage(verb: str) -> Callable[..., None]:
    """Return the function of a stage."""
    return getattr(importlib.import_module(f"symbolnet.stages.{verb}"), verb)


def main(arguments: list[str] | None = None) -> int:
    """Run one stage; a fault of the user's or of a tool is one line on stderr and exit code 1."""
    parser = argparse.ArgumentParser(prog="symbolnet", description="Stages, one verb each.")
    parser.add_argument("verb", choices=verbs())
    verb, rest = parser.parse_known_args(_head(arguments))[0].verb, _tail(arguments)
    try:
        function = stage(verb)
        function(**_values(function, verb, rest))
    except (InputError, ToolError) as error:
        print(f"symbolnet {verb}: {error}", file=sys.stderr)
        return 1
    return 0


def _head(arguments: list[str] | None) -> list[str]:
    return (sys.argv[1:] if arguments is None else arguments)[:1]


def _tail(arguments: list[str] | None) -> list[str]:
    return (sys.argv[1:] if arguments is None else arguments)[1:]


def _values(function: Callable[..., None], verb: str, arguments: list[str]) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog=f"symbolnet {verb}", description=function.__doc__)
    signature = inspect.signature(function)
    for name, parameter in signature.parameters.items():
        parser.add_argument(f"--{name.replace('_', '-')}", dest=name, **_option(parameter))
    values = vars(parser.parse_args(arguments))
    return {name: _parsed(signature.parameters[name], value) for name, value in values.items()}


def _option(parameter: inspect.Parameter) -> dict[str, Any]:
    required = parameter.default is inspect.Parameter.empty
    default = {} if required else {"default": parameter.default}
    if parameter.annotation in (list[Path], list[Path] | None):
        return {"required": required, "type": Path, "nargs": "+" if required else "*", **default}
    if parameter.annotation in (Path, Path | None):
        return {"required": required, "type": Path, **default}
    return {"required": required, "type": str, **default}


def _parsed(parameter: inspect.Parameter, value: Any) -> Any:
    model = parameter.annotation
    if isinstance(model, type) and issubclass(model, Settings):
        return load_spec(model, value)
    return value
