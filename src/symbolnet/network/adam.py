"""Adam as Keras computes it, on one tensor of all members' parameters."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-7


@dataclass
class Adam:
    """Moments of the gradient and the number of steps taken.

    Keras adds epsilon to sqrt(v) before the bias correction, torch after it; the notebook is
    Keras. Everything is element by element, so members never touch each other.
    """

    first: Tensor
    second: Tensor
    steps: int = 0
    beta2: float = BETA2

    def update(self, parameters: Tensor, gradient: Tensor, learning_rate: float) -> None:
        """Take one step in place."""
        self.steps += 1
        scale = math.sqrt(1 - self.beta2**self.steps) / (1 - BETA1**self.steps)
        with torch.no_grad():
            self.first.lerp_(gradient, 1 - BETA1)
            self.second.mul_(self.beta2).addcmul_(gradient, gradient, value=1 - self.beta2)
            denominator = self.second.sqrt().add_(EPSILON)
            parameters.addcdiv_(self.first, denominator, value=-learning_rate * scale)
