"""A data set to two layers of learned one-dimensional tables, pruned to a budget of LUTs."""

import numpy as np
import torch
from torch import Tensor

from symbolnet.baselines.rivals.built import Built
from symbolnet.baselines.rivals.curves import Layers
from symbolnet.baselines.rivals.functions import (
    Functions,
    add_functions,
    estimated_luts,
    table_bits,
)
from symbolnet.baselines.rivals.inputs import Grids, grids_of
from symbolnet.baselines.rivals.pruning import dispensable, means_of, rows_of
from symbolnet.baselines.rivals.schedule import epochs, one_epoch, share_kept
from symbolnet.config import Kan
from symbolnet.data.dataset import Dataset
from symbolnet.errors import InputError
from symbolnet.firmware.graph.nodes import Nodes

MOST_INPUTS = 64  # each has tables of all words, whose spans share the range of a word
_JUDGED = 3000  # training rows on which tables are ranked


def build(dataset: Dataset, spec: Kan, nodes: Nodes) -> Built:
    """Train tables and add their nodes."""
    grids = grids_of(dataset.x_train, spec.input_bits)
    functions = train(dataset, spec, grids)
    places = add_functions(nodes, grids, functions)
    scores = functions.scores(grids.addresses(dataset.x_test))
    return Built(places, scores, summary(functions, spec))


def train(dataset: Dataset, spec: Kan, grids: Grids) -> Functions:
    """Train and prune on training rows alone."""
    inputs = len(dataset.feature_names)
    if inputs > MOST_INPUTS:
        do = "leave this rival out of `rivals` for this data set"
        raise InputError(f"at most {MOST_INPUTS} inputs for learned tables", f"{inputs}", do)
    generator = torch.Generator().manual_seed(spec.seed)
    addresses = grids.addresses(dataset.x_train)
    sizes = inputs, spec.words, len(dataset.class_names)
    reached = _reached(addresses, 1 << spec.input_bits)
    model = Layers(sizes, (spec.input_bits, spec.word_bits), spec.fraction, reached, generator)
    _fit(model, addresses, dataset.y_train, spec, generator)
    return model.functions()


def _reached(addresses: np.ndarray, count: int) -> Tensor:
    """Return for every address (inputs, count) the nearest one that training rows fill."""
    ends = np.quantile(addresses, [0.002, 0.998], axis=0, method="nearest")
    return torch.tensor(np.clip(np.arange(count), ends[0][:, None], ends[1][:, None]))


def _fit(
    model: Layers, addresses: np.ndarray, y: np.ndarray, spec: Kan, generator: torch.Generator
) -> None:
    optimizer = torch.optim.Adam(model.parameters(), lr=spec.learning_rate, betas=(0.9, 0.99))
    rows = torch.tensor(addresses), torch.tensor(y)
    full = estimated_luts(model.functions())
    for done in epochs(optimizer, spec):
        most = full * share_kept(done, min(1.0, spec.luts / full))
        prune(model, addresses[:_JUDGED], y[:_JUDGED], most)
        one_epoch(model, optimizer, rows, spec.batch, generator)
    while prune(model, addresses[:_JUDGED], y[:_JUDGED], spec.luts):
        pass


def prune(model: Layers, addresses: np.ndarray, y: np.ndarray, luts: float) -> bool:
    """Drop some of the tables that are worth least if all take too many LUTs; tell whether so."""
    functions = model.functions()
    excess = estimated_luts(functions) - luts
    if excess <= 0:
        return False
    rows = rows_of(functions, addresses, y)
    masks = tuple(mask.numpy() for mask in model.masks)
    leaving = dispensable(functions, rows, masks, excess)
    for layer, means in enumerate(means_of(functions, rows)):
        gone = torch.zeros(means.shape, dtype=torch.bool)
        for edge in leaving:
            if edge.layer == layer:
                gone[edge.source, edge.target] = True
        if gone.any():
            model.drop(layer, gone, torch.tensor(means, dtype=torch.float32))
    return True


def summary(functions: Functions, spec: Kan) -> dict[str, int]:
    """Return the formats, and how many tables there are of inputs and of words."""
    bits = spec.model_dump(include={"input_bits", "word_bits"})
    first, second = (int((table_bits(t) > 0).sum()) for t in (functions.first, functions.second))
    return bits | {"tables_of_inputs": first, "tables_of_words": second}
