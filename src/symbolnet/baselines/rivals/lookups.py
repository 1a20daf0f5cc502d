"""Layers of six-input lookup tables with learned wires and contents, after DWN.

Differentiable weightless networks (Bacellar et al. 2024): forwards, wires are those of the largest
scores and contents are bits; backwards, wires are a softmax of their scores, contents go straight
through, and what an address bit does is told from contents at other addresses, the nearest most.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn

BITS = 6  # of an address
ADDRESSES = 1 << BITS
_POWERS = 2.0 ** torch.arange(BITS)


def _effects() -> Tensor:
    """Return (addresses, bits, contents): how contents tell what a bit does at an address."""
    places = torch.arange(ADDRESSES)
    effects = torch.zeros(ADDRESSES, BITS, ADDRESSES)
    for bit in range(BITS):
        others = (places[:, None] ^ places) & ~(1 << bit)
        distance = sum((others >> k) & 1 for k in range(BITS))
        effects[:, bit] = (2 * ((places >> bit) & 1) - 1) / (1 + distance) ** 2
    return effects


_EFFECTS = _effects()


class Wired(torch.autograd.Function):
    """Bits (n, m) to those (n, wires) whose scores (wires, m) are the largest."""

    @staticmethod
    def forward(ctx: Any, bits: Tensor, scores: Tensor) -> Tensor:
        """Return the bits that the wires take."""
        chosen = scores.argmax(dim=1)
        ctx.save_for_backward(bits, scores, chosen)
        return bits[:, chosen]

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Return slopes by bits and scores; a score's are those of the bits' mean by softmax."""
        bits, scores, chosen = ctx.saved_tensors
        of_bits = of_scores = None
        if ctx.needs_input_grad[0]:
            of_bits = torch.zeros_like(bits).index_add_(1, chosen, slopes[0])
        if ctx.needs_input_grad[1]:
            shares, each = torch.softmax(scores, dim=1), slopes[0].T @ bits
            of_scores = shares * (each - (shares * each).sum(dim=1, keepdim=True))
        return of_bits, of_scores


class LookedUp(torch.autograd.Function):
    """Addresses (n, tables, 6) of bits, and contents (tables, 64), to bits (n, tables)."""

    @staticmethod
    def forward(ctx: Any, address: Tensor, contents: Tensor) -> Tensor:
        """Return the signs of the contents at the addresses."""
        starts = ADDRESSES * torch.arange(len(contents))
        places = (address @ _POWERS).long() + starts
        ctx.save_for_backward(places, contents)
        return (contents > 0).float().flatten()[places]

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor | None, Tensor]:
        """Return slopes by address bits and by contents, these as if they were put out."""
        places, contents = ctx.saved_tensors
        of_contents = torch.zeros(contents.numel())
        of_contents.index_add_(0, places.flatten(), slopes[0].flatten())
        of_address = None
        if ctx.needs_input_grad[0]:
            effects = torch.einsum("abc,tc->tab", _EFFECTS, contents).flatten(0, 1)
            of_address = effects[places] * slopes[0][:, :, None]
        return of_address, of_contents.view_as(contents)


class Lookups(nn.Module):
    """Layers of lookup tables on bits; each class counts the ones among its tables of the last.

    The tables of the last layer are dealt out to the classes in turn.
    """

    def __init__(self, bits: int, layers: list[int], classes: int, generator: torch.Generator):
        super().__init__()
        widths = zip([bits, *layers], layers, strict=False)
        self.scores = nn.ParameterList(
            torch.randn(BITS * tables, read, generator=generator) for read, tables in widths
        )
        self.contents = nn.ParameterList(
            2 * torch.rand(tables, ADDRESSES, generator=generator) - 1 for tables in layers
        )
        self.owners = torch.arange(layers[-1]) % classes
        self.deal = nn.functional.one_hot(self.owners, classes).float()
        self.sharpness = nn.Parameter(torch.tensor(math.log(4 / math.sqrt(layers[-1] / classes))))

    def forward(self, bits: Tensor) -> Tensor:
        """Return the scores (n, classes) of bits (n, m): counts of ones, times a constant."""
        bits = bits.float()
        for scores, contents in zip(self.scores, self.contents, strict=True):
            wired: Tensor = Wired.apply(bits, scores)  # type: ignore[no-untyped-call]
            address = wired.unflatten(1, (-1, BITS))
            bits = LookedUp.apply(address, contents)  # type: ignore[no-untyped-call]
        return bits @ self.deal * self.sharpness.exp()

    def clip(self) -> None:
        """Keep contents where a step can still change their sign."""
        with torch.no_grad():
            for contents in self.contents:
                contents.clamp_(-1, 1)
