"""The members of a training to its three files: networks, histories, what became of each."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import torch

from symbolnet.artifact import write_json, write_text
from symbolnet.config import TrainingSettings
from symbolnet.network.store import save_networks
from symbolnet.training.method import Member, Members

DATA = ("schema/members.json",)
COLUMNS = (
    "loss",
    "loss_mse",
    "accuracy_validation",
    "sparsity_input",
    "sparsity_weight",
    "sparsity_unary",
    "sparsity_binary",
)
SPARSITIES = COLUMNS[3:]
SCORE = COLUMNS[2]
CONSTANT = "it reads no input, its answer is always the same"
SCORES = {"classification": SCORE, "regression": "r2_validation"}


def write_members(
    training: str,
    spec: TrainingSettings,
    found: Members,
    seconds: float,
    files: tuple[Path, Path, Path],
) -> list[str]:
    """Write network.safetensors, history.csv and members.json of a training that took `seconds`.

    Returns a line for each member that failed.
    """
    network, history, record = files
    ids = [f"{training}-{k:03d}" for k in range(len(found.members))]
    save_networks(network, spec, found.architecture, ids, found.networks)
    write_text(history, history_csv(ids, [m.history for m in found.members], found.task))
    share = {"train_seconds": round(seconds / len(ids), 3)}
    reads = [bool(kept.any()) for kept in found.networks["input_mask"]]
    records = [
        _record(ids[k], found, k) | {"failed": _failure(found.members, k, reads)} | share
        for k in range(len(ids))
    ]
    write_json(
        record,
        {
            "class_weights": found.weights and found.weights.record(),
            "training": training,
            "method": spec.method,
            "epochs": max(len(member.history) for member in found.members),
            "threads": spec.threads,
            "device": found.device,
            "torch": torch.__version__,
            "train_seconds": round(seconds, 3),
            "members": records,
        },
        "members",
    )
    return [f"{one['id']} failed: {one['failed']}" for one in records if one["failed"]]


def history_csv(ids: list[str], histories: list[np.ndarray], task: str = "classification") -> str:
    """Return one row per member and epoch; the histories are (epochs, columns)."""
    names = (SCORES[task] if name == SCORE else name for name in COLUMNS)
    lines = [",".join(("member", "epoch", *names))]
    for member, history in zip(ids, histories, strict=True):
        for epoch, values in enumerate(history.tolist(), start=1):
            lines.append(",".join((member, str(epoch), *(f"{value:.9g}" for value in values))))
    return "\n".join(lines) + "\n"


def _record(name: str, found: Members, k: int) -> dict[str, Any]:
    """Return what became of one member, as it was after the epoch that is stored."""
    member = found.members[k]
    stored = _stored(member)
    last = dict(zip(COLUMNS, stored.tolist(), strict=True))
    score, best = SCORES[found.task], max(member.history[:, COLUMNS.index(SCORE)].tolist())
    return {
        "id": name,
        "seed": member.seed,
        "targets": member.targets and member.targets.model_dump(mode="json"),
        "sparsity": {kind.removeprefix("sparsity_"): last[kind] for kind in SPARSITIES},
        **_epoch(member),
        "inputs_kept": found.networks["input_mask"][k].nonzero()[0].tolist(),
        score: _finite(last[SCORE]),
        f"{score}_best": _finite(best),
        "diverged": not bool(np.isfinite(stored).all()),
    }


def _failure(members: list[Member], k: int, reads: list[bool]) -> str | None:
    """Say how a member failed, if it did; a front may well begin with a constant.

    `reads` tells of each member whether it reads an input.
    """
    if not np.isfinite(_stored(members[k])).all():
        return "its figures are not finite"
    seed, asked = members[k].seed, members[k].targets is not None
    front = [read for one, read in zip(members, reads, strict=True) if one.seed == seed]
    return None if reads[k] or (not asked and any(front)) else CONSTANT


def _stored(member: Member) -> np.ndarray:
    """Return the row of the history whose network is stored."""
    row: np.ndarray = member.history[-1 if member.epoch is None else member.epoch]
    return row


def _epoch(member: Member) -> dict[str, int]:
    return {} if member.epoch is None else {"epoch": member.epoch + 1}


def _finite(value: float) -> float | None:
    """R2 of a diverged member is no number, which JSON cannot hold."""
    return value if math.isfinite(value) else None
