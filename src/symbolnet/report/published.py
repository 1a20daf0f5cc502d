"""Published results that the page shows beside ours, each with its source.

Nothing here was measured by this project. The points were read off figures (to about 0.001) or
copied from tables; data, splits, parts and tools differ from ours as each source says.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

_PAPER = "arXiv:2401.09949, MLST 6 (2025) 015021"
_JETS_DATA = "OpenML 42468, 16 features"


class Curve(NamedTuple):
    """Accuracy against mean complexity of one method; `read` says how exact the points are."""

    method: str
    source: str
    data: str
    read: str
    points: tuple[tuple[float, float], ...]


class Design(NamedTuple):
    """One published FPGA design on the jets; null where its authors give no figure."""

    method: str
    accuracy: float | None
    lut: int
    ff: int | None
    dsp: int
    latency_ns: float | None
    part: str
    source: str


class ByClass(NamedTuple):
    """Complexity, where given, and area under the ROC curve of each class of a model."""

    method: str
    source: str
    classes: tuple[str, ...]
    complexity: tuple[int, ...] | None
    auc: tuple[float, ...]


_CURVES = (
    Curve(
        "SymbolNet",
        _PAPER,
        _JETS_DATA,
        "read off the paper's figure, ±0.001",
        (
            (5, 0.453), (9, 0.558), (13, 0.701), (16, 0.710), (21, 0.705), (27, 0.709),
            (49, 0.715), (60, 0.719), (74, 0.712), (105, 0.719), (137, 0.723),
        ),
    ),
    Curve(
        "PySR (genetic programming)",
        _PAPER,
        _JETS_DATA,
        "read off the paper's figure, ±0.001; at 20 and 27 by eye",
        (
            (7, 0.500), (10, 0.591), (14, 0.660), (17, 0.680), (20, 0.70), (27, 0.705),
            (37, 0.710), (44, 0.716), (53, 0.719), (70, 0.717), (97, 0.720),
        ),
    ),
    Curve(
        "EQL with multistage pruning",
        _PAPER,
        _JETS_DATA,
        "read off the paper's figure, ±0.001; at 8 by eye",
        (
            (5, 0.346), (8, 0.45), (20, 0.595), (27, 0.668), (32, 0.692), (47, 0.687),
            (59, 0.703), (68, 0.697), (91, 0.705), (109, 0.702), (151, 0.704),
        ),
    ),
)  # fmt: skip

_DIGITS_DATA = "MNIST, 60,000 + 10,000 images"
_DIGITS = (
    Curve(
        "SymbolNet",
        "the authors' notebook; at 300 a second-hand summary of the paper",
        _DIGITS_DATA,
        "printed by the notebook; at 300 about",
        ((142.7, 0.848), (300, 0.90)),
    ),
)

_DIGITS_BY_CLASS = (
    ByClass(
        "SymbolNet, its ten expressions",
        _PAPER,
        tuple("0123456789"),
        (129, 91, 58, 56, 141, 79, 89, 68, 55, 136),
        (0.993, 0.995, 0.966, 0.907, 0.980, 0.928, 0.975, 0.968, 0.924, 0.926),
    ),
)
_TAGGERS = "arXiv:2305.04099, its figures"
_JETS_BY_CLASS = (
    ByClass("PySR", _TAGGERS, tuple("gqtwz"), None, (0.906, 0.865, 0.929, 0.928, 0.915)),
    ByClass("quantised MLP", _TAGGERS, tuple("gqtwz"), None, (0.942, 0.908, 0.964, 0.954, 0.950)),
)

_OPENML = "OpenML 42468; post-route out of context or HLS estimate, as its authors count"
_PYSR = "arXiv:2305.04099; HLS C-synthesis estimate of a licensed tool, 5 ns clock, 12 bits"
_DESIGNS = (
    Design("PySR c80, functions as tables", None, 1400, None, 20, 20.0, "vu9p", _PYSR),
    Design("PySR c40, functions as tables", None, 770, None, 12, 10.0, "vu9p", _PYSR),
    Design("PySR c20, functions as tables", None, 470, None, 3, 5.0, "vu9p", _PYSR),
    Design("hls4ml MLP", 0.762, 63251, 4394, 38, 45.0, "vu9p", _OPENML),
    Design("da4ml on an HGQ MLP", 0.769, 12250, 1502, 0, 18.9, "vu13p", _OPENML),
    Design("DWN large, encoder in", 0.763, 7011, 961, 0, 2.1, "vu9p", _OPENML),
    Design("NeuraLUT-Assemble", 0.760, 1780, 540, 0, 2.1, "vu9p", _OPENML),
    Design("KANELE [16,8,5], 6-7 bits", 0.760, 1232, 900, 0, 7.1, "vu9p", _OPENML),
    Design("FQTree (boosted trees)", 0.757, 1652, None, 0, 4.0, "vu13p", _OPENML),
    Design("TreeLUT I", 0.756, 2234, 347, 0, 2.7, "vu9p", _OPENML),
    Design("FQTree, smaller", 0.748, 548, None, 0, 2.0, "vu13p", _OPENML),
    Design("TreeLUT II", 0.746, 796, 74, 0, 1.1, "vu9p", _OPENML),
    Design("DWN small, encoder in", 0.740, 311, 52, 0, 2.0, "vu9p", _OPENML),
    Design("KANELE smaller", 0.696, 166, 135, 0, None, "vu9p", _OPENML),
)


def published(n_inputs: int, classes: Sequence[str]) -> dict[str, Any] | None:
    """Return the published results for the task of a data set, or None where we know of none.

    A task is recognised by its inputs and classes: the jets, and MNIST.
    """
    task = n_inputs, tuple(sorted(classes))
    if task == (16, tuple("gqtwz")):
        return _record(_JETS_DATA, _CURVES, _DESIGNS, _JETS_BY_CLASS)
    if task == (784, tuple("0123456789")):
        return _record(_DIGITS_DATA, _DIGITS, (), _DIGITS_BY_CLASS)
    return None


def _record(
    data: str, curves: Sequence[Curve], designs: Sequence[Design], by_class: Sequence[ByClass]
) -> dict[str, Any]:
    return {
        "data": data,
        "curves": [curve._asdict() | {"points": list(map(list, curve.points))} for curve in curves],
        "designs": [design._asdict() for design in designs],
        "by_class": [_named(one) for one in by_class],
    }


def _named(one: ByClass) -> dict[str, Any]:
    """Return a table with its figures by the names of the classes."""
    sizes = one.complexity and dict(zip(one.classes, one.complexity, strict=True))
    areas = dict(zip(one.classes, one.auc, strict=True))
    return {"method": one.method, "source": one.source, "complexity": sizes, "auc": areas}
