"""The tutorial as a page: the notebook is executed, and its results stand below its code.

What was executed is kept in .cache/ for as long as neither the notebook nor the package changes.
"""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import nbformat
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from nbclient import NotebookClient
from traitlets.config import Config

_LOCAL = Config({"KernelManager": {"transport": "ipc"}})


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for every notebook."""
    root = Path(config.config_file_path).parent
    for path in sorted(Path(config.docs_dir).glob("*.ipynb")):
        content = "\n\n".join(_shown(_executed(path, root)))
        files.append(File.generated(config, f"{path.stem}.md", content=content))
    return files


def _executed(path: Path, root: Path) -> Any:
    sources = [path, *sorted((root / "src").rglob("*.py"))]
    digest = sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    kept = root / ".cache" / f"{path.stem}-{digest[:16]}.ipynb"
    if not kept.is_file():
        notebook = nbformat.read(path, 4)
        NotebookClient(notebook, timeout=600, kernel_name="python3", config=_LOCAL).execute()
        kept.parent.mkdir(exist_ok=True)
        nbformat.write(notebook, kept)
    return nbformat.read(kept, 4)


def _shown(notebook: Any) -> Iterator[str]:
    """Yield the cells of a notebook and their results as Markdown."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            yield cell.source
        else:
            yield f"```python\n{cell.source}\n```"
            yield from map(_result, cell.outputs)


def _result(output: Any) -> str:
    """Return a result: its HTML or picture where it has one, else its text."""
    data = output.get("data", {})
    if "text/html" in data:
        return f'<div class="result">{data["text/html"]}</div>'
    if "image/png" in data:
        source = f"data:image/png;base64,{data['image/png'].strip()}"
        return f'<img class="result" alt="{data["text/plain"]}" src="{source}">'
    return f"```text\n{(output.get('text') or data['text/plain']).rstrip()}\n```"
