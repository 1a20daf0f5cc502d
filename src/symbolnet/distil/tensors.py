"""Weights and what they are of, as one .safetensors file with one metadata entry of JSON."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from symbolnet.artifact import replacing
from symbolnet.errors import InputError

Shapes = Mapping[str, tuple[int, ...]]
Made = TypeVar("Made")


class TensorFile(NamedTuple):
    """A kind of file: its version, the key of its entry, what it holds, and the stage it is of.

    `differs` says of a tensor by its `name` that it is of shape `found`, not `wanted`.
    """

    version: int
    key: str
    of: str
    stage: str
    differs: str

    def save(self, path: Path, header: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
        """Write tensors and a header, to which the version is added, atomically."""
        text = json.dumps({"version": self.version, **header}, sort_keys=True)
        plain = {name: one.detach().contiguous() for name, one in tensors.items()}
        with replacing(path) as temporary:
            temporary.write_bytes(save(plain, {self.key: text}))

    def load(
        self,
        path: Path,
        made: Callable[[dict[str, Any]], Made],
        shapes: Callable[[Made], Shapes],
    ) -> tuple[Made, dict[str, Tensor]]:
        """Return what is made of the header, and the tensors, whose shapes follow from it.

        Raise InputError where the file holds something else, or what has diverged.
        """
        if not path.is_file():
            do = f"check the path or run the stage `{self.stage}`"
            raise InputError(f"a file {path}", "none", do)
        try:
            with safe_open(path, framework="pt") as archive:
                header = json.loads((archive.metadata() or {}).get(self.key, "{}"))
                tensors = {n: archive.get_tensor(n) for n in archive.keys()}  # noqa: SIM118
            found = made(header)
        except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
            fault = f"{type(error).__name__}: {str(error).splitlines()[0]}"
            raise self._damaged(path, fault) from None
        if header.get("version") != self.version:
            raise self._damaged(path, f"version {header.get('version')}")
        self._check_shapes(path, shapes(found), tensors)
        self.check_finite(path, tensors)
        return found, tensors

    def _check_shapes(self, path: Path, shapes: Shapes, tensors: Mapping[str, Tensor]) -> None:
        found = {name: tuple(one.shape) for name, one in tensors.items()}
        for name in sorted(shapes.keys() | found.keys()):
            if shapes.get(name) != found.get(name):
                seen, wanted = found.get(name, "missing"), shapes.get(name, "no such tensor")
                fault = self.differs.format(name=name, found=seen, wanted=wanted)
                raise self._damaged(path, f"another architecture: {fault}")

    def check_finite(self, path: Path, tensors: Mapping[str, Tensor]) -> None:
        """Raise InputError where a training has diverged."""
        if not all(bool(torch.isfinite(one).all()) for one in tensors.values()):
            raise self._damaged(path, "weights that are not finite: its training diverged")

    def _damaged(self, path: Path, found: str) -> InputError:
        do = "train again (lower learning_rate if it diverged)"
        return InputError(f"{self.of} of version {self.version}", f"{path}: {found}", do)


def of_layers(sizes: Mapping[str, tuple[int, int]], members: int) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the weights of layers, stacked over members."""
    shapes: dict[str, tuple[int, ...]] = {}
    for name, (inputs, outputs) in sizes.items():
        shapes |= {f"{name}.weight": (members, inputs, outputs)}
        shapes |= {f"{name}.bias": (members, 1, outputs)}
    return shapes
