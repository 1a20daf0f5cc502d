"""Terms on bit vectors and questions about them, as an SMT solver takes them."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from symbolnet.extras import require, version_of

Term = Any  # bitwuzla's: the package ships no types
Form = Mapping[int, int]  # how often each variable, by a number of its own, stands in a sum
TOOL = "Bitwuzla"
Answer = Callable[[Term], int] | Literal[False] | None
CONSTANT = -1  # the variable of a form that is 1


class Variable(NamedTuple):
    """A bit vector that may be anything, read as a number between two ends."""

    term: Term
    signed: bool
    low: int
    high: int


def check_tools() -> None:
    """Raise ToolError naming what to install where the solver is missing."""
    require("bitwuzla", "bitwuzla")


def version() -> str:
    """Return the version of the solver, where it is installed."""
    return version_of("bitwuzla", "bitwuzla")


def width_of(low: int, high: int) -> int:
    """Return the bits that hold low..high, in two's complement where low is negative."""
    if low < 0:
        return max((-low - 1).bit_length(), max(high, 0).bit_length()) + 1
    return high.bit_length()


def added(parts: Iterable[tuple[int, Form]]) -> Form:
    """Return the sum of forms, each so many times."""
    total: dict[int, int] = {}
    for weight, form in parts:
        for number, times in form.items():
            total[number] = total.get(number, 0) + weight * times
    return {number: times for number, times in total.items() if times}


class Smt:
    """Makes terms, and asks whether claims can hold together, within seconds of the processor."""

    def __init__(self, limit_s: float) -> None:
        import bitwuzla

        self._solver, self._manager = bitwuzla, bitwuzla.TermManager()
        self._until = time.process_time() + limit_s
        self.variables: dict[int, Variable] = {}
        self._number_of: dict[Term, int] = {}
        self._inside: dict[Term, frozenset[int]] = {}
        self.questions = 0

    def __call__(self, kind: str, *parts: Term, at: Sequence[int] = ()) -> Term:
        """Return an operation on terms, `at` being its ranges or counts."""
        return self._manager.mk_term(getattr(self._solver.Kind, kind), list(parts), list(at))

    def value(self, number: int, width: int) -> Term:
        """Return a number modulo 2**width."""
        return self._manager.mk_bv_value(self._manager.mk_bv_sort(width), number % (1 << width))

    def free(self, name: str, width: int) -> Term:
        """Return a bit vector that may be anything."""
        return self._manager.mk_const(self._manager.mk_bv_sort(width), name)

    def variable(self, number: int, name: str, low: int, high: int) -> Variable:
        """Return a new variable, under a number, of just the bits that low..high take."""
        made = Variable(self.free(name, width_of(low, high)), low < 0, low, high)
        self.variables[number], self._number_of[made.term] = made, number
        return made

    def width(self, term: Term) -> int:
        """Return the bits of a term."""
        return int(term.sort().bv_size())

    def bits(self, term: Term, low: int, count: int) -> Term:
        """Return `count` bits of a term from place `low` up."""
        if count == self.width(term):
            return term
        return self("BV_EXTRACT", term, at=(low + count - 1, low))

    def resized(self, term: Term, width: int, signed: bool) -> Term:
        """Return the low bits of a term, or a term extended."""
        more = width - self.width(term)
        if more <= 0:
            return self.bits(term, 0, width)
        return self("BV_SIGN_EXTEND" if signed else "BV_ZERO_EXTEND", term, at=(more,))

    def moved(self, term: Term, places: int) -> Term:
        """Return a term with so many zeros below it."""
        return self("BV_CONCAT", term, self.value(0, places)) if places else term

    def chosen(self, bit: Term, one: Term, other: Term) -> Term:
        """Return `one` where a bit is 1, else `other`."""
        return self("ITE", self("EQUAL", bit, self.value(1, 1)), one, other)

    def sum(self, form: Form, width: int) -> Term:
        """Return a sum of variables modulo 2**width: one term for each form."""
        total: Term = None
        for number in sorted(form):
            if form[number] % (1 << width):
                part = self._times(number, form[number], width)
                total = part if total is None else self("BV_ADD", total, part)
        return self.value(0, width) if total is None else total

    def _times(self, number: int, weight: int, width: int) -> Term:
        if number == CONSTANT:
            return self.value(weight, width)
        one = self.variables[number]
        part = self.resized(one.term, width, one.signed)
        return part if weight == 1 else self("BV_MUL", part, self.value(weight, width))

    def ends(self, form: Form) -> tuple[int, int]:
        """Return the least and the largest value that a form can take."""
        low = high = form.get(CONSTANT, 0)
        for number, weight in form.items():
            if number != CONSTANT:
                one = self.variables[number]
                parts = weight * one.low, weight * one.high
                low, high = low + min(parts), high + max(parts)
        return low, high

    def inside(self, term: Term) -> frozenset[int]:
        """Return the numbers of the variables that a term depends on."""
        waiting = [term]
        while waiting:
            one = waiting[-1]
            parts = [] if one in self._inside else one.children()
            missing = [part for part in parts if part not in self._inside]
            if missing:
                waiting += missing
                continue
            if waiting.pop() not in self._inside:
                own = {self._number_of[one]} if one in self._number_of else set()
                self._inside[one] = frozenset(own).union(*(self._inside[p] for p in parts))
        return self._inside[term]

    def between(self, numbers: Iterable[int]) -> list[Term]:
        """Return the claims that variables are between their ends."""
        claims = []
        for one in (self.variables[number] for number in numbers):
            width, least = self.width(one.term), "BV_SLE" if one.signed else "BV_ULE"
            claims.append(self(least, self.value(one.low, width), one.term))
            claims.append(self(least, one.term, self.value(one.high, width)))
        return claims

    def holds(self, claims: Sequence[Term], limit_s: float) -> Answer:
        """Return False where claims cannot hold together, None where time did not do.

        Else what tells the number that a term is where they do.
        """
        now = time.process_time()
        until = min(now + limit_s, self._until)
        if now >= until:
            return None
        self.questions += 1
        options = self._solver.Options()
        options.set(self._solver.Option.PRODUCE_MODELS, True)
        asked = self._solver.Bitwuzla(self._manager, options)
        asked.configure_terminator(lambda: time.process_time() > until)
        for claim in claims:
            asked.assert_formula(claim)
        answer = asked.check_sat()
        if answer == self._solver.Result.SAT:
            return lambda term: int(asked.get_value(term).value(10))
        return False if answer == self._solver.Result.UNSAT else None
