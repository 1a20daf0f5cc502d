"""A data set to a small quantised, pruned MLP: the neural rival.

Training with quantised weights and activations in the forward pass; gradients go straight through
the rounding. Weights leave by magnitude, layer by layer, while it trains.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from symbolnet.baselines.rivals.built import Built
from symbolnet.baselines.rivals.schedule import epochs, one_epoch, share_kept
from symbolnet.config import Mlp
from symbolnet.data.dataset import Dataset
from symbolnet.firmware.graph.fixed import Fixed
from symbolnet.firmware.graph.nodes import Nodes

INPUT_INTEGER = 2  # standardised inputs saturate at -4 and 4
ACTIVATION_INTEGER = 2  # activations saturate below 4


class Layer(NamedTuple):
    """Integer weights (outputs, inputs) of `fraction` fraction bits, and offsets (outputs,).

    An offset has the fraction bits of the products: those of the weights and of what they read.
    """

    weights: np.ndarray
    offsets: np.ndarray
    fraction: int


class Network(NamedTuple):
    """The layers of a trained network; its test scores as the training computes them."""

    layers: tuple[Layer, ...]
    scores_test: np.ndarray


def build(dataset: Dataset, spec: Mlp, nodes: Nodes) -> Built:
    """Train a network and add its nodes."""
    network = train(dataset, spec)
    places = add_scores(nodes, network, spec)
    return Built(places, network.scores_test, summary(network, spec))


def train(dataset: Dataset, spec: Mlp) -> Network:
    """Train, prune and quantise; the test rows are used for nothing but their scores."""
    generator = torch.Generator().manual_seed(spec.seed)
    sizes = [len(dataset.feature_names), *spec.hidden, len(dataset.class_names)]
    model = _Model(sizes, spec, generator)
    x, y = torch.tensor(dataset.x_train), torch.tensor(dataset.y_train)
    _fit(model, x, y, generator)
    with torch.no_grad():
        scores = model(torch.tensor(dataset.x_test)).double().numpy()
        return Network(tuple(model.layer(i) for i in range(len(model.weights))), scores)


def _fit(model: "_Model", x: Tensor, y: Tensor, generator: torch.Generator) -> None:
    spec = model.spec
    optimizer = torch.optim.Adam(model.parameters(), lr=spec.learning_rate)
    for done in epochs(optimizer, spec):
        model.prune(share_kept(done, spec.density))
        one_epoch(model, optimizer, (x, y), spec.batch, generator)


class _Model(nn.Module):
    """Linear layers with masks; every value that leaves a layer lies on its grid."""

    def __init__(self, sizes: list[int], spec: Mlp, generator: torch.Generator) -> None:
        super().__init__()
        self.spec = spec
        shapes = list(zip(sizes[1:], sizes[:-1], strict=True))
        self.weights = nn.ParameterList(
            torch.randn(shape, generator=generator) * math.sqrt(2 / shape[1]) for shape in shapes
        )
        self.biases = nn.ParameterList(torch.zeros(shape[0]) for shape in shapes)
        self.masks = [torch.ones(shape) for shape in shapes]

    def prune(self, share: float) -> None:
        """Keep the largest weights of each layer."""
        with torch.no_grad():
            for i, weight in enumerate(self.weights):
                size = (weight * self.masks[i]).abs()
                kept = max(1, round(share * size.numel()))
                self.masks[i] = torch.zeros_like(size)
                self.masks[i].view(-1)[size.flatten().topk(kept).indices] = 1

    def fraction(self, layer: int) -> int:
        """Return the fraction bits at which the largest weight of a layer just fits."""
        largest = float((self.weights[layer] * self.masks[layer]).detach().abs().max())
        return math.floor(math.log2(self._limit / max(largest, 2.0**-16)))

    @property
    def _limit(self) -> int:
        return int(2 ** (self.spec.weight_bits - 1)) - 1

    def _quantised(self, layer: int) -> tuple[Tensor, int]:
        fraction = self.fraction(layer)
        kept = self.weights[layer] * self.masks[layer]
        return _on_grid(kept, fraction, -self._limit, self._limit), fraction

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores (n, classes) of standardised inputs (n, d)."""
        x = _inputs(x, self.spec)
        fraction = input_fraction(self.spec)
        for i, bias in enumerate(self.biases):
            weight, finer = self._quantised(i)
            x = x @ weight.T + _on_grid(bias, fraction + finer)
            if i < len(self.biases) - 1:
                x, fraction = self._activated(x), activation_fraction(self.spec)
        return x

    def _activated(self, x: Tensor) -> Tensor:
        highest = 2**self.spec.activation_bits - 1
        fraction = activation_fraction(self.spec)
        return _on_grid(x, fraction, 0, highest, torch.floor)

    def layer(self, place: int) -> Layer:
        """Return a layer in integers."""
        weight, fraction = self._quantised(place)
        read = activation_fraction(self.spec) if place else input_fraction(self.spec)
        offsets = torch.round(self.biases[place].double() * 2.0 ** (read + fraction))
        mantissas = torch.round(weight.double() * 2.0**fraction)
        return Layer(mantissas.long().numpy(), offsets.long().numpy(), fraction)


