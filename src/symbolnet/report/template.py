"""The templates of the pages, and how they are filled in."""

from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any

import jinja2


def environment(filters: Mapping[str, Callable[..., Any]]) -> jinja2.Environment:
    """Return what templates are filled in by: text is escaped, an unknown name is a fault."""
    found = jinja2.Environment(
        loader=jinja2.FunctionLoader(text_of),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(filters)
    return found


def text_of(name: str) -> str:
    """Return a template, or what goes into a page as it is."""
    folder = resources.files("symbolnet") / "report" / "templates"
    return (folder / name).read_text(encoding="utf-8")
