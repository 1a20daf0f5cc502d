"""The members of a finished training: their networks, and the figures of a log line."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from symbolnet.config import Architecture
from symbolnet.data.quantities import Quantities
from symbolnet.methods.paper.epochs import FORMS, kept_epochs, kept_rows
from symbolnet.methods.paper.layout import Layout
from symbolnet.methods.paper.masks import sections_of
from symbolnet.methods.paper.problem import Problem
from symbolnet.methods.paper.state import State, members_of
from symbolnet.network.store import QUANTITIES, Arrays
from symbolnet.training.members import COLUMNS, SCORE, SCORES, SPARSITIES
from symbolnet.training.method import Member, Members

_KINDS = ("weight", "input", "unary", "binary")


def found_members(problem: Problem, state: State) -> Members:
    """Return the members of one pass as they are to be stored."""
    rows, epochs = kept_rows(problem, state), kept_epochs(problem, state.history).tolist()
    with torch.no_grad():
        masks = FORMS[problem.spec.thresholds].masks(sections_of(problem.layout, rows))
    histories = torch.stack(state.history, dim=1).numpy()
    pairs = zip(members_of(problem.spec), histories, epochs, strict=True)
    return Members(
        Architecture.model_validate(
            problem.spec.model_dump(include=set(Architecture.model_fields))
        ),
        networks_of(problem.layout, rows, masks._asdict(), problem.quantities),
        [Member(seed, history, targets, epoch) for (seed, targets), history, epoch in pairs],
        problem.task,
        problem.weights,
        rows.device.type,
    )


def together(first: Members, second: Members) -> Members:
    """Return the members of two passes, those of the first before those of the second."""
    networks = {
        name: array if name in QUANTITIES else np.concatenate([array, second.networks[name]])
        for name, array in first.networks.items()
    }
    return first._replace(networks=networks, members=first.members + second.members)


def told(figures: Tensor, task: str) -> str:
    """Return a row of the history as text: one value, or lowest..highest, over the members."""
    columns = dict(zip(COLUMNS, figures.unbind(dim=1), strict=True))
    score = SCORES[task].removesuffix("_validation")
    sparsity = " ".join(f"{name[9:]} {_range(columns[name])}" for name in SPARSITIES)
    return f"loss {_range(columns['loss'])}  {score} {_range(columns[SCORE])}  sparsity {sparsity}"


def _range(values: Tensor) -> str:
    finite = values[values.isfinite()]
    if not len(finite):
        return "nan"
    low, high = f"{finite.min():.3f}", f"{finite.max():.3f}"
    return low if low == high else f"{low}..{high}"


def networks_of(
    layout: Layout,
    parameters: Tensor,
    masks: dict[str, Tensor],
    quantities: Quantities | None = None,
) -> Arrays:
    """Return rows (m, p) and the masks made from them, by kind (m, size), as they are stored.

    `quantities` are what the outputs of a regression stand for.
    """
    found = {} if quantities is None else dict(zip(QUANTITIES, quantities, strict=True))
    rows = parameters.cpu().numpy()
    ends = np.cumsum(layout.sections)
    weights, *thresholds = np.split(rows, ends[:-1], axis=1)
    tensors = _by_part(layout, weights, "")
    for kind, threshold in zip(_KINDS, thresholds, strict=True):
        split = _by_part if kind == "weight" else _by_kind(kind)
        tensors |= split(layout, threshold, "_threshold")
        tensors |= split(layout, masks[kind].cpu().numpy().astype(np.uint8), "_mask")
    return {name: np.ascontiguousarray(array) for name, array in tensors.items()} | found


def _by_part(layout: Layout, values: np.ndarray, suffix: str) -> Arrays:
    """Cut the weight section into matrices and biases, in the paper's order."""
    pieces = np.split(values, np.cumsum(layout.weight_sizes)[:-1], axis=1)
    sources = [list(range(layout.inputs)), *(layer.outputs for layer in layout.layers)]
    targets = [*(layer.units for layer in layout.layers), list(range(layout.outputs))]
    names = [*(f"layer{i}" for i in range(len(layout.layers))), "output"]
    tensors: Arrays = {}
    for i, (name, shape) in enumerate(zip(names, layout.matrices, strict=True)):
        columns, units = np.argsort(sources[i]), np.argsort(targets[i])
        matrix = pieces[2 * i].reshape(-1, *shape)[:, units][:, :, columns]
        tensors[f"{name}.weight{suffix}"] = matrix.transpose(0, 2, 1)
        tensors[f"{name}.bias{suffix}"] = pieces[2 * i + 1][:, units]
    return tensors


def _by_kind(kind: str) -> Any:
    def split(layout: Layout, values: np.ndarray, suffix: str) -> Arrays:
        if kind == "input":
            return {f"input{suffix}": values}
        groups = [getattr(layer, kind) for layer in layout.layers]
        orders = [[place for group in layer for place in group.members] for layer in groups]
        pieces = np.split(values, np.cumsum([len(order) for order in orders])[:-1], axis=1)
        named = zip(orders, pieces, strict=True)
        return {f"layer{i}.{kind}{suffix}": p[:, np.argsort(o)] for i, (o, p) in enumerate(named)}

    return split