def input_fraction(spec: Mlp) -> int:
    """Return the fraction bits of the inputs, which are signed."""
    return spec.input_bits - 1 - INPUT_INTEGER


def activation_fraction(spec: Mlp) -> int:
    """Return the fraction bits of the activations, which have no sign."""
    return spec.activation_bits - ACTIVATION_INTEGER


def _inputs(x: Tensor, spec: Mlp) -> Tensor:
    limit = 2 ** (spec.input_bits - 1)
    nearest = torch.floor(x * 2.0 ** input_fraction(spec) + 0.5)
    return nearest.clamp(-limit, limit - 1) * 2.0 ** -input_fraction(spec)


def _on_grid(
    x: Tensor,
    fraction: int,
    low: int | None = None,
    high: int | None = None,
    rounding: Callable[[Tensor], Tensor] = torch.round,
) -> Tensor:
    """Round to a grid, within mantissas low..high; the gradient is that of the clipping alone."""
    scale = 2.0**fraction
    clipped = x if low is None or high is None else x.clamp(low / scale, high / scale)
    mantissa = rounding(clipped.detach() * scale)
    return clipped + (mantissa / scale - clipped.detach())


def add_scores(nodes: Nodes, network: Network, spec: Mlp) -> list[int]:
    """Add the nodes of a network and return the places of its scores.

    Weighted sums, and between layers conversions to an unsigned format that saturates, which are
    ReLUs.
    """
    limit = 2 ** (spec.input_bits - 1)
    ends = -limit, limit - 1
    read = np.flatnonzero(network.layers[0].weights.any(axis=0))
    places = {int(i): nodes.port(int(i), ends, input_fraction(spec)) for i in read}
    unsigned = Fixed(False, spec.activation_bits - activation_fraction(spec), 0, "SAT")
    target = unsigned._replace(fraction=activation_fraction(spec))
    fraction = input_fraction(spec)
    for layer in network.layers[:-1]:
        sums = _sums(nodes, layer, places, fraction)
        places = {i: nodes.quantise(place, target) for i, place in sums.items()}
        fraction = activation_fraction(spec)
    scores = _sums(nodes, network.layers[-1], places, fraction)
    return [scores[i] for i in range(len(scores))]


def _sums(nodes: Nodes, layer: Layer, places: dict[int, int], fraction: int) -> dict[int, int]:
    """Add the weighted sums of a layer; return their places by the number of the output."""
    return {
        output: nodes.exact_sum(
            {places[i]: int(row[i]) for i in np.flatnonzero(row).tolist()},
            layer.fraction,
            int(offset),
            layer.fraction + fraction,
        )
        for output, (row, offset) in enumerate(zip(layer.weights, layer.offsets, strict=True))
    }


def summary(network: Network, spec: Mlp) -> dict[str, int]:
    """Return the formats, and how many weights there are and were kept."""
    sizes = [layer.weights.size for layer in network.layers]
    kept = [int(np.count_nonzero(layer.weights)) for layer in network.layers]
    bits = spec.model_dump(include={"input_bits", "weight_bits", "activation_bits"})
    return bits | {"weights": sum(sizes), "weights_kept": sum(kept)}
