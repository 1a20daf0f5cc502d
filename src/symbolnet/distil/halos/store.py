"""The trained network of haloes as one .safetensors file.

Tensors `message0.weight` (1, in, out), `message0.bias` (1, 1, out), ..., `node0.weight`, ... as in
network.py, float32. The one metadata entry `halo_network` is JSON: version, settings of the
training, and the scale of inputs and outputs.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from symbolnet.config import HaloTraining
from symbolnet.distil.halos.neighbours import Edges
from symbolnet.distil.halos.network import Scale, graph_of, messages, predicted, sizes
from symbolnet.distil.networks.form import Weights
from symbolnet.distil.tensors import TensorFile, of_layers

FILE = TensorFile(
    1, "halo_network", "a network of haloes", "train_halo_network", "{name} is {found}"
)
Array = np.ndarray


class TrainedHalos(NamedTuple):
    """A trained network, and what its inputs and outputs are scaled by."""

    training: HaloTraining
    weights: Weights
    scale: Scale

    def messages(self, edges: Edges) -> Array:
        """Return the messages (e,) along edges."""
        with torch.no_grad():
            sent = messages(self.weights, graph_of(edges, self.scale).edges)[:, 0]
        return np.asarray(sent.numpy().astype(np.float64))

    def overdensities(self, edges: Edges) -> Array:
        """Return the overdensities (h,) that it predicts."""
        with torch.no_grad():
            found = predicted(self.weights, graph_of(edges, self.scale)).numpy()
        return np.asarray(found.astype(np.float64) * self.scale.spread + self.scale.middle)


def save_halo_network(path: Path, trained: TrainedHalos) -> None:
    """Write a network; raise InputError where its training diverged."""
    FILE.check_finite(path, trained.weights)
    training, scale = trained.training.model_dump(mode="json"), trained.scale._asdict()
    FILE.save(path, {"training": training, "scale": scale}, trained.weights)


def load_halo_network(path: Path) -> TrainedHalos:
    """Read a network; raise InputError where the file holds something else."""
    (training, scale), tensors = FILE.load(
        path, _about, lambda about: of_layers(sizes(about[0]), 1)
    )
    return TrainedHalos(training, tensors, scale)


def _about(header: dict[str, Any]) -> tuple[HaloTraining, Scale]:
    training = HaloTraining.model_validate(header["training"])
    return training, Scale(**{name: float(one) for name, one in header["scale"].items()})
