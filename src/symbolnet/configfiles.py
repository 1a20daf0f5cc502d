"""The config files of a command line, read before Snakemake does: a fault in one is one line.

Snakemake answers a missing file with a traceback, a malformed one without its name or line, and of
a key that is there twice it takes the last without a word.
"""

import argparse
import re
import sys
from pathlib import Path
from typing import Any

import yaml

from symbolnet.errors import InputError


def check_command_line() -> None:
    """End Snakemake with one line where a config file or a setting of its call is none."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--configfile", "--configfiles", nargs="*", action="extend", type=Path)
    parser.add_argument("--config", "-C", nargs="*", action="extend")
    given, _ = parser.parse_known_args(sys.argv[1:])
    try:
        for path in given.configfile or ():
            check_file(path)
        for setting in given.config or ():
            _check_setting(setting)
    except InputError as fault:
        sys.exit(f"symbolnet: {fault}")


def check_file(path: Path) -> None:
    """Raise InputError where a file is not YAML (or JSON) with keys, each of them once."""
    try:
        with open(path, encoding="utf-8") as stream:
            value = yaml.load(stream, _Once)
    except OSError as error:
        do = "check the path after --configfile, seen from the folder that snakemake is called in"
        raise InputError(f"a config file {path}", str(error.strerror), do) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        found = f"{path}: {' '.join(str(error).split())}"
        raise InputError("a config file in YAML", found, "correct it there") from None
    if not isinstance(value, dict):
        found = f"{path}, which is {'empty' if value is None else f'a {type(value).__name__}'}"
        raise InputError("a config file of keys, `run: name` and so on", found, "add keys to it")


def _check_setting(setting: str) -> None:
    if not re.match(r"[A-Za-z_]\w+=", setting):
        do = "give --config KEY=VALUE, in quotes where the value has blanks or signs"
        raise InputError("a key and a value", repr(setting), do)


class _Once(yaml.SafeLoader):
    """A loader that refuses a key that is there twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                problem = f"the key {key.value!r} is there twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)
