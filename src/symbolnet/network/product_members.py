"""The trained state of `products` to its three files: networks, history, what became of each."""

from typing import Any

import numpy as np
import torch

from symbolnet.artifact import write_json, write_text
from symbolnet.config import Architecture, Layer
from symbolnet.network.history import COLUMNS, SPARSITIES, history_csv
from symbolnet.network.job import Job
from symbolnet.network.masked import MaskedLayer, MaskedNetwork
from symbolnet.network.product_layout import Product, ProductLayout
from symbolnet.network.product_problem import ProductProblem
from symbolnet.network.record import job_record
from symbolnet.network.state import State
from symbolnet.network.store import save_networks

DATA = ("schema/members.json",)
OPERATOR = "*"


def write_products(job: Job, problem: ProductProblem, parts: list[Product], state: State) -> None:
    """Write network.safetensors, history.csv and members.json; `parts` hold pruned weights."""
    pairs = [(s, t) for s in range(len(problem.spec.seeds)) for t in range(len(parts))]
    networks = [product_network(problem.layout, parts, s, t) for s, t in pairs]
    named = {f"{job.name}-{k:03d}": network for k, network in enumerate(networks)}
    save_networks(job.network, problem.spec, _architecture(problem.layout), named)
    write_text(job.history, history_csv(list(named), state.history))
    share = round(state.seconds / len(pairs), 3)
    records = [
        {"id": identity, "train_seconds": share} | _member(problem, state, k, pair, named[identity])
        for k, (identity, pair) in enumerate(zip(named, pairs, strict=True))
    ]
    record = job_record(job.name, problem.spec, state, records, problem.weights)
    write_json(job.members, record, "members")


def product_network(
    layout: ProductLayout, parts: list[Product], seed: int, target: int
) -> MaskedNetwork:
    """Return one member as a symbolic layer of as many products a class as any target has."""
    products, classes = max(layout.products), layout.classes
    weight, outer, shift, bias, _ = [values[seed].cpu().numpy() for values in parts[target]]
    weight, shift = _paired(layout, target, weight), _paired(layout, target, shift[None])[0]
    table = np.zeros((classes, products), np.float32)
    table[:, : layout.products[target]] = outer.reshape(classes, -1)
    output = table[:, :, None] * np.eye(classes, dtype=np.float32)[:, None, :]
    # A product without inputs stays one: of its constants.
    kept = np.tile(np.arange(products) < layout.products[target], classes)
    empty, names = np.zeros(0, bool), (OPERATOR,) * len(kept)
    layer = MaskedLayer(weight, shift, (), empty, names, kept)
    used = (weight != 0).sum(axis=1) > 0
    return MaskedNetwork(used, (layer,), output.reshape(-1, classes), bias)


def _paired(layout: ProductLayout, target: int, values: np.ndarray) -> np.ndarray:
    """Return columns (r, 2 k widest): the two sums of each product beside each other."""
    classes, products = layout.classes, layout.products[target]
    table = np.zeros((len(values), classes, max(layout.products), 2), np.float32)
    split = values.reshape(len(values), 2, classes, products)
    table[:, :, :products] = split.transpose(0, 2, 3, 1)
    return table.reshape(len(values), -1)


def _architecture(layout: ProductLayout) -> Architecture:
    units = layout.classes * max(layout.products)
    return Architecture(layers=[Layer(unary=0, binary=units)], binary_operators=[OPERATOR])


def _member(
    problem: ProductProblem, state: State, k: int, pair: tuple[int, int], network: MaskedNetwork
) -> dict[str, Any]:
    """One member but its name; its time is its equal share of the job's."""
    seed, target = pair
    last = dict(zip(COLUMNS, state.history[-1][k].tolist(), strict=True))
    accuracies = [entry[k, COLUMNS.index("accuracy_validation")].item() for entry in state.history]
    return {
        "seed": problem.spec.seeds[seed],
        "targets": None,
        "complexity_target": problem.spec.targets[target].complexity,
        "sparsity": {name.removeprefix("sparsity_"): last[name] for name in SPARSITIES},
        "inputs_kept": network.input_kept.nonzero()[0].tolist(),
        "accuracy_validation": last["accuracy_validation"],
        "accuracy_validation_best": max(accuracies),
        "diverged": not bool(torch.isfinite(state.history[-1][k]).all()),
    }
