"""Links of the repository's own pages: every file is there, and every heading that is linked to."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent
_PAGES = [_ROOT / "README.md", *sorted(_ROOT.glob("*/*.md")), *sorted(_ROOT.glob("docs/*.ipynb"))]
_LINK = re.compile(r"\]\((?![a-z]+:)([^)\s#]*)(?:#([^)\s]+))?\)")


def text_of(page: Path) -> str:
    """Markdown of a page or a notebook, without its code."""
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> Iterator[str]:
    """Anchors of a page's headings, as GitHub and the site make them."""
    for heading in re.findall(r"^#+ (.*)$", text_of(page), flags=re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: str(page.relative_to(_ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = _LINK.findall(text_of(page))
    for path, anchor in links:
        target = (page.parent / path) if path else page
        assert target.exists(), f"{page.name} links to {path}, which is not there"
        if anchor:
            assert anchor in set(anchors(target)), f"{page.name} links to {path}#{anchor}"


def test_pages_do_link() -> None:
    assert sum(len(_LINK.findall(text_of(page))) for page in _PAGES) > 20


def test_every_page_is_in_the_navigation_of_the_site() -> None:
    listed = set(re.findall(r"^ +- .*: (\S+)\.md$", (_ROOT / "mkdocs.yml").read_text(), re.M))
    assert {path.stem for path in _ROOT.glob("docs/*.md")} < listed
