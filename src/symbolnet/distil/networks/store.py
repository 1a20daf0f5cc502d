"""Trained graph networks as one .safetensors file.

Tensors, stacked over m members: `message0.weight` (m, in, out), `message0.bias` (m, 1, out), ...,
`node0.weight`, ... as in form.py, float32, and `live` (m, w), 1 for each live component of a
message; of bodies of hidden charges `traits` (m, kinds, 2). The one metadata entry `graph_networks`
is JSON: version, settings of the training, dimension of space, `kinds` of bodies (0: none are
hidden), and `scale`, the median |a| that accelerations are divided by.
"""

import json
from pathlib import Path
from typing import NamedTuple

import torch
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from symbolnet.artifact import replacing
from symbolnet.config import GraphTraining, Variant
from symbolnet.distil.networks.form import (
    TRAITS,
    Form,
    Weights,
    form_of,
    messages,
    sizes,
    summed,
)
from symbolnet.distil.networks.graphs import Graphs
from symbolnet.distil.networks.hamiltonian import hamiltonian_accelerations, pulls
from symbolnet.errors import InputError

VERSION = 2
_KEY = "graph_networks"


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
        "version": VERSION,
        "training": trained.training.model_dump(mode="json"),
        "dimension": trained.form.dimension,
        "kinds": trained.form.kinds,
        "scale": trained.scale,
    }
    tensors = {name: one.detach().contiguous() for name, one in trained.weights.items()}
    with replacing(path) as temporary:
        text = json.dumps(header, sort_keys=True)
        temporary.write_bytes(save({**tensors, "live": trained.live}, {_KEY: text}))


def load_trained(path: Path) -> Trained:
    """Read the members of a training; raise InputError where the file holds something else."""
    if not path.is_file():
        do = "check the path or run the stage `train_graph_networks`"
        raise InputError(f"a file {path}", "none", do)
    try:
        with safe_open(path, framework="pt") as archive:
            header = json.loads((archive.metadata() or {}).get(_KEY, "{}"))
            tensors = {name: archive.get_tensor(name) for name in archive.keys()}  # noqa: SIM118
        training = GraphTraining.model_validate(header["training"])
        form = form_of(training, int(header["dimension"]), int(header.get("kinds", 0)))
        scale = float(header["scale"])
    except (SafetensorError, OSError, ValueError, KeyError, ValidationError) as error:
        raise _damaged(path, f"{type(error).__name__}: {str(error).splitlines()[0]}") from None
    _check(path, header, form, tensors)
    live = tensors.pop("live")
    return Trained(form, training, tensors, live, scale)


def _check(path: Path, header: dict[str, object], form: Form, tensors: Weights) -> None:
    """Raise InputError where the tensors are not those of the form."""
    if header.get("version") != VERSION:
        raise _damaged(path, f"version {header.get('version')}")
    expected = {"live": (form.members, form.messages)}
    for name, (inputs, outputs) in sizes(form).items():
        expected[f"{name}.weight"] = form.members, inputs, outputs  # type: ignore[assignment]
        expected[f"{name}.bias"] = form.members, 1, outputs  # type: ignore[assignment]
    if form.kinds:
        expected["traits"] = form.members, form.kinds, TRAITS  # type: ignore[assignment]
    found = {name: tuple(one.shape) for name, one in tensors.items()}
    for name in sorted(expected.keys() | found.keys()):
        if expected.get(name) != found.get(name):
            wanted = f"{name} of {expected.get(name, 'no such tensor')}"
            raise _damaged(path, f"another architecture: {found.get(name, 'none')} for {wanted}")
    check_finite(path, tensors)


def check_finite(path: Path, tensors: Weights) -> None:
    """Raise InputError where a training has diverged."""
    if not all(bool(torch.isfinite(one).all()) for one in tensors.values()):
        raise _damaged(path, "weights that are not finite: its training diverged")


def _damaged(path: Path, found: str) -> InputError:
    expected = f"graph networks of version {VERSION}"
    return InputError(
        expected, f"{path}: {found}", "train again (lower learning_rate if it diverged)"
    )
