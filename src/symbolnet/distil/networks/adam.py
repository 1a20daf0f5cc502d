"""Adam with a one-cycle step size: its state to named tensors and back."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from symbolnet.distil.networks.form import Weights
from symbolnet.training.method import Tensors

_WARM, _FROM, _TO = 0.3, 25.0, 1e4  # OneCycleLR's, as torch has them


def adam_of(weights: Mapping[str, Tensor], decay: float) -> tuple[Weights, torch.optim.Adam]:
    """Return a copy of weights that can be trained, and Adam on them."""
    held = {name: one.clone().requires_grad_() for name, one in weights.items()}
    return held, torch.optim.Adam(held.values(), lr=1.0, weight_decay=decay, fused=True)


def frozen_adam(weights: Weights, adam: torch.optim.Adam) -> Tensors:
    """Return weights and what Adam knows of them, copied."""
    tensors = {name: one.detach().clone() for name, one in weights.items()}
    for name, one in weights.items():
        for key, value in adam.state.get(one, {}).items():
            tensors[f"adam.{key}.{name}"] = value.clone()
    return tensors


def thaw_adam(weights: Weights, adam: torch.optim.Adam, tensors: Tensors) -> None:
    """Give Adam what `frozen_adam` copied of it."""
    for name, one in weights.items():
        full = {key: f"adam.{key}.{name}" for key in ("step", "exp_avg", "exp_avg_sq")}
        if full["step"] in tensors:
            adam.state[one] = {key: tensors[name] for key, name in full.items()}


def one_cycle(share: float) -> float:
    """Return the step size after a share of the steps, of the largest (Smith 2018, cosine)."""
    if share < _WARM:
        low, high, way = 1 / _FROM, 1.0, share / _WARM
    else:
        low, high, way = 1.0, 1 / (_FROM * _TO), (share - _WARM) / (1 - _WARM)
    return high + (low - high) * (1 + math.cos(math.pi * way)) / 2
