"""The trained network of haloes as one .safetensors file.

Tensors `message0.weight` (1, in, out), `message0.bias` (1, 1, out), ..., `node0.weight`, ... as in
network.py, float32. The one metadata entry `halo_network` is JSON: version, settings of the
training, and the scale of inputs and outputs.
"""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from symbolnet.artifact import replacing
from symbolnet.config import HaloTraining
from symbolnet.distil.halos.neighbours import Edges
from symbolnet.distil.halos.network import Scale, graph_of, messages, predicted, sizes
from symbolnet.distil.networks.form import Weights
from symbolnet.errors import InputError

VERSION = 1
_KEY = "halo_network"
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
    _check_finite(path, trained.weights)
    header = {
        "version": VERSION,
        "training": trained.training.model_dump(mode="json"),
        "scale": trained.scale._asdict(),
    }
    tensors = {name: one.detach().contiguous() for name, one in trained.weights.items()}
    with replacing(path) as temporary:
        temporary.write_bytes(save(tensors, {_KEY: json.dumps(header, sort_keys=True)}))


def load_halo_network(path: Path) -> TrainedHalos:
    """Read a network; raise InputError where the file holds something else."""
    if not path.is_file():
        do = "check the path or run the stage `train_halo_network`"
        raise InputError(f"a file {path}", "none", do)
    try:
        with safe_open(path, framework="pt") as archive:
            header = json.loads((archive.metadata() or {}).get(_KEY, "{}"))
            tensors = {name: archive.get_tensor(name) for name in archive.keys()}  # noqa: SIM118
        training = HaloTraining.model_validate(header["training"])
        scale = Scale(**{name: float(one) for name, one in header["scale"].items()})
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise _damaged(path, f"{type(error).__name__}: {str(error).splitlines()[0]}") from None
    _check(path, header.get("version"), training, tensors)
    return TrainedHalos(training, tensors, scale)


def _check(path: Path, version: object, training: HaloTraining, tensors: Weights) -> None:
    """Raise InputError where version or tensors are not those of the training."""
    if version != VERSION:
        raise _damaged(path, f"version {version}")
    expected: dict[str, tuple[int, ...]] = {}
    for name, (inputs, outputs) in sizes(training).items():
        expected |= {f"{name}.weight": (1, inputs, outputs), f"{name}.bias": (1, 1, outputs)}
    found = {name: tuple(one.shape) for name, one in tensors.items()}
    wrong = sorted(n for n in expected | found if expected.get(n) != found.get(n))
    if wrong:
        raise _damaged(
            path, f"another architecture: {wrong[0]} is {found.get(wrong[0], 'missing')}"
        )
    _check_finite(path, tensors)


def _check_finite(path: Path, tensors: Weights) -> None:
    if not all(bool(torch.isfinite(one).all()) for one in tensors.values()):
        raise _damaged(path, "weights that are not finite: its training diverged")


def _damaged(path: Path, found: str) -> InputError:
    expected = f"a network of haloes of version {VERSION}"
    return InputError(
        expected, f"{path}: {found}", "train again (lower learning_rate if it diverged)"
    )
