"""SymbolNet once more, unit by unit in float64 numpy: the truth the torch code is held to.

Written from the paper's equations; shares nothing with the package but the names of its tensors.
"""

from collections.abc import Callable

import numpy as np

Tensors = dict[str, np.ndarray]

UNARY: dict[str, Callable] = {
    "identity": lambda x: x,
    "sin": np.sin,
    "cos": np.cos,
    "exp": np.exp,
    "gauss": lambda x: np.exp(-x * x),
    "tanh": np.tanh,
    "square": lambda x: x * x,
    "log": lambda x: np.log(0.001 + np.abs(x)),
}
BINARY: dict[str, Callable] = {
    "+": lambda x, y: x + y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / (0.001 + np.abs(y)),
}


def theta(x: np.ndarray) -> np.ndarray:
    return (x > 0).astype(float)


def surrogate(x: np.ndarray, at: np.ndarray) -> np.ndarray:
    """theta at `at`, with the derivative 5 s(5x)(1 - s(5x)) there: sigmoid, shifted."""
    return theta(at) + 1 / (1 + np.exp(-5 * x)) - 1 / (1 + np.exp(-5 * at))


def parts(tensors: Tensors) -> list[str]:
    count = sum(name.endswith(".unary_threshold") for name in tensors)
    return [f"layer{i}" for i in range(count)] + ["output"]


def masks(t: Tensors, at: Tensors) -> Tensors:
    found = {"input": surrogate(1 - t["input_threshold"], 1 - at["input_threshold"])}
    for part in parts(t):
        for name in (f"{part}.weight", f"{part}.bias"):
            margin = np.abs(t[name]) - t[f"{name}_threshold"]
            found[name] = surrogate(margin, np.abs(at[name]) - at[f"{name}_threshold"])
        if part != "output":
            for name in (f"{part}.unary", f"{part}.binary"):
                found[name] = surrogate(1 - t[f"{name}_threshold"], 1 - at[f"{name}_threshold"])
    return found


def forward(t: Tensors, m: Tensors, unary: list[str], binary: list[str], x: np.ndarray):
    h = x * m["input"]
    for part in parts(t):
        z = h @ (t[f"{part}.weight"] * m[f"{part}.weight"]) + t[f"{part}.bias"] * m[f"{part}.bias"]
        if part == "output":
            return z
        n, k = m[f"{part}.unary"], m[f"{part}.binary"]
        columns = [
            n[i] * UNARY[unary[i % len(unary)]](z[:, i]) + (1 - n[i]) * z[:, i]
            for i in range(len(n))
        ]
        for j in range(len(k)):
            p, q = z[:, len(n) + 2 * j], z[:, len(n) + 2 * j + 1]
            columns.append(k[j] * BINARY[binary[j % len(binary)]](p, q) + (1 - k[j]) * (p + q))
        h = np.stack(columns, axis=1)
    raise AssertionError("no output layer")


def by_kind(tensors: Tensors, suffix: str = "") -> dict[str, np.ndarray]:
    """All values of each kind of pruned object, in one vector each."""
    kinds: dict[str, list[np.ndarray]] = {"weight": [], "input": [], "unary": [], "binary": []}
    kinds["input"].append(tensors[f"input{suffix}"])
    for part in parts(tensors) if suffix else dict.fromkeys(n.split(".")[0] for n in tensors):
        if part != "input":
            kinds["weight"] += [tensors[f"{part}.{n}{suffix}"].ravel() for n in ("weight", "bias")]
        if part not in ("input", "output"):
            kinds["unary"].append(tensors[f"{part}.unary{suffix}"])
            kinds["binary"].append(tensors[f"{part}.binary{suffix}"])
    return {kind: np.concatenate(values) for kind, values in kinds.items()}


def sparsities(m: Tensors) -> dict[str, float]:
    return {kind: float((values < 0.5).mean()) for kind, values in by_kind(m).items()}


def damp(s: float, a: float) -> float:
    return 0.0 if s >= a else float(np.exp(-((a / (a - min(s, a))) ** 0.01) + 1))


def loss(t: Tensors, at: Tensors, targets: dict[str, float], unary, binary, x, y):
    """L and L_mse at `t`, differentiable around `at`; D is held at its value there."""
    held = sparsities(masks(at, at))
    mse = ((forward(t, masks(t, at), unary, binary, x) - y) ** 2).sum(axis=1).mean()
    thresholds = by_kind(t, "_threshold")
    total = mse * damp(held["weight"], targets["weight"]) * np.exp(-thresholds["weight"]).mean()
    for kind in ("input", "unary", "binary"):
        total += mse * damp(held[kind], targets[kind]) * np.exp(-thresholds[kind].mean())
    return mse + total, mse
