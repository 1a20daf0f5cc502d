"""A data set and the settings of `products` to tensors, and the state that training starts from."""

from typing import NamedTuple

import torch
from torch import Tensor

from symbolnet.config import ProductTraining
from symbolnet.data.dataset import Dataset
from symbolnet.errors import InputError
from symbolnet.network.adam import Adam
from symbolnet.network.product_layout import ProductLayout, product_layout
from symbolnet.network.state import State
from symbolnet.network.weights import ClassWeights, class_weights

BETA2 = 0.99
SPREAD, OUTER, TEMPERATURE = 0.2, 0.05, -1.0


class ProductProblem(NamedTuple):
    """Settings, layout, and the data on the device."""

    spec: ProductTraining
    layout: ProductLayout
    x_train: Tensor
    y_train: Tensor
    x_validation: Tensor
    y_validation: Tensor
    weights: ClassWeights | None = None

    @property
    def steps(self) -> int:
        """Steps of an epoch; the rows that fill no batch wait for the next order."""
        return max(1, len(self.x_train) // self.spec.batch)


def product_problem(
    dataset: Dataset, spec: ProductTraining, device: torch.device
) -> ProductProblem:
    """Return the data on the device; the test set is left out."""
    if dataset.task != "classification":
        do = "use the preset `compact`"
        raise InputError("classes, for the preset `products`", dataset.task, do)
    layout = product_layout(spec, len(dataset.feature_names), len(dataset.class_names))
    arrays = (dataset.x_train, dataset.y_train, dataset.x_validation, dataset.y_validation)
    x_train, y_train, x_validation, y_validation = (torch.from_numpy(a).to(device) for a in arrays)
    weights = class_weights(dataset, spec, device)
    return ProductProblem(spec, layout, x_train, y_train, x_validation, y_validation, weights)


def initial_products(problem: ProductProblem) -> State:
    """Draw weights from N(0, 0.2^2) by seed; products start as -0.05, +0.05, -0.05, ...

    Those of inputs that are 0 in all of train are 0: no gradient would ever reach them.
    """
    layout, spec = problem.layout, problem.spec
    zero = ~problem.x_train.any(dim=0).cpu()
    rows = torch.zeros(len(spec.seeds), sum(map(sum, layout.sizes)))
    for part, products in zip(layout.parts(rows), layout.products, strict=True):
        for weight, seed in zip(part.weight, spec.seeds, strict=True):
            # From the seed anew: a member starts alike whatever is trained beside it.
            generator = torch.Generator().manual_seed(seed)
            weight.copy_(SPREAD * torch.randn(weight.shape, generator=generator))
            weight[zero] = 0
        signs = torch.tensor([OUTER if j % 2 else -OUTER for j in range(products)])
        part.outer.copy_(signs.repeat(layout.classes))
        part.temperature.fill_(TEMPERATURE)
    rows = rows.to(problem.x_train.device)
    adam = Adam(torch.zeros_like(rows), torch.zeros_like(rows), beta2=BETA2)
    return State(rows, adam, [torch.Generator().manual_seed(seed) for seed in spec.seeds])
