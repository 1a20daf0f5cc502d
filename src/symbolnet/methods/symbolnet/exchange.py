"""Exchange of inner constants at equal nodes, by second derivatives, where no two outputs share.

If each unit belongs to one output, the curvature is blocked by output: with h = p_k (1 - p_k),

    H_k = mean h J_k^T J_k,   J_k = do_k / d(V, b, c, W of output k).

A block holds the constants that are alive and the most promising ones that are not. In its
quadratic model a constant q comes in as one or as a free weight, all free ones moving along,

    dL = g + S / 2   or   -g^2 / (2 S),   S = H_qq - H_qf H_ff^-1 H_fq,   g likewise,

and others go at the least loss per node, -g + S / 2 for a one, theta^2 / (2 [H^-1]_qq) for a free
constant, until the nodes are paid. What the model promises is then tried on all rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from symbolnet.expression.price import ADD, FACTOR, IDENTITY, NUMBER, PRODUCT, VARIABLE, WEIGHTED
from symbolnet.methods.symbolnet.forward import Pass, Sample, run, tensor
from symbolnet.methods.symbolnet.units import FREE, ONE, PRUNED, Units

_NAMES = "output", "bias", "shift", "weight"
_OUTPUT, _BIAS, _SHIFT, _WEIGHT = range(len(_NAMES))
_CHUNK = 8192  # rows at a time: bounds the memory
_TINY = 1e-9  # least curvature
_DAMPING = np.array([3e-5, 3e-5, 1e-3, 1e-3])  # of outputs, biases, shifts, weights


class Extent(NamedTuple):
    """How far one exchange goes: constants exchanged for each output, candidates of each sum, rows
    of the sample that the curvature is measured on, and the spread of the scores' logarithms."""

    moves: int
    candidates: int = 12
    rows: int = 9000
    jitter: float = 0.0


