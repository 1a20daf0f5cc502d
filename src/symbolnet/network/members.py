"""A trained state to its three files: the members, their history, and what became of each."""

import math
from pathlib import Path
from typing import Any

import torch

from symbolnet.artifact import write_json, write_text
from symbolnet.config import Targets
from symbolnet.network.history import COLUMNS, SCORE, SCORES, SPARSITIES, history_csv
from symbolnet.network.keep import kept_epochs, kept_rows
from symbolnet.network.masks import Masks, sections_of
from symbolnet.network.preset import PRESETS
from symbolnet.network.problem import Problem
from symbolnet.network.record import job_record
from symbolnet.network.state import State, members_of
from symbolnet.network.store import save_members

DATA = ("schema/members.json",)


def write_members(
    training: str,
    problem: Problem,
    state: State,
    files: tuple[Path, Path, Path],
    members: list[tuple[int, Targets]] | None = None,
) -> None:
    """Write network.safetensors, history.csv and members.json.

    `members` are seed and targets of each where they are more than those of the settings.
    """
    network, history, record = files
    pairs = members or members_of(problem.spec)
    spec, layout = problem.spec, problem.layout
    ids = [f"{training}-{k:03d}" for k in range(len(pairs))]
    rows = kept_rows(problem, state)
    epochs = kept_epochs(problem, state.history).tolist()
    with torch.no_grad():
        masks = PRESETS[spec.thresholds].masks(sections_of(layout, rows))
    arrays = {kind: mask.cpu().numpy() for kind, mask in masks._asdict().items()}
    save_members(network, spec, layout, ids, rows.cpu().numpy(), arrays, problem.quantities)
    write_text(history, history_csv(ids, state.history, problem.task))
    share = {"train_seconds": round(state.seconds / len(ids), 3)}
    records = [
        {"id": ids[k], "seed": seed, "targets": targets.model_dump(mode="json")}
        | _member(problem, state, masks, k, epochs[k])
        | share
        for k, (seed, targets) in enumerate(pairs)
    ]
    write_json(record, job_record(training, spec, state, records, problem.weights), "members")


def _member(problem: Problem, state: State, masks: Masks, k: int, epoch: int) -> dict[str, Any]:
    """Return what became of one member, as it was after an epoch, from 0."""
    last = dict(zip(COLUMNS, state.history[epoch][k].tolist(), strict=True))
    scores = [entry[k, COLUMNS.index(SCORE)].item() for entry in state.history]
    return {
        "sparsity": {name.removeprefix("sparsity_"): last[name] for name in SPARSITIES},
        "epoch": epoch + 1,
        "inputs_kept": masks.input[k].nonzero().flatten().tolist(),
        SCORES[problem.task]: _finite(last[SCORE]),
        f"{SCORES[problem.task]}_best": _finite(max(scores)),
        "diverged": not bool(torch.isfinite(state.history[epoch][k]).all()),
    }


def _finite(value: float) -> float | None:
    """R2 of a diverged member is no number, which JSON cannot hold."""
    return value if math.isfinite(value) else None
