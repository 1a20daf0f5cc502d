"""Exact quantiles: masks that keep as many elements as a target asks for, whatever the scores."""

import math

import torch
from torch import Tensor


def keep_count(size: int, target: float, least: int) -> int:
    """Return how many of `size` elements to keep: the count nearest to (1 - target) size."""
    return min(size, max(least, size - math.floor(target * size + 0.5)))


def keep_largest(scores: Tensor, counts: list[int]) -> Tensor:
    """Return the 0/1 mask (m, size) of each row's largest scores, exactly counts[m] of them.

    The threshold is the quantile itself; of equal scores at the threshold the first are kept.
    NaN counts as the smallest score.
    """
    if not scores.shape[1]:
        return torch.zeros_like(scores)
    scores = scores.nan_to_num(nan=-1.0, posinf=torch.finfo(scores.dtype).max)
    threshold = torch.stack(
        [_quantile(row, count) for row, count in zip(scores, counts, strict=True)]
    ).unsqueeze(1)
    above, equal = scores > threshold, scores == threshold
    wanted = torch.tensor(counts, device=scores.device).unsqueeze(1)
    room = wanted - above.sum(dim=1, keepdim=True)
    return (above | (equal & (equal.cumsum(dim=1) <= room))).to(scores.dtype)


def _quantile(row: Tensor, count: int) -> Tensor:
    """Return the count-th largest score; what lies above it is kept anyhow."""
    if count == 0:
        return row.new_tensor(torch.inf)
    if row.is_cuda:  # kthvalue is quicker but refuses to be deterministic there
        return row.sort().values[-count]
    return row.kthvalue(len(row) - count + 1).values
