"""Random units for the tests of the front room."""

import numpy as np
import torch

from symbolnet.config import SymbolNetTraining
from symbolnet.expression.price import FUNCTIONS, GAUSS, IDENTITY, PRODUCT, SQUARE
from symbolnet.methods.symbolnet.forward import Sample
from symbolnet.methods.symbolnet.units import FREE, ONE, PRUNED, Units, units_of

SPEC = SymbolNetTraining(
    seeds=[3, 1],
    budgets=[14],
    effort=0.6,
    members=6,
)


def random_units(seed: int, count: int = 6, inputs: int = 4, outputs: int = 3) -> Units:
    """Units in every state that growth and surgery can bring about."""
    generator = np.random.default_rng(seed)
    units = units_of(generator.integers(0, len(FUNCTIONS), count), inputs, outputs)
    for u, operator in enumerate(units.operator):
        inputs_of_slots = generator.permutation(inputs)
        for slot in range(2 if operator == PRODUCT else 1):
            _fill(units, u, slot, inputs_of_slots[2 * slot : 2 * slot + 2], generator)
    units.output_state = generator.choice(
        [PRUNED, FREE, ONE], units.output.shape, p=[0.5, 0.4, 0.1]
    )
    units.output_state[np.arange(count), generator.integers(0, outputs, count)] = FREE
    units.bias_state = generator.choice([PRUNED, FREE], outputs)
    for name in ("weight", "shift", "output", "bias"):
        state, values = getattr(units, f"{name}_state"), getattr(units, name)
        drawn = generator.uniform(0.3, 1.4, values.shape)
        setattr(units, name, np.where(state == FREE, drawn, np.where(state == ONE, 1.0, 0.0)))
    units.output *= np.where(
        units.output_state == FREE, generator.choice([-1, 1], units.output.shape), 1
    )
    return units


def _fill(
    units: Units, u: int, slot: int, read: np.ndarray, generator: np.random.Generator
) -> None:
    (first, second), operator = read, units.operator[u]
    scaled = operator in (IDENTITY, SQUARE, PRODUCT)
    units.weight_state[u, slot, first] = ONE if scaled else generator.choice([FREE, ONE])
    if operator != IDENTITY:
        units.weight_state[u, slot, second] = generator.choice([PRUNED, FREE])
        units.shift_state[u, slot] = generator.choice([PRUNED, FREE])
    if operator == GAUSS and (units.weight_state[u] == ONE).any():
        units.weight_state[u, slot, second] = PRUNED


def sample(seed: int, n: int = 200, inputs: int = 4, outputs: int = 3) -> Sample:
    """Inputs and classes that have to do with each other."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, inputs))
    scores = np.stack([x[:, 0] * x[:, 1], np.sin(2 * x[:, 2]), x[:, 3]], axis=1)
    y = (scores + generator.normal(size=scores.shape)).argmax(axis=1)
    return Sample(torch.tensor(x, dtype=torch.float32), torch.eye(outputs)[torch.tensor(y)])
