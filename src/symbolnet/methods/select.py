"""The method that settings ask for."""

from typing import Any

import torch

from symbolnet.config import PaperTraining, TrainingSettings
from symbolnet.data.dataset import Dataset
from symbolnet.methods.paper.problem import joined as joined_scans
from symbolnet.methods.paper.problem import problem_of
from symbolnet.methods.paper.scan import Paper
from symbolnet.methods.symbolnet.job import SymbolNet
from symbolnet.methods.symbolnet.record import joined as joined_fronts
from symbolnet.training.loop import prepare_device
from symbolnet.training.method import Method, Tensors


def method_of(dataset: Dataset, spec: TrainingSettings) -> Method[Any]:
    """Return the method on a data set; threads and device are set from here on."""
    device = prepare_device(spec)
    if isinstance(spec, PaperTraining):
        return Paper(problem_of(dataset, spec, device))
    return SymbolNet(dataset, spec)


def joined(spec: TrainingSettings, parts: list[Tensors]) -> Tensors:
    """Return the checkpoint of a whole training from the shards of its parts, in their order."""
    join = joined_scans if isinstance(spec, PaperTraining) else joined_fronts
    return join(parts) | {"seconds": torch.stack([part["seconds"] for part in parts]).sum()}
