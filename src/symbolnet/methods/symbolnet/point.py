"""A point of the front: units or a law, with figures, and which event of which task made them."""

from typing import Any, NamedTuple

import numpy as np
import torch

from symbolnet.expression.loss import expected, optimism
from symbolnet.expression.price import PRODUCT
from symbolnet.methods.symbolnet.constants import free_constants
from symbolnet.methods.symbolnet.forward import Sample, figures, figures_of, tensor
from symbolnet.methods.symbolnet.laws.law import Law, Ruler
from symbolnet.methods.symbolnet.laws.proposals import worth_of_a_constant
from symbolnet.methods.symbolnet.units import PRUNED, Units, mean_nodes
from symbolnet.training.weights import ClassWeights

# Figures of a trace row; of quantities R2 stands for the accuracy. Four count what is alive:
# inputs, constants, operators.
TRACE = (
    "loss",
    "loss_mse",
    "accuracy_train",
    "accuracy_validation",
    "input",
    "weight",
    "unary",
    "binary",
    "loss_validation",
)


Form = Units | Law
_BELIEVED, _LEAST = 0.1, 1e-30  # shares of the variance: left by a law that counts; no less is told


class Point(NamedTuple):
    """Units or a law, the number of the task that made them, and the row of its trace.

    `seed` is the number of their seed.
    """

    form: Form
    seed: int
    task: int
    row: int

    @property
    def nodes(self) -> float:
        """Return the mean complexity."""
        return self.form.nodes if isinstance(self.form, Law) else mean_nodes(self.form)

    @property
    def constants(self) -> int:
        """Return how many constants are fitted."""
        return self.form.constants if isinstance(self.form, Law) else free_constants(self.form)


class Data(NamedTuple):
    """Training and validation sample; `inputs` are the distinct columns of the data set.

    `ruler` turns them into those that laws are of. The targets of a regression are divided by their
    `scale` (k,). `few` are the training rows that paths and searches go by, and that every event is
    measured on.
    """

    train: Sample
    validation: Sample
    inputs: np.ndarray
    weights: ClassWeights | None = None
    scale: np.ndarray | None = None
    few: Sample | None = None
    ruler: Ruler | None = None

    @property
    def searched(self) -> Sample:
        """Return `few`, or all training rows where these are few enough."""
        return self.train if self.few is None else self.few

    @property
    def task(self) -> str:
        """Return the task of the data set."""
        return "classification" if self.scale is None else "regression"


def measured(form: Form, data: Data) -> np.ndarray:
    """Return a row of the trace."""
    loss, squared, train = _figures(form, data.searched, data)
    validation_loss, _, validation = _figures(form, data.validation, data)
    alive = _alive_in_law(form) if isinstance(form, Law) else _alive(form)
    return np.array([loss, squared, train, validation, *alive, validation_loss])


def _figures(form: Form, sample: Sample, data: Data) -> tuple[float, float, float]:
    if isinstance(form, Units):
        return figures(form, sample)
    assert data.ruler is not None
    values = form.outputs(data.ruler.raw(sample.x.numpy())) / data.scale
    return figures_of(tensor(values, torch.float64), sample)


def _alive_in_law(law: Law) -> tuple[int, int, int, int]:
    return len(law.inputs), law.constants, law.operators, 0


def _alive(units: Units) -> tuple[int, int, int, int]:
    """Return how many inputs, constants, functions and products there are."""
    states = (units.weight_state, units.shift_state, units.output_state, units.bias_state)
    constants = sum(int((state > PRUNED).sum()) for state in states)
    products = int((units.operator == PRODUCT).sum())
    return int(units.inputs.sum()), constants, len(units.operator) - products, products


def expected_losses(points: list[Point], rows: list[np.ndarray], data: Data) -> list[float]:
    """Return what points are expected to lose, by the criterion that members are chosen by."""
    losses = [_losses(point, row) for point, row in zip(points, rows, strict=True)]
    nats, counts = optimism(losses, data.task), (len(data.train.x), len(data.validation.x))
    found = [expected(loss, nats, counts, data.task) for loss in losses]
    return [np.inf if loss is None else loss for loss in found]


def without_need(points: list[Point], losses: list[float], data: Data) -> list[bool]:
    """Tell which units a law of as few nodes does without.

    A law that leaves less than a tenth of the variance is believed until units gain more than
    their further constants are worth.
    """
    worth = worth_of_a_constant(len(data.train.x) + len(data.validation.x))
    pairs = list(zip(points, losses, strict=True))
    scores = [np.log(max(lost, _LEAST)) + worth * point.constants for point, lost in pairs]
    laws = [
        (point.nodes, score)
        for (point, lost), score in zip(pairs, scores, strict=True)
        if isinstance(point.form, Law) and lost < _BELIEVED
    ]
    return [
        isinstance(point.form, Units)
        and any(nodes <= point.nodes and best <= score for nodes, best in laws)
        for point, score in zip(points, scores, strict=True)
    ]


def _losses(point: Point, row: np.ndarray) -> dict[str, Any]:
    pair = (float(row[TRACE.index(name)]) for name in ("loss", "loss_validation"))
    train, validation = (loss if np.isfinite(loss) else None for loss in pair)
    return {"train": train, "validation": validation, "constants": point.constants}


def thinned(points: list[Point], losses: list[float], limit: int) -> list[Point]:
    """Keep at most `limit` points, simplest first: the best up to each of as many complexities.

    A point that is expected to lose no less than a simpler one is left out.
    """
    nodes = [point.nodes for point in points]
    order = sorted(range(len(points)), key=lambda i: (nodes[i], losses[i], i))
    front = [i for j, i in enumerate(order) if all(losses[i] < losses[o] for o in order[:j])]
    if len(front) <= limit:
        return [points[i] for i in front]
    ends = np.geomspace(nodes[front[0]], nodes[front[-1]], limit)
    last = {int(np.searchsorted(ends, nodes[i])): i for i in front}
    return [points[i] for _, i in sorted(last.items())]
