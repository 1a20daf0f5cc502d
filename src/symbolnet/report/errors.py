"""The statistical error that so many rows leave of a figure."""

import math
from collections.abc import Sequence


def accuracy_error(accuracy: float, rows: int) -> float:
    """Return the binomial standard deviation of an accuracy."""
    return math.sqrt(accuracy * (1 - accuracy) / rows)


def balanced_error(shares: Sequence[float | None], rows: Sequence[int]) -> float:
    """Return that of the mean over classes, of which these shares of their rows are told right."""
    known = [(share, n) for share, n in zip(shares, rows, strict=True) if share is not None and n]
    return math.sqrt(sum(share * (1 - share) / n for share, n in known)) / max(1, len(known))


def auc_error(auc: float, positive: int, negative: int) -> float:
    """Return that of an area under the ROC curve (Hanley and McNeil, Radiology 143 (1982) 29)."""
    if not positive or not negative:
        return 1.0
    one, both = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = (positive - 1) * (one - auc**2) + (negative - 1) * (both - auc**2)
    return math.sqrt(max(0.0, auc * (1 - auc) + spread) / (positive * negative))


def auc_mean_error(auc: float, rows: Sequence[int]) -> float:
    """Return that of a mean over classes: of each against the rest; they hang together."""
    total = sum(rows)
    return sum(auc_error(auc, n, total - n) for n in rows) / max(1, len(rows))


def r2_error(r2: float, rows: int) -> float:
    """Return that of R2, 2 sqrt(R2) (1 - R2) / sqrt(n), for errors that are normal."""
    return 2 * math.sqrt(max(0.0, r2)) * abs(1 - r2) / math.sqrt(rows)
