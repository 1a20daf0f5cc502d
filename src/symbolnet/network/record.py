"""What a job of the batched engine says of itself in members.json."""

from typing import Any

import torch

from symbolnet.config import PaperTraining
from symbolnet.network.state import State
from symbolnet.network.weights import ClassWeights


def job_record(
    training: str,
    spec: PaperTraining,
    state: State,
    members: list[dict[str, Any]],
    weights: ClassWeights | None,
) -> dict[str, Any]:
    """Return the record of a job and of its members, as in schema/members.json."""
    return {
        "class_weights": weights and weights.record(),
        "training": training,
        "method": spec.method,
        "epochs": spec.epochs,
        "threads": spec.threads,
        "device": state.parameters.device.type,
        "torch": torch.__version__,
        "train_seconds": round(state.seconds, 3),
        "members": members,
    }
