"""Learned tables of two layers, rounded in the forward pass: what a KAN-like rival trains.

Kolmogorov-Arnold networks (Liu et al. 2024) as KANELE puts them into tables. A table is a smooth
function of its address: a line, and bumps around every address, wide and narrow ones.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from symbolnet.baselines.rivals.functions import Functions

_WIDTHS = (1.5, 6.0)  # of the bumps, in addresses
_FIRST = 0.02  # deviation of their first heights


class Tables(NamedTuple):
    """Tables of inputs and of words on their grids, those of words unrounded, and offsets."""

    first: Tensor
    second: Tensor
    unrounded: Tensor
    offsets: Tensor


class Curves(nn.Module):
    """Functions (groups, addresses, columns) of addresses."""

    def __init__(self, shape: tuple[int, int, int], slope: float, generator: torch.Generator):
        super().__init__()
        groups, self.addresses, columns = shape
        self.slopes = nn.Parameter(slope * torch.randn(groups, columns, generator=generator))
        heights = torch.randn(len(_WIDTHS), *shape, generator=generator)
        self.heights = nn.Parameter(_FIRST * heights)
        self.bumps = [_bumps(self.addresses, width) for width in _WIDTHS]
        self.line = torch.linspace(-1, 1, self.addresses)

    def forward(self) -> Tensor:
        """Return the functions at every address."""
        line = self.slopes[:, None, :] * self.line[None, :, None]
        pairs = zip(self.bumps, self.heights, strict=True)
        return line + sum(torch.einsum("ak,gkc->gac", bumps, each) for bumps, each in pairs)

    def stretch(self, group: int, start: float, share: float) -> None:
        """Let address a of a group mean what `start + share * a` has meant."""
        last = self.addresses - 1
        places = (start + share * torch.arange(self.addresses)).clamp(0, last)
        low = places.long().clamp(max=last - 1)
        part = (places - low)[None, :, None]
        heights = self.heights[:, group]
        self.heights[:, group] = heights[:, low] * (1 - part) + heights[:, low + 1] * part
        # What the line changes by everywhere: equal heights of a bump add up to its strength.
        moved = self.slopes[group] * (2 * start / last + share - 1)
        self.heights[0, group] += moved / math.sqrt(_WIDTHS[0])
        self.slopes[group] *= share


def _bumps(addresses: int, width: float) -> Tensor:
    """Return heights to functions (addresses, addresses); wide bumps are not the weaker ones."""
    place = torch.arange(addresses)
    bumps = torch.exp(-(((place[:, None] - place) / width) ** 2) / 2)
    return bumps / bumps.sum(dim=1, keepdim=True) * math.sqrt(width)


class Layers(nn.Module):
    """Tables of inputs to words, and of words to scores, with masks of those that are left.

    The score of the last class is 0, which no decision and no softmax notices.
    """

    def __init__(
        self,
        sizes: tuple[int, int, int],
        bits: tuple[int, int],
        fraction: int,
        reached: Tensor,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        inputs, words, classes = sizes
        self.fraction, self.reached = fraction, reached
        self.largest = (1 << bits[1]) - 1
        self.first = Curves((inputs, 1 << bits[0], words), 3 / math.sqrt(inputs), generator)
        self.second = Curves((words, 1 << bits[1], classes), 2.0, generator)
        self.offsets = nn.Parameter(torch.zeros(classes))
        self.masks = torch.ones(inputs, words), torch.ones(words, classes)
        self.masks[1][:, -1] = 0

    def tables(self) -> Tables:
        """Return all tables, rounded straight through."""
        unrounded = self.second() * self.masks[1][:, None, :]
        first, scale = self._scaled(), 2.0**self.fraction
        second = _rounded(unrounded * scale, torch.round) / scale
        return Tables(_rounded(first, torch.floor), second, unrounded, self._offsets())

    def _offsets(self) -> Tensor:
        scale = 2.0**self.fraction
        last = torch.ones(len(self.offsets))
        last[-1] = 0
        return _rounded(self.offsets * last * scale, torch.round) / scale

    def spans(self) -> tuple[Tensor, Tensor]:
        """Return the tables of inputs from 0 up, before they are scaled, and their spans."""
        curves = torch.take_along_dim(self.first(), self.reached[:, :, None], dim=1)
        lowest = curves.amin(dim=1, keepdim=True)
        above = (curves - lowest) * self.masks[0][:, None, :]
        return above, above.amax(dim=1)

    def _scaled(self) -> Tensor:
        """Return the tables of inputs so that no sum of them is beyond a word."""
        above, spans = self.spans()
        return above * (self.largest / spans.sum(dim=0).clamp(min=1e-6))

    def forward(self, addresses: Tensor) -> Tensor:
        """Return the scores (n, classes) of inputs (n, inputs) that are counted from 0."""
        tables = self.tables()
        places = addresses + torch.arange(addresses.shape[1]) * tables.first.shape[1]
        words = nn.functional.embedding_bag(places, tables.first.flatten(0, 1), mode="sum")
        own = torch.round(words.detach()).long()
        rows = own + torch.arange(own.shape[1]) * tables.second.shape[1]
        parts = nn.functional.embedding(rows, tables.second.flatten(0, 1))
        slopes = nn.functional.embedding(rows, _slopes(tables.unrounded.detach()).flatten(0, 1))
        straight = (words - words.detach())[:, :, None] * slopes
        return (parts + straight).sum(dim=1) + tables.offsets

    def drop(self, layer: int, gone: Tensor, means: Tensor) -> None:
        """Put means in place of tables: words of inputs (layer 0) or scores of words (layer 1)."""
        with torch.no_grad():
            if layer:
                self.masks[1][gone] = 0
                self.offsets.add_((means * gone).sum(dim=0))
                self.masks[0][:, self.masks[1].sum(dim=1) == 0] = 0
            else:
                self._drop_inputs(gone, (means * gone).sum(dim=0))

    def _drop_inputs(self, gone: Tensor, starts: Tensor) -> None:
        """Drop tables of inputs, and let the addresses of words mean what they have meant."""
        before = self.spans()[1].sum(dim=0)
        self.masks[0][gone] = 0
        after = self.spans()[1].sum(dim=0)
        for word in torch.nonzero(gone.any(dim=0)).flatten().tolist():
            if after[word] > 0:
                share = float(after[word] / before[word])
                self.second.stretch(word, float(starts[word]), share)
            else:
                self.offsets.add_(self.tables().unrounded[word, int(starts[word])])
                self.masks[1][word] = 0

    def functions(self) -> Functions:
        """Return the tables as integers."""
        with torch.no_grad():
            tables, scale = self.tables(), 2.0**self.fraction
        whole = (tables.first, tables.second * scale, tables.offsets * scale)
        first, second, offsets = (torch.round(one).long().numpy() for one in whole)
        return Functions(first, second, offsets, self.fraction)


def _rounded(x: Tensor, rounding: Callable[[Tensor], Tensor]) -> Tensor:
    return x + (rounding(x) - x).detach()


def _slopes(tables: Tensor) -> Tensor:
    """Return the slopes of tables (groups, addresses, columns), at the ends one-sided."""
    return torch.gradient(tables, dim=1)[0]
