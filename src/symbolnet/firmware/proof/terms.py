"""Exact integer terms in one canonical form, so that equal functions are equal values.

A form is an integer combination of atoms plus a constant. An atom is an input, a function of one
form tabulated over all values that the form can take, a product, or one of three operations on a
form too wide to tabulate (floor, wrap, positive part). Nothing is sampled and nothing is rounded;
intervals follow from those of the inputs by Python integers.
"""

import hashlib
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

MOST = 1 << 20  # values of a form that are tabulated; wider ones stay symbolic
_SAFE = 1 << 62  # where int64 arrays end


class Form(NamedTuple):
    """The sum of coefficient * atom, atoms in rising order, plus a constant."""

    terms: tuple[tuple[int, int], ...]
    constant: int


class Atom(NamedTuple):
    """What cannot be taken apart: its identity, range, and for a tabulated one its argument."""

    key: tuple[object, ...]
    low: int
    high: int
    argument: Form | None = None
    values: np.ndarray | None = None


class Terms:
    """A store of atoms in which the same atom has one number."""

    def __init__(self) -> None:
        self.atoms: list[Atom] = []
        self._numbers: dict[tuple[object, ...], int] = {}

    def _form(self, atom: Atom) -> Form:
        if atom.key not in self._numbers:
            self._numbers[atom.key] = len(self.atoms)
            self.atoms.append(atom)
        return Form(((self._numbers[atom.key], 1),), 0)

    def input(self, name: str, low: int, high: int) -> Form:
        """Return an input with its range; one of a single value is that constant."""
        if low == high:
            return Form((), low)
        return self._form(Atom(("input", name), low, high))

    def unknown(self, name: str, low: int, high: int) -> Form:
        """Return an atom about which nothing but its range is known: it equals itself only."""
        return self._form(Atom(("unknown", name), low, high))

    def interval(self, form: Form) -> tuple[int, int]:
        """Return bounds of a form."""
        low = high = form.constant
        for number, factor in form.terms:
            atom = self.atoms[number]
            ends = factor * atom.low, factor * atom.high
            low, high = low + min(ends), high + max(ends)
        return low, high

    def product(self, left: Form, right: Form) -> Form:
        """Return the product of two forms."""
        if not left.terms or not right.terms:
            form, other = (left, right) if left.terms else (right, left)
            return scaled(form, other.constant)
        known = self.tabulated([left, right], lambda values: values[0] * values[1])
        if known is not None:
            return known
        (left, a), (right, b) = _primitive(left), _primitive(right)
        first, second = sorted((left, right))
        corners = [x * y for x in self.interval(first) for y in self.interval(second)]
        low, high = min(corners), max(corners)
        atom = Atom(("product", first, second), 0 if first == second and low < 0 else low, high)
        return scaled(self._form(atom), a * b)

    def floor(self, form: Form, bits: int) -> Form:
        """Return a form divided by 2**bits, rounded down."""
        if not form.terms:
            return Form((), form.constant >> bits)
        shared = math.gcd(form.constant, 1 << bits, *(factor for _, factor in form.terms))
        form, bits = _divided(form, shared), bits - shared.bit_length() + 1
        if bits == 0:
            return form
        form, bits = self._unfloored(form, bits)
        known = self.tabulated([form], lambda values: values[0] >> bits)
        if known is not None:
            return known
        low, high = self.interval(form)
        return self._form(Atom(("floor", form, bits), low >> bits, high >> bits))

    def _unfloored(self, form: Form, bits: int) -> tuple[Form, int]:
        """Return what a form plus a constant was before it was rounded down itself."""
        number, factor = form.terms[0]
        kind, *parts = self.atoms[number].key
        if len(form.terms) > 1 or factor != 1 or kind != "floor":
            return form, bits
        inner, dropped = parts
        assert isinstance(inner, Form) and isinstance(dropped, int)
        return plus(inner, Form((), form.constant << dropped)), bits + dropped

    def wrap(self, form: Form, bits: int, signed: bool) -> Form:
        """Return the number in `bits` bits that is equal to a form modulo 2**bits."""
        least = -(1 << bits - 1) if signed and bits else 0
        low, high = self.interval(form)
        if least <= low and high < least + (1 << bits):
            return form
        mask = (1 << bits) - 1
        if not form.terms:
            return Form((), ((form.constant - least) & mask) + least)
        known = self.tabulated([form], lambda values: ((values[0] - least) & mask) + least)
        if known is not None:
            return known
        moved = Form(form.terms, form.constant - least)
        atom = Atom(("wrap", moved, bits), 0, mask)
        return plus(self._form(atom), Form((), least))

    def negative(self, form: Form) -> Form:
        """Return 1 where a form is below 0, otherwise 0."""
        low, high = self.interval(form)
        if low >= 0 or high < 0:
            return Form((), int(high < 0))
        known = self.tabulated([form], lambda values: (values[0] < 0).astype(np.int64))
        if known is not None:
            return known
        return self._form(Atom(("negative", _positive(form)[0]), 0, 1))

    def positive_part(self, form: Form) -> Form:
        """Return a form where it is above 0, otherwise 0."""
        low, high = self.interval(form)
        if low >= 0 or high <= 0:
            return form if low >= 0 else Form((), 0)
        known = self.tabulated([form], lambda values: np.maximum(values[0], 0))
        if known is not None:
            return known
        form, scale = _positive(form)
        return scaled(self._form(Atom(("positive", form), 0, high // scale)), scale)

    def choice(self, key: Form, yes: Form, no: Form) -> Form:
        """Return `yes` where the key is 1 and `no` where it is 0; the key is nothing else."""
        if not key.terms or yes == no:
            return yes if key.constant else no
        if not yes.terms and not no.terms:
            return plus(no, scaled(key, yes.constant - no.constant))
        known = self.tabulated([key, yes, no], lambda v: np.where(v[0] != 0, v[1], v[2]))
        if known is None and not (yes.terms and no.terms):
            known = self._clipped(key, yes, no)
        return known if known is not None else self._chosen(key, yes, no)

    def _chosen(self, key: Form, yes: Form, no: Form) -> Form:
        """Return a choice that stays one: bounded by both forms, equal where all three are."""
        shared = math.gcd(*(f for form in (yes, no) for _, f in form.terms))
        shared = math.gcd(shared, yes.constant, no.constant)
        yes, no = _divided(yes, shared), _divided(no, shared)
        ends = [*self.interval(yes), *self.interval(no)]
        return scaled(self._form(Atom(("choice", key, yes, no), min(ends), max(ends))), shared)

    def _clipped(self, key: Form, yes: Form, no: Form) -> Form | None:
        """Return the choice by the sign of a form that is a multiple of `no - yes`."""
        atom = self.atoms[key.terms[0][0]]
        if len(key.terms) > 1 or key != Form(key.terms, 0) or atom.key[0] != "negative":
            return None
        sign, step = atom.key[1], plus(no, scaled(yes, -1))
        assert isinstance(sign, Form)
        factor = _ratio(step, sign)
        if factor is None or key.terms[0][1] != 1:
            return None
        if no.terms:
            return plus(yes, scaled(self.positive_part(sign), factor))
        return plus(no, scaled(self.positive_part(scaled(sign, -1)), factor))

    def tabulated(
        self, forms: Sequence[Form], function: Callable[[list[np.ndarray]], np.ndarray]
    ) -> Form | None:
        """Return a function of forms that depend on one form alone, for each of its values.

        None if they depend on several, or on one with too many values.
        """
        argument, values = self.over_one(forms)
        if argument is None:
            return None
        if any(abs(end) >= _SAFE for form in forms for end in self.interval(form)):
            return None
        return self._affine(argument, function(values))

    def over_one(self, forms: Sequence[Form]) -> tuple[Form | None, list[np.ndarray]]:
        """Return the one form that all depend on, and each at all of its values; None if none."""
        for argument in self._arguments(forms):
            low, high = self.interval(argument)
            if high - low < MOST and max(-low, high) < _SAFE:
                values = [self._evaluated(form, argument) for form in forms]
                if all(value is not None for value in values):
                    return argument, [value for value in values if value is not None]
        return None, []

    def _arguments(self, forms: Sequence[Form]) -> list[Form]:
        """Return what the forms may all be functions of, nearest to the inputs first."""
        found: list[Form] = []
        for form in forms:
            roots = [self.atoms[number].argument for number, _ in form.terms]
            found += [root for root in roots if root is not None]
            found += [_primitive(Form(form.terms, 0))[0]] if form.terms else []
        return list(dict.fromkeys(found))

    def _evaluated(self, form: Form, argument: Form) -> np.ndarray | None:
        """Return a form at all values of an argument, None if it depends on anything else."""
        low, high = self.interval(argument)
        axis = np.arange(low, high + 1, dtype=np.int64)
        factor = _ratio(Form(form.terms, 0), argument) if form.terms else 0
        if factor is not None:
            return factor * axis + form.constant
        total = np.full(len(axis), form.constant, np.int64)
        for number, weight in form.terms:
            atom, single = self.atoms[number], Form(((number, 1),), 0)
            values = axis if single == argument else atom.values
            if values is None or argument not in (single, atom.argument):
                return None
            total += weight * values
        return total

    def _affine(self, argument: Form, values: np.ndarray) -> Form:
        """Return values over an argument as a form: constant + scale * (a canonical table)."""
        values = values.astype(np.int64)
        start, moved = int(values[0]), values - values[0]
        scale = int(np.gcd.reduce(moved))
        if scale == 0:
            return Form((), start)
        scale *= 1 if moved[np.flatnonzero(moved)[0]] > 0 else -1
        table = moved // scale
        low, high = self.interval(argument)
        if np.array_equal(table, np.arange(high - low + 1)):
            return plus(scaled(argument, scale), Form((), start - scale * low))
        digest = hashlib.sha256(table.tobytes()).hexdigest()
        key = ("table", argument, digest)
        atom = Atom(key, int(table.min()), int(table.max()), argument, table)
        return plus(scaled(self._form(atom), scale), Form((), start))


def plus(*forms: Form) -> Form:
    """Return the sum of forms."""
    total: dict[int, int] = {}
    for form in forms:
        for number, factor in form.terms:
            total[number] = total.get(number, 0) + factor
    kept = sorted((number, factor) for number, factor in total.items() if factor)
    return Form(tuple(kept), sum(form.constant for form in forms))


def scaled(form: Form, factor: int) -> Form:
    """Return a form times an integer."""
    if not factor:
        return Form((), 0)
    terms = tuple((number, factor * weight) for number, weight in form.terms)
    return Form(terms, factor * form.constant)


def _divided(form: Form, by: int) -> Form:
    return Form(tuple((n, f // by) for n, f in form.terms), form.constant // by)


def _positive(form: Form) -> tuple[Form, int]:
    """Return a form without the positive factor of all its numbers, and that factor."""
    shared = math.gcd(form.constant, *(factor for _, factor in form.terms))
    return _divided(form, shared), shared


def _primitive(form: Form) -> tuple[Form, int]:
    """Return a form without its common factor, the first coefficient positive, and the factor."""
    divided, shared = _positive(form)
    return (scaled(divided, -1), -shared) if divided.terms[0][1] < 0 else (divided, shared)


def _ratio(form: Form, to: Form) -> int | None:
    """Return the integer that `form` is `to` times, None if there is none."""
    if not to.terms:
        return None
    factor = form.terms[0][1] // to.terms[0][1] if form.terms else 0
    return factor if scaled(to, factor) == form else None
