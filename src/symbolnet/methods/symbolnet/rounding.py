"""Round the constants of the final expression one by one, the others moving along.

What is rounded is what the expression shows: exp(-z^2) shows -w^2 before a bracket in which the
leading coefficient is 1, and a sine shows its phase less whole half turns. Of a reduced quantity
divided by its scale it shows the outputs and the bias times that; of a bias larger than the scale
as many more digits as it has before those of the scale. The rest as it stands.
"""

import math

import numpy as np

from symbolnet.expression.price import GAUSS, SIN
from symbolnet.expression.rounding import is_quarter_turn, quantity_digits, to_digits
from symbolnet.methods.symbolnet.constants import Places, places_of, values_at
from symbolnet.methods.symbolnet.forward import Sample
from symbolnet.methods.symbolnet.refit import Fit, refit
from symbolnet.methods.symbolnet.surgeon import Surgeon, surgeon
from symbolnet.methods.symbolnet.units import ONE, Units, canonical

_MANY = 200  # constants of one
_GROUPS = 3  # refits on the way, on all rows: part of them would be fitted too closely
_HALF_TURN = 1.6  # the expression room leaves smaller phases alone


def rounded(units: Units, sample: Sample, digits: int, scale: np.ndarray | None = None) -> Units:
    """Return units whose expressions keep their value when rounded to significant digits.

    `scale` (k,) is what quantities were divided by.
    """
    units = units.copy()
    canonical(units)
    places = places_of(units)
    if places.fixed.sum() > _MANY:  # ones stay ones: their curvature would only cost time
        places = places.select(~places.fixed)
    order = _inner_first(units, places)
    held = np.zeros(len(order), bool)
    for group in np.array_split(order, max(1, min(_GROUPS, len(order)))):
        now = places._replace(fixed=places.fixed | held)
        state = refit(units, sample, Fit(1), now)
        operation = surgeon(units, state)
        for q in group[operation.free[group]]:
            operation.fix(int(q), _shown(operation, int(q), digits, scale))
        held[group] = True
        units = operation.close()
    return units


def _inner_first(units: Units, places: Places) -> np.ndarray:
    """Leading weights, other weights, shifts; then outputs and biases, which can compensate."""
    theta, size = values_at(units, places), len(places.fixed)
    leads = [q for q in range(size) if q == _leader(units, places, theta, q)]
    others = [q for q in range(places.outer, size) if q not in leads]
    return np.array(leads + others + list(range(places.outer)), dtype=np.int64)


def _leader(units: Units, places: Places, theta: np.ndarray, q: int) -> int | None:
    """Return the largest weight of the gauss unit that inner constant q is in; None elsewhere."""
    unit = _unit(places, q)
    if unit is None or units.operator[unit] != GAUSS or (units.weight_state[unit] == ONE).any():
        return None
    inside = np.flatnonzero(places.weight[:, 0] == unit) + places.outer
    return int(max(inside, key=lambda i: (abs(theta[i]), -i)))


def _unit(places: Places, q: int) -> int | None:
    """Return the unit that inner constant q is in; None for outputs and biases."""
    if q < places.outer:
        return None
    inner = np.concatenate([places.weight[:, 0], places.shift[:, 0]])
    return int(inner[q - places.outer])


def _shown(operation: Surgeon, q: int, digits: int, scales: np.ndarray | None) -> float:
    """Return the constant whose shown form is the rounded form of constant q."""
    if q < operation.places.outer and scales is not None:
        return _of_quantity(operation, q, digits, scales)
    units, places, theta = operation.units, operation.places, operation.theta
    value, leader, unit = float(theta[q]), _leader(units, places, theta, q), _unit(places, q)
    if leader == q:
        return math.copysign(math.sqrt(to_digits(value * value, digits)), value)
    if leader is not None:
        scale = float(theta[leader])
        return scale * to_digits(value / scale, digits)
    if q >= places.ends[2] and units.operator[unit] == SIN:
        return _phase(value, digits)
    return to_digits(value, digits)


def _phase(value: float, digits: int) -> float:
    """Return the phase of a sine that shows a rounded one, or is a cosine."""
    turns = round(value / math.pi) * math.pi if abs(value) > _HALF_TURN else 0.0
    rest = value - turns
    if is_quarter_turn(rest, digits):
        return turns + math.copysign(math.pi / 2, rest)
    return turns + to_digits(rest, digits)


def _of_quantity(operation: Surgeon, q: int, digits: int, scales: np.ndarray) -> float:
    """Return the output or bias that, in the unit of its quantity, is a rounded number."""
    outputs, biases = operation.places.output, operation.places.bias
    if q < len(outputs):
        scale = float(scales[outputs[q, 1]])
        return to_digits(float(operation.theta[q]) * scale, digits) / scale
    scale = float(scales[biases[q - len(outputs), 0]])
    value = float(operation.theta[q]) * scale
    if value:
        digits = quantity_digits(value, scale, digits)
    return to_digits(value, digits) / scale
