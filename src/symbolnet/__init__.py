"""SymbolNet: from data to compact formulas to audited FPGA firmware.

Names are loaded when they are first used, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symbolnet.design.firmware import Firmware, to_firmware
    from symbolnet.distil.inner import laws_of
    from symbolnet.estimators.classifier import SymbolicClassifier
    from symbolnet.estimators.regressor import SymbolicRegressor
    from symbolnet.expression.origin import equations, formulas

_HOMES = {
    "Firmware": "symbolnet.design.firmware",
    "SymbolicClassifier": "symbolnet.estimators.classifier",
    "SymbolicRegressor": "symbolnet.estimators.regressor",
    "equations": "symbolnet.expression.origin",
    "formulas": "symbolnet.expression.origin",
    "laws_of": "symbolnet.distil.inner",
    "to_firmware": "symbolnet.design.firmware",
}
__all__ = [
    "Firmware",
    "SymbolicClassifier",
    "SymbolicRegressor",
    "equations",
    "formulas",
    "laws_of",
    "to_firmware",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
