"""Laws inside torch modules: found in the layers named, judged on other rows, faults in a line."""

from typing import Any

import numpy as np
import pandas
import pytest
import torch
from torch import Tensor, nn

import symbolnet
from symbolnet.errors import InputError


class Pairs(nn.Module):
    """Messages of pairs (r, m1, m2): a law, nothing, and another law."""

    def forward(self, x: Tensor) -> Tensor:
        r, m1, m2 = x.unbind(-1)
        return torch.stack((4 * m1 * m2 / r**2, 0 * r, m1 * torch.exp(-r)), -1)


class Graph(nn.Module):
    """Messages, and half their sum."""

    def __init__(self) -> None:
        super().__init__()
        self.pair, self.body, self.idle = Pairs(), nn.Linear(3, 1), nn.Linear(2, 2)
        with torch.no_grad():
            self.body.weight.fill_(0.5), self.body.bias.zero_()

    def forward(self, x: Tensor) -> Tensor:
        made: Tensor = self.body(self.pair(x).sum(dim=1))
        return made


X = np.random.default_rng(0).uniform(0.5, 3.5, size=(120, 4, 3))
NAMES = {"pair": ["r", "m1", "m2"]}


def test_laws_of_layers_are_found_in_the_names_of_their_inputs() -> None:
    found = symbolnet.laws_of(Graph(), X, ["pair", "body"], names=NAMES, effort=0.2, rows=400)
    assert list(found) == ["pair", "body"]
    pair, body = found["pair"], found["body"]
    assert pair.outputs == (0, 2)  # the strongest first, without the dead one
    assert pair.text() == {0: "4*m1*m2/r**2", 2: "m1*exp(-r)"}
    assert min(pair.r2) > 0.999999 and 0.9 < pair.share[0] < 1
    assert "pair[2] = m1*exp(-r)  (R2 1.0000)" in repr(pair)
    assert body.outputs == (0,) and body.r2[0] > 0.999
    rows = pandas.DataFrame([[2.0, 3.0, 5.0]], columns=NAMES["pair"])
    assert pair.model.predict(rows)[0, 0] == pytest.approx(4 * 3 * 5 / 4)


def test_r2_is_of_rows_that_no_fit_has_seen() -> None:
    class Noise(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.randn(len(x), 1, generator=torch.Generator().manual_seed(0))

    module = nn.Sequential(Noise())
    found = symbolnet.laws_of(module, np.random.default_rng(1).random((60, 2)), ["0"], effort=0.1)
    assert found["0"].r2[0] < 0.2


@pytest.mark.parametrize(
    ("given", "layers", "names", "fault"),
    [
        (3, ["pair"], None, "a torch module; found int"),
        (Graph(), ["pear"], None, "one of the layers pair, body, idle; found 'pear'"),
        (Graph(), "pair", None, "a list of layers"),
        (Graph(), [], None, "a list of layers"),
        (Graph(), ["idle"], None, "found no call of it"),
        (Graph(), ["pair"], {"pair": ["r"]}, "3 names of the inputs of 'pair'; found 1: r"),
    ],
)
def test_faults_are_one_line(given: Any, layers: Any, names: Any, fault: str) -> None:
    with pytest.raises(InputError, match=fault) as told:
        symbolnet.laws_of(given, X, layers, names=names)
    assert "\n" not in str(told.value)


def test_rows_must_be_numbers_many_and_vary() -> None:
    for x, fault in ((X * np.nan, "finite"), (X[:5], "40 rows"), (X * 0 + 1, "that vary")):
        with pytest.raises(InputError, match=fault):
            symbolnet.laws_of(Graph(), x, ["pair"])


def test_hooks_are_taken_off_even_where_the_module_fails() -> None:
    module = Graph()
    with pytest.raises(ValueError, match="unpack"):
        symbolnet.laws_of(module, np.zeros((50, 4, 7)), ["body"])
    assert not module.body._forward_hooks
