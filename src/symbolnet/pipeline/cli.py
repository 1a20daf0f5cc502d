"""`python -m symbolnet <verb>`: one verb per stage or command, its options read off its function.

A stage is a module of `stages`, a command one of `commands` (for people, not for rules), each with
one function of the module's name. Parameters before `/` are positional, the others become
`--name VALUE`: `Path` and `list[Path]` files, `list[str]` texts, `bool` a flag, `spec: Model` a
JSON file. What the function returns, if anything, is the exit code.
"""

import argparse
import ast
import difflib
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path
from typing import Any, get_type_hints

from symbolnet.config import Settings, load_spec
from symbolnet.errors import InputError, ToolError
from symbolnet.extras import naming_extras

Function = Callable[..., int | None]


def verbs() -> list[str]:
    """Return the names of all stages."""
    return _modules("stages")


def commands() -> list[str]:
    """Return the names of all commands for people."""
    return _modules("commands")


def _modules(folder: str) -> list[str]:
    found = pkgutil.iter_modules([str(Path(__file__).with_name(folder))])
    return sorted(module.name for module in found)


def function_of(verb: str) -> Function:
    """Return the function of a stage or command."""
    package = "stages" if verb in verbs() else "commands"
    module = importlib.import_module(f"symbolnet.pipeline.{package}.{verb}")
    function: Function = getattr(module, verb)
    return function


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; a fault of the user's or of a tool is one line on stderr and exit code 1."""
    _print_every_letter()
    verb, rest = _verb(sys.argv[1:] if arguments is None else arguments)
    try:
        with naming_extras():
            function = function_of(verb)
            positional, named = _values(function, verb, rest)
            return function(*positional, **named) or 0
    except (InputError, ToolError) as error:
        print(f"symbolnet {verb}: {error}", file=sys.stderr)
        return 1


def _verb(arguments: list[str]) -> tuple[str, list[str]]:
    """Return the verb and what follows it; end with the list of them, or with one line."""
    verb, *rest = arguments or ["--help"]
    if verb in ("-h", "--help"):
        print(_overview())
        sys.exit(0)
    known = commands() + verbs()
    if verb not in known:
        near = difflib.get_close_matches(verb, known)
        meant = f", is {' or '.join(near)} meant?" if near else ""
        sys.exit(f"symbolnet: no verb {verb!r}{meant}; symbolnet --help lists them")
    return verb, rest


def _overview() -> str:
    """Return every verb with its line, those for people first."""
    parts = (
        ("For people:", "commands", commands()),
        ("For the workflow, which calls them job by job:", "stages", verbs()),
    )
    lines = [
        "usage: symbolnet VERB ...; symbolnet VERB --help tells the options of one",
        "",
        "From a table to compact formulas to audited FPGA firmware.",
    ]
    for title, folder, names in parts:
        lines += ["", title, *(f"  {name:<22}{_line(folder, name)}" for name in names)]
    return "\n".join(lines)


def _line(folder: str, verb: str) -> str:
    """Return the first line about a verb, read off its module, not imported: some take seconds."""
    tree = ast.parse(Path(__file__).with_name(folder).joinpath(f"{verb}.py").read_bytes())
    named = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == verb)
    return (ast.get_docstring(next(named)) or "").partition("\n")[0]


def _print_every_letter() -> None:
    """Print names that the terminal's encoding lacks as escapes, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _values(
    function: Function, verb: str, arguments: list[str]
) -> tuple[list[Any], dict[str, Any]]:
    """Return the positional and the named arguments of a call."""
    parser = argparse.ArgumentParser(prog=f"symbolnet {verb}", description=function.__doc__)
    parameters = _parameters(function)
    for parameter in parameters.values():
        _add(parser, parameter)
    named = {
        name: _parsed(parameters[name], value)
        for name, value in vars(parser.parse_args(arguments)).items()
    }
    return [named.pop(name) for name in parameters if _is_positional(parameters[name])], named


def _parameters(function: Function) -> dict[str, inspect.Parameter]:
    """Return the parameters with their types, without the marks of what is read and written."""
    hints, known = get_type_hints(function), inspect.signature(function).parameters
    return {name: one.replace(annotation=hints[name]) for name, one in known.items()}


def _is_positional(parameter: inspect.Parameter) -> bool:
    return parameter.kind is inspect.Parameter.POSITIONAL_ONLY


def _add(parser: argparse.ArgumentParser, parameter: inspect.Parameter) -> None:
    name, required = parameter.name, parameter.default is inspect.Parameter.empty
    paths = parameter.annotation in (list[Path], list[Path] | None)
    many = paths or parameter.annotation in (list[str], list[str] | None)
    kind = Path if paths or parameter.annotation in (Path, Path | None) else str
    count: dict[str, Any] = {"nargs": "+" if required else "*"} if many else {}
    default = {} if required else {"default": parameter.default}
    if _is_positional(parameter):
        single: dict[str, Any] = {} if required else {"nargs": "?"}
        parser.add_argument(name, type=kind, **(count or single), **default)
    elif parameter.annotation is bool:
        parser.add_argument(_flag(name), dest=name, action="store_true")
    else:
        parser.add_argument(
            _flag(name), dest=name, type=kind, required=required, **count, **default
        )


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _parsed(parameter: inspect.Parameter, value: Any) -> Any:
    model = parameter.annotation
    if isinstance(model, type) and issubclass(model, Settings):
        return load_spec(model, value)
    return value
