"""A data set to a network of six-input lookup tables on bits of the inputs, after DWN."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from symbolnet.baselines.rivals.built import Built, side_by_side, sum_of_tables
from symbolnet.baselines.rivals.inputs import grids_of
from symbolnet.baselines.rivals.lookups import ADDRESSES, BITS, Lookups
from symbolnet.baselines.rivals.schedule import epochs, one_epoch
from symbolnet.baselines.rivals.thermometer import Thermometer, thermometer_of
from symbolnet.config import Lut
from symbolnet.data.dataset import Dataset
from symbolnet.errors import InputError
from symbolnet.firmware.graph.nodes import Nodes

MOST_BITS = 2048  # every wire learns a score for each of them
_WIRED = 0.6  # share of the epochs after which wires stay
_ONES = tuple(number.bit_count() for number in range(ADDRESSES))


class Layer(NamedTuple):
    """What each table reads (tables, 6) of the bits before it, and its bits (tables, 64)."""

    wires: np.ndarray
    contents: np.ndarray

    def bits(self, bits: np.ndarray) -> np.ndarray:
        """Return the bits (n, tables) that are looked up for bits (n, m)."""
        numbers = bits[:, self.wires] @ (1 << np.arange(BITS))
        return np.asarray(self.contents[np.arange(len(self.wires)), numbers])


class Network(NamedTuple):
    """Bits of the inputs, layers of tables, and the classes that count the last of them."""

    thermometer: Thermometer
    layers: tuple[Layer, ...]
    owners: np.ndarray
    classes: int

    def scores(self, x: np.ndarray) -> np.ndarray:
        """Return how many ones each class counts (n, classes) for standardised inputs (n, d)."""
        bits = self.thermometer.bits(x)
        for layer in self.layers:
            bits = layer.bits(bits)
        return np.asarray(bits.astype(np.float64) @ np.eye(self.classes)[self.owners])


def build(dataset: Dataset, spec: Lut, nodes: Nodes) -> Built:
    """Train a network and add its nodes."""
    network = train(dataset, spec)
    places = add_scores(nodes, network)
    return Built(places, network.scores(dataset.x_test), summary(network, spec))


def train(dataset: Dataset, spec: Lut) -> Network:
    """Learn wires and contents on training rows alone."""
    classes = len(dataset.class_names)
    _check(spec, classes)
    grids = grids_of(dataset.x_train, spec.input_bits)
    thermometer = thermometer_of(grids, dataset.x_train, spec.thresholds)
    found = len(thermometer.inputs)
    if found > MOST_BITS:
        do = "set fewer `thresholds`, or leave it out of `rivals`"
        raise InputError(f"at most {MOST_BITS} bits of all inputs", f"{found}", do)
    generator = torch.Generator().manual_seed(spec.seed)
    model = Lookups(found, spec.layers, classes, generator)
    bits = torch.tensor(thermometer.bits(dataset.x_train))
    _fit(model, bits, torch.tensor(dataset.y_train), spec, generator)
    return Network(thermometer, _layers(model), model.owners.numpy(), classes)


def _check(spec: Lut, classes: int) -> None:
    if spec.layers[-1] < classes:
        found, do = f"{spec.layers[-1]} in the last layer", "set more in `layers`"
        raise InputError(f"a lookup table for each of {classes} classes", found, do)


def _fit(model: Lookups, bits: Tensor, y: Tensor, spec: Lut, generator: torch.Generator) -> None:
    optimizer = torch.optim.Adam(model.parameters(), lr=spec.learning_rate)
    for done in epochs(optimizer, spec):
        model.scores.requires_grad_(done < _WIRED)
        one_epoch(model, optimizer, (bits, y), spec.batch, generator, model.clip)


def _layers(model: Lookups) -> tuple[Layer, ...]:
    pairs = zip(model.scores, model.contents, strict=True)
    return tuple(
        Layer(
            scores.argmax(dim=1).view(-1, BITS).numpy(),
            (contents > 0).numpy().astype(np.uint8),
        )
        for scores, contents in pairs
    )


def add_scores(nodes: Nodes, network: Network) -> list[int]:
    """Add comparisons, tables and counts of ones; return the places of the scores."""
    first = np.unique(network.layers[0].wires).tolist()
    places = {number: network.thermometer.bit(nodes, number) for number in first}
    for layer in network.layers:
        places = _looked_up(nodes, layer, places)
    tables = np.arange(len(network.owners))
    owned = [tables[network.owners == k].tolist() for k in range(network.classes)]
    return [_count(nodes, [places[table] for table in own]) for own in owned]


def _looked_up(nodes: Nodes, layer: Layer, places: dict[int, int]) -> dict[int, int]:
    """Add the tables of a layer on the bits at places; return their places by number."""
    found = {}
    for number, (wires, contents) in enumerate(zip(layer.wires, layer.contents, strict=True)):
        address = side_by_side(nodes, [places[wire] for wire in wires.tolist()])
        entries = _reached(nodes, address, contents.tolist())
        found[number] = sum_of_tables(nodes, [(address, entries)], 0)
    return found


def _reached(nodes: Nodes, address: int, entries: Sequence[int]) -> Sequence[int]:
    low, high = nodes[address].interval
    return entries[low : high + 1]


def _count(nodes: Nodes, bits: list[int]) -> int:
    """Add how many bits are one: of six at a time by a table of three bits, then a sum."""
    groups = [bits[start : start + BITS] for start in range(0, len(bits), BITS)]
    addresses = [side_by_side(nodes, group) for group in groups]
    tables = [(address, _reached(nodes, address, _ONES)) for address in addresses]
    return sum_of_tables(nodes, tables, 0)


def summary(network: Network, spec: Lut) -> dict[str, int]:
    """Return the formats, and how many lookup tables and different comparisons there are."""
    tables = sum(len(layer.wires) for layer in network.layers)
    read = len(np.unique(network.layers[0].wires))
    return {"input_bits": spec.input_bits, "lookups": tables, "input_comparisons": read}
