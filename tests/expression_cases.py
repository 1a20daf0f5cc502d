"""Random masked networks over every operator of the table, and the data to run them on."""

import contextlib
import itertools

import numpy as np

from symbolnet.data.dataset import Dataset
from symbolnet.errors import InputError
from symbolnet.expression.extract import unroll
from symbolnet.expression.simplify import simplify
from symbolnet.network.masked import MaskedLayer, MaskedNetwork
from symbolnet.operators import OPERATORS

UNARY = [o.name for o in OPERATORS.values() if o.arity == 1]
BINARY = [o.name for o in OPERATORS.values() if o.arity == 2]
INPUTS, CLASSES = 6, 3


def random_network(seed: int) -> MaskedNetwork:
    """Return the first network drawn after `seed` that has no constant like 0^-1 or (-1)^x."""
    for attempt in itertools.count(seed, 10_000):
        network = drawn(attempt)
        with contextlib.suppress(InputError):
            simplify(unroll(network))
            return network
    raise AssertionError


def drawn(seed: int) -> MaskedNetwork:
    """Return a network of one or two layers, of random size, sparsity and operators."""
    rng = np.random.default_rng(seed)
    density, kept, scale = rng.choice([0.1, 0.3, 0.6, 1.0]), rng.random(), rng.choice([0.3, 1.0])
    layers, width = [], INPUTS
    for _ in range(1 + seed % 2):
        unary, binary = int(rng.integers(1, 7)), int(rng.integers(0, 4))
        units = unary + 2 * binary
        layers.append(
            MaskedLayer(
                sparse(rng, (width, units), density, scale),
                sparse(rng, (units,), 0.5, scale),
                tuple(rng.choice(UNARY, unary)),
                rng.random(unary) < kept,
                tuple(rng.choice(BINARY, binary)),
                rng.random(binary) < kept,
            )
        )
        width = unary + binary
    output = sparse(rng, (width, CLASSES), 0.6, 1.0), sparse(rng, (CLASSES,), 0.6, 1.0)
    return MaskedNetwork(rng.random(INPUTS) < 0.8, tuple(layers), *output)


def sparse(rng: np.random.Generator, shape: tuple[int, ...], density: float, scale: float):
    return rng.normal(size=shape) * scale * (rng.random(shape) < density)


def random_inputs(seed: int, rows: int = 100, width: int = INPUTS) -> np.ndarray:
    return np.random.default_rng(seed + 1_000_000).normal(size=(rows, width))


def odd_inputs(seed: int, rows: int = 60) -> np.ndarray:
    """Return rows of which most hold a NaN, an infinity or a huge number."""
    x, generator = random_inputs(seed, rows), np.random.default_rng(seed)
    odd = np.array([np.nan, np.inf, -np.inf, 1e200, 0.0])
    for row in x[rows // 5 :]:
        row[generator.integers(INPUTS)] = odd[generator.integers(len(odd))]
    return x


def mnist_like(kept: int, density: float) -> MaskedNetwork:
    """784 inputs of which `kept` are alive; 20 unary and 5 products; 10 outputs."""
    rng = np.random.default_rng(0)
    alive = np.isin(np.arange(784), rng.choice(784, kept, replace=False))
    layer = MaskedLayer(
        sparse(rng, (784, 30), density, 0.3) * alive[:, None],
        sparse(rng, (30,), 1.0, 0.1),
        ("sin", "cos", "exp", "gauss") * 5,
        rng.random(20) < 0.6,
        ("*",) * 5,
        rng.random(5) < 0.6,
    )
    return MaskedNetwork(alive, (layer,), sparse(rng, (25, 10), 0.3, 1.0), rng.normal(size=10))


def one_operator(name: str, kept: bool = True) -> MaskedNetwork:
    """Return a network of two inputs, one operator and one output."""
    rng = np.random.default_rng(3)
    arity = OPERATORS[name].arity
    unary, binary = ((name,), ()) if arity == 1 else ((), (name,))
    flags = [np.array([kept] * len(names), dtype=bool) for names in (unary, binary)]
    weight, bias = rng.normal(size=(2, arity)), rng.normal(size=arity)
    layer = MaskedLayer(weight, bias, unary, flags[0], binary, flags[1])
    return MaskedNetwork(np.ones(2, bool), (layer,), np.array([[0.7]]), np.array([0.2]))


def close(expected: np.ndarray, found: np.ndarray, tolerance: float = 1e-9) -> bool:
    """Compare where both are finite and the network is no chaotic giant."""
    known = np.isfinite(expected) & np.isfinite(found) & (np.abs(expected) < 1e6)
    return bool(np.allclose(expected[known], found[known], rtol=tolerance, atol=tolerance))


def dataset(seed: int = 0, rows: int = 300) -> Dataset:
    """Return three classes of Gaussians in six inputs."""
    rng = np.random.default_rng(seed)
    parts = []
    for _ in range(3):
        y = np.arange(rows) % CLASSES
        parts.append((rng.normal(size=(rows, INPUTS)) + y[:, None], y))
    x, y = zip(*parts, strict=True)
    names = tuple(f"feature_{i}" for i in range(INPUTS)), ("g", "q", "t")
    scaler = np.arange(INPUTS) * 0.5, 1.0 + np.arange(INPUTS)
    return Dataset(*(part.astype(np.float32) for part in x), *y, *scaler, *names, {})
