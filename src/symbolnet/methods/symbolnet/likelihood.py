"""What outputs are judged by: cross-entropy of classes, squared or robust error of quantities.

Of a row with outputs o and target t the loss l, its slope r = dl/do and its curvature B = d2l/do2:

    cross-entropy   -sum_k t_k log p_k, p = softmax(o)           p - t     diag p - p p^T
    squared error   sum_k (o_k - t_k)^2 / 2                      o - t     1
    robust error    sum_k d_k^2 (s_k - 1),                       (o - t)/s diag 1/s
                    s_k = sqrt(1 + ((o_k - t_k) / d_k)^2)

The last B is that of rows weighed anew at every step, above the true one, so that steps stay safe.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

# Below this loss of a reduced quantity nothing is told apart: R2 is 1 to six digits and more.
_EXACT = 1e-9
_NORMAL = 1.4826  # deviation of a normal distribution in units of its median one


class Response(NamedTuple):
    """Loss, dl/do, and the diagonal of d2l/do2, each of every row and output, (n, k).

    `coupled` tells whether p p^T is taken from that diagonal p.
    """

    losses: Tensor
    residual: Tensor
    diagonal: Tensor
    coupled: bool

    @property
    def bend(self) -> Tensor:
        """Return the second derivative by each output alone, (n, k)."""
        return self.diagonal * (1 - self.diagonal) if self.coupled else self.diagonal

    def bend_along(self, output: Tensor) -> Tensor:
        """Return the second derivative by the values of units with weights (u, k), (n, u)."""
        bend = self.diagonal @ (output * output).T
        return bend - (self.diagonal @ output.T) ** 2 if self.coupled else bend


class Likelihood(Protocol):
    """How outputs (n, k) are judged by targets (n, k)."""

    @property
    def has_ones(self) -> bool:
        """Whether an output coefficient of exactly 1 is one in the formula, too."""

    @property
    def bias_decay(self) -> float:
        """Weight decay of the biases."""

    def start(self, target: Tensor) -> Tensor:
        """Return the biases (k,) of a network that has nothing else."""

    def unit(self, loss: float) -> float:
        """Return the loss that tolerances and the weight decay are shares of."""

    def response(self, outputs: Tensor, target: Tensor) -> Response:
        """Return the loss with its two derivatives."""

    def errors(self, outputs: Tensor, target: Tensor) -> Tensor:
        """Return the squared errors of the prediction, (n, k)."""

    def score(self, outputs: Tensor, target: Tensor, weight: Tensor | None) -> float:
        """Return the measure that members are chosen by: accuracy, or R2."""


class CrossEntropy:
    """Targets are classes, one-hot."""

    has_ones = True
    bias_decay = 1e-8  # all biases together may move freely

    def start(self, target: Tensor) -> Tensor:
        """Return 0: all classes are as likely."""
        return target.new_zeros(target.shape[1])

    def unit(self, loss: float) -> float:
        """Return 1: differences of the loss mean the same at every loss."""
        return 1.0

    def response(self, outputs: Tensor, target: Tensor) -> Response:
        """Return the loss with its two derivatives."""
        logs = torch.log_softmax(outputs, dim=1)
        p = logs.exp()
        return Response(-target * logs, p - target, p, True)

    def errors(self, outputs: Tensor, target: Tensor) -> Tensor:
        """Return the squared errors of the probabilities, (n, k)."""
        return (torch.log_softmax(outputs, dim=1).exp() - target).square()

    def score(self, outputs: Tensor, target: Tensor, weight: Tensor | None) -> float:
        """Return the share of rows whose largest output is that of their class."""
        right = (outputs.argmax(dim=1) == target.argmax(dim=1)).double()
        each = torch.ones_like(right) if weight is None else weight[:, 0].double()
        return ((right * each).sum() / each.sum()).item()


class SquaredError:
    """Targets are quantities, divided by their scale: no coefficient shows as it is."""

    has_ones = False
    bias_decay = 0.0  # it may be 1e9 times the scale

    def start(self, target: Tensor) -> Tensor:
        """Return the means."""
        return target.mean(dim=0)

    def unit(self, loss: float) -> float:
        """Return twice the loss, the variance that is left, as what is left to be explained."""
        return min(1.0, 2 * max(loss, _EXACT))

    def response(self, outputs: Tensor, target: Tensor) -> Response:
        """Return the loss with its two derivatives."""
        missed = outputs - target
        return Response(0.5 * missed.square(), missed, torch.ones_like(missed), False)

    def errors(self, outputs: Tensor, target: Tensor) -> Tensor:
        """Return the squared errors, (n, k)."""
        return (outputs - target).square()

    def score(self, outputs: Tensor, target: Tensor, weight: Tensor | None) -> float:
        """Return R2 of the errors beside those of `start`, the mean over the targets that vary."""
        guess = self.start(target).expand_as(target)
        missed, total = (self.errors(one, target) for one in (outputs, guess))
        if weight is not None:
            missed, total = missed * weight, total * weight
        missed, total = missed.sum(dim=0), total.sum(dim=0)
        varies = total > 0
        shares = missed[varies] / total[varies]
        return (1 - shares).mean().item() if varies.any() else 0.0


@dataclass(frozen=True)
class RobustError(SquaredError):
    """Pseudo-Huber: errors above the thresholds (k,) count by their size, not by its square."""

    thresholds: Tensor

    def start(self, target: Tensor) -> Tensor:
        """Return the medians."""
        return target.median(dim=0).values

    def response(self, outputs: Tensor, target: Tensor) -> Response:
        """Return the loss with its two derivatives."""
        missed, squares = outputs - target, self.thresholds.square()
        s = torch.sqrt(1 + missed.square() / squares)
        losses = missed.square() / (s + 1)  # d^2 (s - 1) without its cancellation
        return Response(losses, missed / s, 1 / s, False)

    def errors(self, outputs: Tensor, target: Tensor) -> Tensor:
        """Return twice the losses: the squares where errors are small, (n, k)."""
        return 2 * self.response(outputs, target).losses


def error_of(target: Tensor, robust: float | None) -> SquaredError:
    """Return the error of quantities (n, k), robust from so many of their deviations on.

    A deviation is 1.4826 times the median one from the median, which outliers do not move.
    """
    if robust is None:
        return SquaredError()
    middle = target.median(dim=0).values
    away = _NORMAL * (target - middle).abs().median(dim=0).values
    return RobustError(robust * torch.where(away > 0, away, 1.0))


CROSS_ENTROPY = CrossEntropy()
