"""A trained network as plain numpy: what the rooms after training see of it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from symbolnet.operators import OPERATORS


class MaskedLayer(NamedTuple):
    """One symbolic layer with its masks applied (paper section 2, method section 1).

    `weight` (inputs, u + 2b) and `bias` (u + 2b,) hold zeros where pruned. Unit i < u feeds unary
    operator i; units u + 2j and u + 2j + 1 feed binary operator j. A pruned unary operator
    (`unary_kept` False) is the identity, a pruned binary operator is addition.
    """

    weight: np.ndarray
    bias: np.ndarray
    unary: tuple[str, ...]
    unary_kept: np.ndarray
    binary: tuple[str, ...]
    binary_kept: np.ndarray


class MaskedNetwork(NamedTuple):
    """Input mask (d,), symbolic layers, and the linear output layer (h, k), (k,)."""

    input_kept: np.ndarray
    layers: tuple[MaskedLayer, ...]
    output_weight: np.ndarray
    output_bias: np.ndarray


def cyclic(names: Sequence[str], count: int) -> list[str]:
    """Return the operator of each of `count` units: f_i = names[i mod len(names)]."""
    return [names[i % len(names)] for i in range(count)]


def evaluate(network: MaskedNetwork, x: np.ndarray) -> np.ndarray:
    """Return the outputs (n, k) for standardised inputs (n, d), in the precision of `x`."""
    hidden = x * network.input_kept.astype(x.dtype)
    for layer in network.layers:
        hidden = _symbolic(layer, hidden)
    result: np.ndarray = hidden @ network.output_weight.astype(
        x.dtype
    ) + network.output_bias.astype(x.dtype)
    return result


def _symbolic(layer: MaskedLayer, hidden: np.ndarray) -> np.ndarray:
    z = hidden @ layer.weight.astype(hidden.dtype) + layer.bias.astype(hidden.dtype)
    split = len(layer.unary)
    columns = [
        OPERATORS[name].function(np, z[:, i]) if kept else z[:, i]
        for i, (name, kept) in enumerate(zip(layer.unary, layer.unary_kept, strict=True))
    ]
    left, right = z[:, split::2], z[:, split + 1 :: 2]
    columns += [
        OPERATORS[name].function(np, left[:, j], right[:, j]) if kept else left[:, j] + right[:, j]
        for j, (name, kept) in enumerate(zip(layer.binary, layer.binary_kept, strict=True))
    ]
    return np.stack(columns, axis=1)
