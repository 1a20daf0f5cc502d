"""Laws inside any torch module: formulas of what its named layers make of what they read."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from symbolnet.errors import InputError
from symbolnet.estimators.regressor import SymbolicRegressor

Array = np.ndarray
_FEWEST = 40  # rows, of which a quarter is kept to be judged by
_KEPT = 0.25
_LIVE = 1e-3  # of the largest deviation: outputs that vary less carry nothing


class Inner(NamedTuple):
    """Formulas of a layer: numbers of its live outputs, the model of them, and R2 of each.

    `share` is how much of the variance of all outputs each has; R2 are on rows that no fit has
    seen. The strongest output comes first.
    """

    layer: str
    outputs: tuple[int, ...]
    share: tuple[float, ...]
    model: SymbolicRegressor
    r2: tuple[float, ...]

    def text(self) -> dict[int, str]:
        """Return the formula of each output by its number, in the names of the layer's inputs."""
        found = self.model.text()
        texts = [found] if isinstance(found, str) else list(found.values())
        return dict(zip(self.outputs, texts, strict=True))

    def __repr__(self) -> str:
        lines = [
            f"{self.layer}[{number}] = {text}  (R2 {r2:.4f})"
            for (number, text), r2 in zip(self.text().items(), self.r2, strict=True)
        ]
        return "\n".join(lines)


def laws_of(
    module: nn.Module,
    X: Any,
    layers: Sequence[str],
    *,
    names: Mapping[str, Sequence[str]] | None = None,
    outputs: int = 3,
    rows: int = 1000,
    random_state: int = 0,
    **settings: Any,
) -> dict[str, Inner]:
    """Return formulas of the inner values of a torch module, for each of the layers named.

    The module is called once on X (a tensor, an array, or a tuple of them as its arguments). A
    layer is named as `named_modules` has it; its first argument (..., d) and what it returns
    (..., k), row by row, are what formulas are found for: at most `rows` of them, drawn by
    `random_state`, of the `outputs` that vary most. `names` gives names to the d inputs of a layer;
    further keywords are those of `SymbolicRegressor`.

    After Cranmer et al. 2020 (arXiv:2006.11287): the layer that makes the messages of a graph
    network holds the law between pairs, the one that reads their sum what a body makes of it.
    Raises InputError where a layer does not exist, is not called, or has no rows of numbers.
    """
    seen = _seen(module, X, layers)
    found = {}
    for layer, (x, y) in seen.items():
        drawn = np.random.default_rng(random_state).permutation(len(x))[:rows]
        named = (names or {}).get(layer)
        found[layer] = _laws(layer, x[drawn], y[drawn], named, outputs, random_state, settings)
    return found


def _seen(module: nn.Module, X: Any, layers: Sequence[str]) -> dict[str, tuple[Array, Array]]:
    """Return rows (n, d) into and (n, k) out of each layer, of one call of the module."""
    if not isinstance(module, nn.Module):
        raise InputError("a torch module", type(module).__name__, "give an nn.Module")
    known = dict(module.named_modules())
    calls: dict[str, list[tuple[Any, Any]]] = {name: [] for name in layers}
    if isinstance(layers, str) or not calls:
        raise InputError("a list of layers by their names", repr(layers), "name one at least")
    for name in calls:
        if name not in known or not name:
            there = ", ".join(one for one in known if one)
            raise InputError(f"one of the layers {there}", repr(name), "correct `layers`")

    def keep(name: str) -> Any:
        return lambda _layer, given, made: calls[name].append((given[0] if given else None, made))

    hooks = [known[name].register_forward_hook(keep(name)) for name in calls]
    try:
        with torch.no_grad():
            module(*_arguments(X))
    finally:
        for hook in hooks:
            hook.remove()
    return {name: _rows(name, own) for name, own in calls.items()}


def _arguments(X: Any) -> list[Any]:
    given = X if isinstance(X, tuple) else (X,)
    return [
        torch.as_tensor(np.asarray(one), dtype=torch.get_default_dtype())
        if not isinstance(one, Tensor)
        else one
        for one in given
    ]


def _rows(layer: str, calls: list[tuple[Any, Any]]) -> tuple[Array, Array]:
    """Return all calls of a layer as rows; raise InputError where they are none."""
    what = f"tensors into and out of the layer {layer!r}"
    if not calls:
        raise InputError(what, "no call of it", "name a layer that `forward` calls")
    for one in (value for call in calls for value in call):
        if not isinstance(one, Tensor) or one.ndim < 2:
            found = f"{tuple(one.shape)}" if isinstance(one, Tensor) else type(one).__name__
            raise InputError(f"{what}, (..., d)", found, "name a layer from rows to rows")
    x, y = (
        np.concatenate([_flat(call[side]) for call in calls]).astype(np.float64) for side in (0, 1)
    )
    if len(x) != len(y) or len(x) < _FEWEST:
        found = f"{len(x)} into it and {len(y)} out of it"
        raise InputError(f"{_FEWEST} rows at least, as many out of {layer!r}", found, "give more X")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InputError(f"finite {what}", "NaN or infinity", "correct X or the module")
    return x, y


def _flat(values: Tensor) -> Array:
    rows: Array = values.detach().reshape(-1, values.shape[-1]).cpu().numpy()
    return rows


def _laws(
    layer: str,
    x: Array,
    y: Array,
    names: Sequence[str] | None,
    outputs: int,
    random_state: int,
    settings: dict[str, Any],
) -> Inner:
    """Return formulas of the outputs of a layer that vary most, judged on rows kept from them."""
    deviation = y.std(axis=0)
    strongest = np.argsort(-deviation, kind="stable")[:outputs]
    live = [int(k) for k in strongest if deviation[k] > _LIVE * deviation.max()]
    if not live:
        raise InputError(f"outputs of {layer!r} that vary", "none", "name another layer")
    kept = int(_KEPT * len(x))
    table = _table(layer, x, names)
    model = SymbolicRegressor(random_state=random_state, **settings)
    target = y[:, live] if len(live) > 1 else y[:, live[0]]
    model.fit(table[kept:], target[kept:])
    wrong = (y[:kept, live] - model.predict(table[:kept]).reshape(kept, -1)).var(axis=0)
    r2 = 1 - wrong / y[:kept, live].var(axis=0)
    share = deviation[live] ** 2 / (deviation**2).sum()
    return Inner(layer, tuple(live), tuple(share.tolist()), model, tuple(r2.tolist()))


def _table(layer: str, x: Array, names: Sequence[str] | None) -> Any:
    """Return the rows with the names of their columns, if any are given."""
    if names is None:
        return x
    import pandas

    if len(names) != x.shape[1]:
        found = f"{len(names)}: {', '.join(map(str, names))}"
        raise InputError(f"{x.shape[1]} names of the inputs of {layer!r}", found, "correct `names`")
    return pandas.DataFrame(x, columns=list(map(str, names)))
