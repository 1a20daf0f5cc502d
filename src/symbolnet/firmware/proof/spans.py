"""Closed intervals of real numbers with exact ends."""

from fractions import Fraction
from typing import NamedTuple

import numpy as np


class Span(NamedTuple):
    """An interval."""

    low: Fraction
    high: Fraction


NONE = Span(Fraction(0), Fraction(0))


def shifted(span: Span, by: Fraction) -> Span:
    """Return the interval moved."""
    return Span(span.low + by, span.high + by)


def plus(one: Span, two: Span) -> Span:
    """Return the sums of a number of each."""
    return Span(one.low + two.low, one.high + two.high)


def times(span: Span, factor: Fraction) -> Span:
    """Return the multiples."""
    ends = span.low * factor, span.high * factor
    return Span(min(ends), max(ends))


def product(one: Span, two: Span) -> Span:
    """Return the products of a number of each."""
    corners = [a * b for a in one for b in two]
    return Span(min(corners), max(corners))


def below(number: Fraction) -> float:
    """Return the float64 number nearest to it that is not above."""
    near = float(number)
    return near if Fraction(near) <= number else float(np.nextafter(near, -np.inf))


def above(number: Fraction) -> float:
    """Return the float64 number nearest to it that is not below."""
    return -below(-number)