@dataclass
class Block:
    """The quadratic model of one output.

    `places` (p, 4) are kind, unit, slot and input of its constants; `inverse` (p, p) is that of H
    over the free ones, zero elsewhere.
    """

    output: int
    places: np.ndarray
    state: np.ndarray
    theta: np.ndarray
    gradient: np.ndarray
    hessian: np.ndarray
    inverse: np.ndarray

    def copy(self) -> "Block":
        """Return a block that goes on independently."""
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        for name in ("state", "theta", "gradient", "inverse"):
            own[name] = own[name].copy()
        return Block(**own)

    @property
    def inner(self) -> np.ndarray:
        """Numbers of the constants inside units."""
        return np.flatnonzero(self.places[:, 0] >= _SHIFT)

    def reduced(self, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return g and S of constants, all free ones moving along."""
        free = np.flatnonzero(self.state == FREE)  # few of many: the rest of the inverse is zero
        across = self.hessian[np.ix_(q, free)]
        pull = across @ self.inverse[np.ix_(free, free)]
        spread = np.diag(self.hessian)[q] - (pull * across).sum(axis=1)
        return self.gradient[q] - pull @ self.gradient[free], np.maximum(spread, _TINY)

    def set(self, q: int, value: float) -> None:
        """Give a constant that is to be fixed its value, 0 or 1."""
        change = value - self.theta[q]
        if self.state[q] == FREE:
            column = self.inverse[:, q].copy()
            step = column / column[q] * change
            self.inverse -= np.outer(column, column) / column[q]
            self.inverse[q] = self.inverse[:, q] = 0
        else:
            step = -(self.inverse @ self.hessian[:, q]) * change
            step[q] = change
        self._step(step)
        self.theta[q], self.state[q] = value, ONE if value else PRUNED

    def free(self, q: int) -> None:
        """Let a constant go free and to its best value."""
        pull = self.inverse @ self.hessian[:, q]
        spread = max(self.hessian[q, q] - self.hessian[q] @ pull, _TINY)
        slope = self.gradient[q] - pull @ self.gradient
        along = -pull
        along[q] = 1
        self.inverse += np.outer(along, along) / spread
        self.state[q] = FREE
        self._step(along * (-slope / spread))

    def _step(self, step: np.ndarray) -> None:
        self.theta += step
        self.gradient += self.hessian @ step


def separate(units: Units) -> bool:
    """Tell whether each unit belongs to one output."""
    return bool((units.uses <= 1).all())


def exchanged(
    units: Units, sample: Sample, nodes: int, extent: Extent, generator: np.random.Generator
) -> Units:
    """Return units with constants exchanged; `nodes` more than now may be used, of all outputs."""
    assert separate(units)
    new, spare = units.copy(), nodes
    for block in _blocks(units, sample, extent, generator):
        for _ in range(extent.moves):
            spare, found = _exchange(block, spare, extent.jitter, generator)
            if not found:
                break
        _write(new, block)
    return new


def _exchange(
    block: Block, spare: int, jitter: float, generator: np.random.Generator
) -> tuple[int, bool]:
    """Let one constant in and others out, if the model promises less loss; return what is spare."""
    trial = block.copy()
    came = _come(trial, jitter, generator)
    if came is None:
        return spare, False
    place, gain, nodes = came
    lost, left = 0.0, spare - nodes
    while left < 0 and lost < gain:
        loss, saved = _go(trial, place, -left)
        lost, left = lost + loss, left + saved
    if left < 0 or not lost < gain - 1e-7:  # nor where the model has come to no number
        return spare, False
    block.__dict__.update(trial.__dict__)
    return left, True


def _come(
    block: Block, jitter: float, generator: np.random.Generator
) -> tuple[int, float, int] | None:
    """Let the most promising constant in; return its number, its gain and its nodes."""
    q = np.flatnonzero((block.state == PRUNED) & (block.places[:, 0] >= _SHIFT))
    if not len(q):
        return None
    slope, spread = block.reduced(q)
    weight = block.places[q, 0] == _WEIGHT
    # What stands alone in its sum has no Add node yet.
    add = ADD * (_company(block, q) == 1)
    free, price = slope**2 / (2 * spread), np.where(weight, WEIGHTED, NUMBER) + add
    one = np.where(weight, -(slope + spread / 2), -1.0)
    score = np.maximum(free / price, one / (VARIABLE + add))
    score *= np.exp(jitter * generator.normal(size=len(q)))
    best = int(score.argmax())
    if score[best] <= 0:
        return None
    place = int(q[best])
    if one[best] / (VARIABLE + add[best]) >= free[best] / price[best]:
        block.set(place, 1.0)
        return place, float(one[best]), VARIABLE + int(add[best])
    block.free(place)
    return place, float(free[best]), int(price[best])


def _go(block: Block, keep: int, most: int) -> tuple[float, int]:
    """Take out what costs least loss per node, or fix it at one; return the loss and the nodes."""
    q = block.inner
    q = q[(block.state[q] > PRUNED) & (q != keep)]
    if not len(q):
        return np.inf, most
    one, weight = block.state[q] == ONE, block.places[q, 0] == _WEIGHT
    slope, spread = block.reduced(q)
    diagonal = np.maximum(np.diag(block.inverse)[q], 1e-12)
    zero = np.where(one, np.maximum(-slope + spread / 2, 0), block.theta[q] ** 2 / (2 * diagonal))
    zero[_last(block, q)] = np.inf
    to_one = np.where(one | ~weight, np.inf, (block.theta[q] - 1) ** 2 / (2 * diagonal))
    saved = np.where(weight, np.where(one, VARIABLE, WEIGHTED), NUMBER)
    prices = np.concatenate([zero / np.minimum(saved, most), to_one / min(FACTOR, most)])
    best = int(prices.argmin())
    to, at = divmod(best, len(q))
    block.set(int(q[at]), float(to))
    return float((zero, to_one)[to][at]), FACTOR if to else int(saved[at])


def _last(block: Block, q: np.ndarray) -> np.ndarray:
    """Tell which constants are the last weight of their sum."""
    result: np.ndarray = (block.places[q, 0] == _WEIGHT) & (_company(block, q, _WEIGHT) <= 1)
    return result


def _company(block: Block, q: np.ndarray, least: int = _SHIFT) -> np.ndarray:
    """Return how many constants of at least a kind are alive in the sums of the constants q."""
    alive = (block.state > PRUNED) & (block.places[:, 0] >= least)
    sums = block.places[:, 1] * 2 + block.places[:, 2]
    counts = np.bincount(sums[alive], minlength=int(sums.max()) + 1)
    result: np.ndarray = counts[sums[q]]
    return result


def _write(units: Units, block: Block) -> None:
    """Write a block into units."""
    for name, mine, at in _sections(block.places, block.output):
        getattr(units, name)[at] = np.where(block.state[mine] == PRUNED, 0, block.theta[mine])
        getattr(units, f"{name}_state")[at] = block.state[mine]


def _sections(
    places: np.ndarray, k: int
) -> Iterator[tuple[str, np.ndarray, tuple[np.ndarray, ...]]]:
    """Yield the arrays of units that constants of output k stand in: name, which, and where."""
    for kind, name in enumerate(_NAMES):
        mine = places[:, 0] == kind
        unit, slot, column = places[mine, 1:].T
        output = np.full(len(unit), k)
        yield name, mine, ((unit, output), (output,), (unit, slot), (unit, slot, column))[kind]


class _Rows(NamedTuple):
    """Rows that the curvature is measured on: inputs, all values, h by output (n, k)."""

    x: Tensor
    now: Pass
    bend: Tensor


class _Moments:
    """Sums over rows: slopes of all constants, and by sum and input the diagonal of H."""

    def __init__(self, units: Units) -> None:
        self.units, self.output = units, tensor(units.output)
        self.slots = (0, 1) if (units.operator == PRODUCT).any() else (0,)
        self.totals: dict[str, Tensor] = {}

    def add_slopes(self, part: Sample) -> None:
        """Add rows to the slopes."""
        now = run(self.units, part.x)
        residual = part.weighed(part.response(now.outputs).residual)
        self._sum("output", now.values.T @ residual)
        self._sum("bias", residual.sum(dim=0) * self.units.factor)
        for slot in self.slots:
            back = (residual @ self.output.T) * now.slopes[slot]
            self._sum(f"shift{slot}", back.sum(dim=0))
            self._sum(f"weight{slot}", back.T @ part.x)

    def add_bends(self, rows: "_Rows") -> None:
        """Add rows to the diagonal."""
        for slot in self.slots:
            bend = (rows.bend @ (self.output * self.output).T) * rows.now.slopes[slot] ** 2
            self._sum(f"h{slot}", bend.sum(dim=0))
            self._sum(f"hx{slot}", bend.T @ rows.x)
            self._sum(f"hxx{slot}", bend.T @ (rows.x * rows.x))

    def _sum(self, name: str, value: Tensor) -> None:
        self.totals[name] = self.totals[name] + value if name in self.totals else value

    def slopes(self, name: str, n: int) -> np.ndarray:
        """Return a mean slope, (u, k), (k,), (u, 2) or (u, 2, d)."""
        if name in self.totals:
            return self.totals[name].double().numpy() / n
        both = [self.totals[f"{name}{slot}"] for slot in self.slots]
        return torch.stack([both[0], both[-1]], dim=1).double().numpy() / n

    def promises(self, n: int, rows: int) -> np.ndarray:
        """Return what each pruned inner weight promises per node, (u, 2, d).

        The shift of its sum moves along.
        """
        slope, found = self.slopes("weight", n), []
        for slot in (self.slots[0], self.slots[-1]):
            t = {name: self.totals[f"{name}{slot}"].double().numpy() for name in ("h", "hx", "hxx")}
            spread = (t["hxx"] - t["hx"] ** 2 / np.maximum(t["h"], _TINY)[:, None]) / rows
            spread = np.maximum(spread, 1e-7)
            free = slope[:, slot] ** 2 / (2 * WEIGHTED * spread)
            found.append(np.maximum(free, -(slope[:, slot] + spread / 2)))
        promise = np.stack(found, axis=1)
        promise[self.units.weight_state > PRUNED] = 0
        # A weight in an identity whose output has a coefficient would make that one superfluous.
        scaled = (self.units.operator == IDENTITY) & (self.units.output_state == FREE).any(axis=1)
        promise[scaled] = 0
        return promise


def _blocks(
    units: Units, sample: Sample, extent: Extent, generator: np.random.Generator
) -> list[Block]:
    n, moments = len(sample.x), _Moments(units)
    few = sample.part(slice(None, None, max(1, n // extent.rows)))
    for part in _chunks(sample):
        moments.add_slopes(part)
    kept = [_rows(units, part) for part in _chunks(few)]
    for rows in kept:
        moments.add_bends(rows)
    promise = moments.promises(n, len(few.x))
    promise *= np.exp(extent.jitter * generator.normal(size=promise.shape))
    slopes = {name: moments.slopes(name, n) for name in _NAMES}
    outputs = range(sample.target.shape[1])
    return [_block(units, k, slopes, promise, kept, extent.candidates) for k in outputs]


def _chunks(sample: Sample) -> Iterator[Sample]:
    for start in range(0, len(sample.x), _CHUNK):
        yield sample.part(slice(start, start + _CHUNK))


def _rows(units: Units, part: Sample) -> _Rows:
    now = run(units, part.x)
    return _Rows(part.x, now, part.weighed(part.response(now.outputs).bend))


def _block(
    units: Units,
    k: int,
    slopes: dict[str, np.ndarray],
    promise: np.ndarray,
    kept: list[_Rows],
    candidates: int,
) -> Block:
    places = _places(units, k, promise, candidates)
    state, theta, gradient = np.zeros(len(places), np.int64), *np.zeros((2, len(places)))
    for name, mine, at in _sections(places, k):
        state[mine] = getattr(units, f"{name}_state")[at]
        theta[mine] = getattr(units, name)[at]
        gradient[mine] = slopes[name][at]
    hessian = _hessian(units, k, places, kept)
    free = np.flatnonzero(state == FREE)
    inverse = np.zeros_like(hessian)
    inverse[np.ix_(free, free)] = np.linalg.inv(hessian[np.ix_(free, free)])
    return Block(k, places, state, theta, gradient, hessian, inverse)


def _places(units: Units, k: int, promise: np.ndarray, candidates: int) -> np.ndarray:
    """Return the constants of a block, (p, 4): alive ones and the most promising pruned weights."""
    mine = np.flatnonzero(units.output_state[:, k] > PRUNED)
    rows = [(_OUTPUT, u, 0, 0) for u in mine] + [(_BIAS, 0, 0, 0)]
    for u in mine:
        for slot in (0, 1) if units.operator[u] == PRODUCT else (0,):
            if units.operator[u] != IDENTITY:
                rows.append((_SHIFT, u, slot, 0))
            alive = np.flatnonzero(units.weight_state[u, slot] > PRUNED)
            order = np.argsort(-promise[u, slot], kind="stable")[:candidates]
            new = order[promise[u, slot, order] > 0]
            rows += [(_WEIGHT, u, slot, i) for i in (*alive, *new)]
    return np.array(rows, np.int64)


def _hessian(units: Units, k: int, places: np.ndarray, kept: list[_Rows]) -> np.ndarray:
    total, count = torch.zeros(len(places), len(places)), 0
    for rows in kept:
        factors = _factors(units, k, places, rows)
        total += factors.T @ factors
        count += len(factors)
    damping = _DAMPING[places[:, 0]]
    return total.double().numpy() / count + np.diag(damping)


def _factors(units: Units, k: int, places: np.ndarray, rows: _Rows) -> Tensor:
    """Return sqrt(h) J_k, (n, p)."""
    kind, unit, slot, column = (torch.from_numpy(np.ascontiguousarray(c)) for c in places.T)
    values = torch.full((len(rows.x), len(places)), units.factor)
    values[:, kind == _OUTPUT] = rows.now.values[:, unit[kind == _OUTPUT]]
    inner = kind >= _SHIFT
    slopes = torch.stack(rows.now.slopes)[slot[inner], :, unit[inner]].T
    values[:, inner] = slopes * tensor(units.output[:, k])[unit[inner]]
    weights = kind == _WEIGHT
    values[:, weights] *= rows.x[:, column[weights]]
    return values * rows.bend[:, k : k + 1].sqrt()
