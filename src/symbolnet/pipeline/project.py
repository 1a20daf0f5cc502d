"""Where the workflow lies: in the project of a run, or with this package."""

from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[3]
_INSTALLED = Path(__file__).resolve().parents[1] / "project"


def snakefile(project: Path | None = None) -> Path | None:
    """Return the workflow's Snakefile: of a project, else of this checkout or an installation."""
    folders = [] if project is None else [project]
    for folder in (*folders, _CHECKOUT, _INSTALLED):
        if (folder / "Snakefile").is_file():
            return folder / "Snakefile"
    return None
