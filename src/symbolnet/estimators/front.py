"""The front of a fit: its members, what they are expected to lose, and which one is taken."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from symbolnet.config import Choice
from symbolnet.data.dataset import Dataset
from symbolnet.data.row_weights import RowWeights
from symbolnet.errors import InputError
from symbolnet.expression.choice import choose
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.loss import expected, loss_record, optimism
from symbolnet.expression.store import Collection, Extracted
from symbolnet.expression.tree import complexities

if TYPE_CHECKING:
    from symbolnet.estimators.search import Pair

Entry = dict[str, Any]
_EXACT = 1e-10  # shares of a variance below it are rounding: of two laws the simpler is one


class Front(NamedTuple):
    """Members, simplest first, with their entries; `chosen` is the place of the best.

    An entry has what `choose` reads of metrics.json, and the scores on both kinds of rows. The
    complexity is that of the formulas in the units of the data: those that are shown.
    """

    collection: Collection
    entries: tuple[Entry, ...]
    chosen: int

    def at(self, complexity: float | None) -> Extracted:
        """Return the member that is chosen, or the best of at most this mean complexity."""
        return self.collection.members[self.place(complexity)]

    def place(self, complexity: float | None) -> int:
        """Return the place of that member."""
        if complexity is None:
            return self.chosen
        least = self.entries[0]["complexity_mean"]
        if not complexity >= least:
            do = f"ask for {least:g} or more, or fit with smaller budgets"
            raise InputError(f"a complexity of {least:g}, the simplest", f"{complexity}", do)
        return _chosen(self.entries, float(complexity))


def front_of(
    pairs: Sequence["Pair"], dataset: Dataset, weights: RowWeights | None, digits: int
) -> Front:
    """Judge the members on training and validation rows, and keep those worth their complexity.

    One that is expected to lose no less than a simpler one is left out. Judged is each with the
    constants of the training rows, kept with those of all rows.
    """
    sound = [p for p in pairs if p.judged.diverged is None and p.used.diverged is None]
    sound = [pair for pair in sound if pair.used.raw]
    if not sound:
        do = "rescale the columns, or raise `effort`"
        raise InputError("formulas in the range of float64", "none", do)
    entries = _entries(sound, dataset, weights)
    kept = _undominated(entries, dataset.task)
    names = dataset.feature_names, dataset.class_names
    used = tuple(sound[i].used for i in kept)
    collection = Collection(digits, *names, used, dataset.feature_symbols)
    entries = [entries[i] | _scores(sound[i].judged, dataset, weights) for i in kept]
    return Front(collection, tuple(entries), _chosen(entries))


def _entries(pairs: list["Pair"], dataset: Dataset, weights: RowWeights | None) -> list[Entry]:
    counts = weights and np.concatenate([weights.train, weights.validation])
    losses = [loss_record(pair.judged.rounded, dataset, counts) for pair in pairs]
    nats, rows = optimism(losses, dataset.task), (len(dataset.x_train), len(dataset.x_validation))
    found = []
    for pair, loss in zip(pairs, losses, strict=True):
        nodes = complexities(pair.used.raw)
        lost = expected(loss, nats, rows, dataset.task)
        mean = sum(nodes) / len(nodes)
        entry = {"id": pair.used.id, "diverged": None, "complexity_mean": mean}
        found.append(entry | {"loss": loss | {"expected": lost}})
    return found


def _undominated(entries: list[Entry], task: str) -> list[int]:
    """Return the places of the entries of which no simpler one loses as little."""
    lost = [np.inf if (e := entry["loss"]["expected"]) is None else e for entry in entries]
    if task == "regression":
        lost = [max(one, _EXACT) for one in lost]
    order = sorted(range(len(entries)), key=lambda i: (entries[i]["complexity_mean"], lost[i], i))
    kept: list[int] = []
    for i in order:
        if not kept or lost[i] < lost[kept[-1]]:
            kept.append(i)
    return kept


def _chosen(entries: Any, most: float = np.finfo(np.float64).max) -> int:
    """Return the place of the best entry up to a complexity, by the criterion of the pipeline."""
    name = choose(list(entries), Choice(training="front", complexity_max=float(most)))
    return next(i for i, entry in enumerate(entries) if entry["id"] == name)


def _scores(member: Extracted, dataset: Dataset, weights: RowWeights | None) -> Entry:
    """Return accuracy or R2 with the constants of the training rows, counted as in the training."""
    found = {}
    for name in ("train", "validation"):
        x, y = dataset.split(name)
        counts = None if weights is None else getattr(weights, name)
        outputs = evaluate(member.rounded, x)
        found[f"score_{name}"] = _score(outputs, y, dataset.task, counts)
    return found


def _score(outputs: np.ndarray, truth: np.ndarray, task: str, counts: np.ndarray | None) -> float:
    from sklearn.metrics import accuracy_score, r2_score

    if not np.isfinite(outputs).all():
        return float("nan")
    if task == "classification":
        return float(accuracy_score(truth, outputs.argmax(axis=1), sample_weight=counts))
    if len(truth) < 2:
        return float("nan")
    return float(r2_score(truth, outputs, sample_weight=counts))
