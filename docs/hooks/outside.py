"""Pages and files of the repository outside docs/ as part of the site, and the links to them.

README.md is its first page and config/README.md a page of it. Any other file that a page links to
is carried along below `files/`. So a link is right in the repository and on the site.
"""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

_PAGES = {"README.md": "index.md", "config/README.md": "config.md"}
_LINK = re.compile(r"\[(?P<text>[^]\[]*)\]\((?![a-z]+:|#)(?P<path>[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages, and the files that they and those of docs/ link to."""
    root = Path(config.config_file_path).parent
    for path, page in _PAGES.items():
        files.append(File.generated(config, page, content=(root / path).read_text("utf-8")))
    for page in files.documentation_pages():
        for link in _LINK.finditer(page.content_string):
            path = _in_repository(page.src_uri, link["path"])
            uri = _on_site(path)
            if (root / path).is_file() and files.get_file_from_path(uri) is None:
                files.append(File.generated(config, uri, content=(root / path).read_bytes()))
    return files


def on_page_markdown(markdown: str, page: Any, config: MkDocsConfig, **_more: Any) -> str:
    """Turn the links of a page from the layout of the repository to that of the site."""
    here, titles = page.file.src_uri, dict(_titles(config.nav))

    def turned(link: re.Match[str]) -> str:
        uri = _on_site(_in_repository(here, link["path"]))
        text = titles.get(uri, link["text"]) if link["text"] == link["path"] else link["text"]
        return f"[{text}]({relpath(uri, PurePosixPath(here).parent)}{link['anchor'] or ''})"

    return _LINK.sub(turned, markdown)


def _titles(nav: Any) -> Iterator[tuple[str, str]]:
    """Yield the page and the title of each entry of the navigation."""
    for entry in nav:
        for title, where in entry.items():
            yield from _titles(where) if isinstance(where, list) else [(where, title)]


def _in_repository(page: str, link: str) -> str:
    """Return what a link of a page means, seen from the root of the repository."""
    source = next((path for path, uri in _PAGES.items() if uri == page), f"docs/{page}")
    return normpath(PurePosixPath(source).parent / link)


def _on_site(path: str) -> str:
    """Return where a file of the repository lies on the site."""
    if path in _PAGES:
        return _PAGES[path]
    if path.startswith("docs/"):
        return re.sub(r"\.ipynb$", ".md", path.removeprefix("docs/"))
    return f"files/{path}"
