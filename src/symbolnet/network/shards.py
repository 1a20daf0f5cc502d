"""Finished states of neighbouring members to the state of all of them together."""

import torch

from symbolnet.network.checkpoint import Tensors

# Everything else is alike in all parts (steps) or of no use after the last epoch (generators).
_BY_MEMBER = ("parameters", "first", "second", "effects", "kept")


def joined_states(parts: list[Tensors]) -> Tensors:
    """Return the frozen state of a whole training from those of its parts, in their order."""
    together = {name: torch.cat([part[name] for part in parts]) for name in _BY_MEMBER}
    together["history"] = torch.cat([part["history"] for part in parts], dim=1)
    together["seconds"] = torch.stack([part["seconds"] for part in parts]).sum()
    return {**parts[0], **together}
