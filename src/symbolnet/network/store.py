"""The trained members of a training as one .safetensors file; reading it needs no torch.

Tensors, stacked over the members, in the paper's order of units (masked.py): for each part
`layer0`, `layer1`, ..., `output` its `weight` (m, inputs, units) and `bias` (m, units); for each
layer `unary` (m, u) and `binary` (m, b); and `input` (m, d). Each comes as
`<name>_threshold` float32 and `<name>_mask` uint8, weights and biases also as `<name>`, unmasked.
The one metadata entry `symbolnet` is JSON: version, ids, training (the settings), architecture.
A training without thresholds leaves those out. Of a regression also `target_mean` and
`target_scale` (k,) float64: the weights are those of y reduced by them, and reading a member puts y
into its own units, in double precision, since a bias may be far larger than the spread about it.
Where these two are missing in a regression, the output layer is in the targets' units, and all is
float64.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from symbolnet.artifact import replacing
from symbolnet.config import Architecture, Settings
from symbolnet.data.quantities import Quantities
from symbolnet.errors import InputError
from symbolnet.network.masked import MaskedLayer, MaskedNetwork, cyclic

VERSION = 2
Arrays = dict[str, np.ndarray]
_NAN = np.float32(np.nan)
QUANTITIES = tuple(f"target_{name}" for name in Quantities._fields)


def save_networks(
    path: Path, spec: Settings, architecture: Architecture, ids: list[str], tensors: Arrays
) -> None:
    """Write the networks of a training, their arrays stacked over them."""
    header = {
        "version": VERSION,
        "ids": ids,
        "training": spec.model_dump(mode="json"),
        "architecture": architecture.model_dump(mode="json"),
    }
    tensors = {name: _plain(array) for name, array in tensors.items()}
    with replacing(path) as temporary:
        # One metadata key only: safetensors writes several in random order.
        temporary.write_bytes(save(tensors, {"symbolnet": json.dumps(header, sort_keys=True)}))


def stacked(networks: list[MaskedNetwork], kind: type = np.float32) -> Arrays:
    """Return the arrays of finished networks of one shape.

    `kind` is their precision: float64 for quantities in their own units.
    """
    tensors = {"input_mask": _stacked([n.input_kept for n in networks], np.uint8)}
    for i in range(len(networks[0].layers)):
        name, layers = f"layer{i}", [network.layers[i] for network in networks]
        tensors |= _both(f"{name}.weight", [layer.weight for layer in layers], kind)
        tensors |= _both(f"{name}.bias", [layer.bias for layer in layers], kind)
        tensors[f"{name}.unary_mask"] = _stacked([v.unary_kept for v in layers], np.uint8)
        tensors[f"{name}.binary_mask"] = _stacked([v.binary_kept for v in layers], np.uint8)
    tensors |= _both("output.weight", [n.output_weight for n in networks], kind)
    return tensors | _both("output.bias", [n.output_bias for n in networks], kind)


def _both(name: str, arrays: list[np.ndarray], kind: type) -> Arrays:
    """Return weights and their mask: what is zero is pruned."""
    values = _stacked(arrays, kind)
    return {name: values, f"{name}_mask": (values != 0).astype(np.uint8)}


def _stacked(arrays: list[np.ndarray], kind: type) -> np.ndarray:
    return np.stack(arrays).astype(kind)


def _plain(array: np.ndarray) -> np.ndarray:
    """Make all NaN alike: which sign that of a diverged member has depends on its place."""
    return array if array.dtype != np.float32 else np.where(np.isnan(array), _NAN, array)


def load_members(path: Path) -> list[tuple[str, MaskedNetwork]]:
    """Return id and masked network of every member; raise InputError if the file is damaged."""
    header, tensors = _read(path)
    try:
        spec = Architecture.model_validate(header["architecture"])
        return unstacked(spec, [str(name) for name in header["ids"]], tensors)
    except (KeyError, IndexError, ValueError) as error:
        raise _damaged(path, str(error)) from error


def unstacked(
    architecture: Architecture, ids: list[str], tensors: Arrays
) -> list[tuple[str, MaskedNetwork]]:
    """Return id and masked network of every member whose arrays are stacked over them."""
    return [(name, _member(architecture, tensors, k)) for k, name in enumerate(ids)]


def load_training(path: Path) -> dict[str, Any]:
    """Return the settings that the members of a file were trained with; they name their method."""
    training = _read(path)[0].get("training")
    if not isinstance(training, dict) or not isinstance(training.get("method"), str):
        raise _damaged(path, "no method")
    return training


def _read(path: Path) -> tuple[dict[str, Any], Arrays]:
    if not path.is_file():
        raise InputError(f"a file {path}", "none", "check the path or run the stage `train`")
    try:
        with safe_open(path, framework="numpy") as archive:
            header = json.loads((archive.metadata() or {}).get("symbolnet", "{}"))
            tensors = {name: archive.get_tensor(name) for name in archive.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        raise _damaged(path, str(error)) from error
    if header.get("version") != VERSION:
        raise _damaged(path, f"version {header.get('version')}")
    return header, tensors


def _damaged(path: Path, found: str) -> InputError:
    return InputError(f"trained members of version {VERSION}", f"{path}: {found}", "train again")


def _member(spec: Architecture, tensors: Arrays, k: int) -> MaskedNetwork:
    def masked(name: str) -> np.ndarray:
        return np.where(tensors[f"{name}_mask"][k] > 0, tensors[name][k], np.float32(0))

    layers = tuple(
        MaskedLayer(
            masked(f"layer{i}.weight"),
            masked(f"layer{i}.bias"),
            tuple(cyclic(spec.unary_operators, layer.unary)),
            tensors[f"layer{i}.unary_mask"][k] > 0,
            tuple(cyclic(spec.binary_operators, layer.binary)),
            tensors[f"layer{i}.binary_mask"][k] > 0,
        )
        for i, layer in enumerate(spec.layers)
    )
    kept = tensors["input_mask"][k] > 0
    output = masked("output.weight"), masked("output.bias")
    if any(name in tensors for name in QUANTITIES):
        output = _in_own_units(*output, Quantities(*(tensors[name] for name in QUANTITIES)))
    return MaskedNetwork(kept, layers, *output)


def _in_own_units(
    weight: np.ndarray, bias: np.ndarray, quantities: Quantities
) -> tuple[np.ndarray, np.ndarray]:
    """Fold mean and scale of the targets into an output layer (h, k), (k,)."""
    return weight * quantities.scale, quantities.restored(bias.astype(np.float64))
