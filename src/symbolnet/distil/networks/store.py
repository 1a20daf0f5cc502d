"""Trained graph networks as one .safetensors file.

Tensors, stacked over m members: `message0.weight` (m, in, out), `message0.bias` (m, 1, out), ...,
`node0.weight`, ... as in form.py, float32, and `live` (m, w), 1 for each live component of a
message; of bodies of hidden charges `traits` (m, kinds, 2). The one metadata entry `graph_networks`
is JSON: version, settings of the training, dimension of space, `kinds` of bodies (0: none are
hidden), and `scale`, the median |a| that accelerations are divided by.
"""

from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from symbolnet.config import GraphTraining, Variant
from symbolnet.distil.networks.form import (
    TRAITS,
    Form,
    Weights,
    form_of,
    hamiltonian_accelerations,
    messages,
    pulls,
    sizes,
    summed,
)
from symbolnet.distil.networks.graphs import Graphs
from symbolnet.distil.tensors import TensorFile, of_layers

FILE = TensorFile(
    2,
    "graph_networks",
    "graph networks",
    "train_graph_networks",
    "{found} for {name} of {wanted}",
)


class Trained(NamedTuple):
    """The members of a training, and what their outputs are scaled by."""

    form: Form
    training: GraphTraining
    weights: Weights
    live: Tensor
    scale: float

    @property
    def members(self) -> list[tuple[Variant, int]]:
        """Variant and seed of every member."""
        return self.training.members()

    def messages(self, graphs: Graphs) -> Tensor:
        """Return the live messages (m, b, n - 1, n, w): means of `kl`, pulls of `flathgn`."""
        if self.form.hamiltonian:
            return pulls(self.form, self.weights, graphs)
        with torch.no_grad():
            found = messages(self.form, self.weights, graphs)[..., : self.form.messages]
            return found * self.live[:, None, None, None]

    def accelerations(self, graphs: Graphs) -> Tensor:
        """Return the accelerations (m, b, n, dim) that the members predict."""
        if self.form.hamiltonian:
            found = hamiltonian_accelerations(self.form, self.weights, graphs)[0]
            return found.detach() * self.scale
        with torch.no_grad():
            return summed(self.form, self.weights, graphs, self.messages(graphs)) * self.scale


def save_trained(path: Path, trained: Trained) -> None:
    """Write the members of a training."""
    header = {
        "training": trained.training.model_dump(mode="json"),
        "dimension": trained.form.dimension,
        "kinds": trained.form.kinds,
        "scale": trained.scale,
    }
    FILE.save(path, header, {**trained.weights, "live": trained.live})


def load_trained(path: Path) -> Trained:
    """Read the members of a training; raise InputError where the file holds something else."""
    about, tensors = FILE.load(path, _about, lambda about: _shapes(about.form))
    live = tensors.pop("live")
    return Trained(about.form, about.training, tensors, live, about.scale)


class _About(NamedTuple):
    form: Form
    training: GraphTraining
    scale: float


def _about(header: dict[str, Any]) -> _About:
    training = GraphTraining.model_validate(header["training"])
    form = form_of(training, int(header["dimension"]), int(header.get("kinds", 0)))
    return _About(form, training, float(header["scale"]))


def _shapes(form: Form) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the tensors of a form."""
    shapes = of_layers(sizes(form), form.members) | {"live": (form.members, form.messages)}
    return shapes | {"traits": (form.members, form.kinds, TRAITS)} if form.kinds else shapes
