"""How rivals descend by Adam: rows in batches, step sizes that fall, edges that leave meanwhile."""

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.optim import Adam

from symbolnet.config import Kan, Lut, Mlp

_DENSE = 0.15  # share of the epochs before the pruning starts ...
_PRUNED = 0.7  # ... and after which it ends


def epochs(optimizer: Adam, spec: Kan | Lut | Mlp) -> Iterator[float]:
    """Yield before each epoch the share of them that is done, with the step size set for it."""
    for epoch in range(spec.epochs):
        done = epoch / spec.epochs
        for group in optimizer.param_groups:
            group["lr"] = step_size(spec.learning_rate, done)
        yield done


def one_epoch(
    model: nn.Module,
    optimizer: Adam,
    rows: tuple[Tensor, Tensor],
    batch: int,
    generator: torch.Generator,
    after: Callable[[], None] = lambda: None,
) -> None:
    """Take a step of the cross-entropy for each batch of inputs and classes; call `after` each."""
    x, y = rows
    for some in torch.randperm(len(x), generator=generator).split(batch):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x[some]), y[some]).backward()
        optimizer.step()
        after()


def step_size(first: float, done: float) -> float:
    """Return the step size after a share of the epochs: half a cosine, down to 0."""
    return first * (1 + math.cos(math.pi * done)) / 2


def share_kept(done: float, density: float) -> float:
    """Return the share of edges to keep after a share of the epochs: a cubic descent."""
    left = 1 - min(max((done - _DENSE) / (_PRUNED - _DENSE), 0), 1)
    return density + (1 - density) * left**3
