"""A quantised network to the fixed-point graph that all executors run."""

import numpy as np

from symbolnet.config import Mlp
from symbolnet.data.dataset import Dataset
from symbolnet.firmware.fixed import Fixed
from symbolnet.firmware.formats import WIDE
from symbolnet.firmware.graph import Graph, check
from symbolnet.firmware.nodes import Nodes
from symbolnet.peers.quantised import Layer, Network, activation_fraction, input_fraction


def graph_of(
    name: str, network: Network, dataset: Dataset, spec: Mlp, argmax: bool = False
) -> Graph:
    """Return the graph of a network: weighted sums, and between layers a saturation at 0 and above.

    An activation is a conversion to an unsigned format that saturates, which is a ReLU.
    """
    nodes, limit = Nodes(WIDE), 2 ** (spec.input_bits - 1)
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
    nodes.outputs([scores[i] for i in range(len(scores))], dataset.class_names, argmax)
    graph = Graph(name, dataset.feature_names, _summary(network, spec), tuple(nodes.list))
    check(graph)
    return graph


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


def _summary(network: Network, spec: Mlp) -> dict[str, int]:
    sizes = [layer.weights.size for layer in network.layers]
    kept = [int(np.count_nonzero(layer.weights)) for layer in network.layers]
    bits = spec.model_dump(include={"input_bits", "weight_bits", "activation_bits"})
    return bits | {"weights": sum(sizes), "weights_kept": sum(kept)}
