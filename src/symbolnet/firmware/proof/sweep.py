"""Literals of a graph joined where SAT proves them equal, from the inputs on.

One solver is given what lies before the literals that it is asked about, once, and keeps what it
learns. Equal literals are one from then on, which keeps later questions close to the last ones.
"""

import random
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from symbolnet.extras import require, version_of
from symbolnet.firmware.proof.inverters import FALSE, Inverters, Literal

SOLVER = "glucose42"
TOOL = "Glucose 4.2.1"
_PATTERNS = 1024  # drawn at random, to see what may be equal
_EFFORT = 20000  # conflicts in a question about literals inside: with 2,000 bits were left open
_AT_A_TIME = 20000  # conflicts between two looks at the clock
_NEWS = 24  # differences found before the patterns take them in
_TRIED = 4  # literals of the same pattern that a new one is compared with
Found = dict[int, bool]  # values of inputs where two literals differ


class Word(NamedTuple):
    """Literals of a word at the inputs, lowest bit first, and its least and largest value."""

    bits: tuple[Literal, ...]
    signed: bool
    low: int
    high: int


def check_tools() -> None:
    """Raise ToolError naming what to install where the solver is missing."""
    require("pysat", "python-sat")


def version() -> str:
    """Return the version of the package that brings the solver, where it is installed."""
    return version_of("pysat", "python-sat")


class Sweep:
    """A graph that grows: after `start`, what is built is joined to what was there before.

    The limit is in seconds of the processor, so that a busy machine proves as much as an idle one.
    """

    def __init__(self, limit_s: float) -> None:
        self.graph = Inverters(self._joined)
        self.queries = 0
        self._until = time.process_time() + limit_s
        self._words: list[Word] = []
        self._word_of: dict[int, Word] = {}
        self._random = random.Random(17)
        self._patterns, self._values = _PATTERNS, [0]
        self._classes: dict[int, list[int]] | None = None
        self._before = 0
        self._news: list[Found] = []
        self._loaded = bytearray()
        self._solver = _opened()

    def word(self, width: int, signed: bool, low: int, high: int) -> Word:
        """Return a new word at the inputs, which takes the values low..high only."""
        word = Word(tuple(self.graph.input() for _ in range(width)), signed, low, high)
        drawn = [self._drawn(word, place) for place in range(_PATTERNS)]
        for place in range(width):
            self._values.append(sum((v >> place & 1) << k for k, v in enumerate(drawn)))
        self._words += [word] if word.bits else []  # an input of one value has no bits
        self._word_of |= {bit >> 1: word for bit in word.bits}
        return word

    def _drawn(self, word: Word, place: int) -> int:
        """Return a value at random; two of sixteen are the ends."""
        ends = word.low, word.high
        return self._random.choice(ends) if place % 16 < 2 else self._random.randint(*ends)

    def start(self) -> None:
        """Join every node from now on to an equal one of those before."""
        self._before = len(self.graph.fanins)
        self._classify()

    def _classify(self) -> None:
        self._classes = {}
        for node in range(self._before):
            self._classes.setdefault(self._phase(node)[0], []).append(node)

    def _phase(self, node: int) -> tuple[int, int]:
        """Return the values of a node, negated where they begin with 1, and whether they were."""
        value = self.sampled(2 * node)
        return (self.sampled(2 * node + 1), 1) if value & 1 else (value, 0)

    def sampled(self, literal: Literal) -> int:
        """Return the values of a literal on the inputs that are sampled, a bit for each."""
        value = self._values[literal >> 1]
        return value ^ (1 << self._patterns) - 1 if literal & 1 else value

    def _joined(self, node: int) -> Literal:
        """Return a literal from before that is proved to be a new node; else that of the node."""
        a, b = self.graph.fanins[node] or (FALSE, FALSE)
        self._values.append(self.sampled(a) & self.sampled(b))
        if self._classes is None:
            return 2 * node
        value, negated = self._phase(node)
        for other in self._classes.get(value, [])[:_TRIED]:
            literal = 2 * other ^ self._phase(other)[1] ^ negated
            if self._difference(2 * node, literal, _EFFORT) is False:
                return literal
            if len(self._news) >= _NEWS:
                self._take_in()
                break
        return 2 * node

    def _take_in(self) -> None:
        """Add the differences found to the values of all nodes."""
        news, self._news = self._news, []
        ones, fresh = (1 << len(news)) - 1, [0] * len(self._values)
        for word in self._words:
            drawn = [self._drawn(word, 2) for _ in news]
            for place, bit in enumerate(word.bits):
                told = [n.get(bit >> 1, v >> place & 1) for n, v in zip(news, drawn, strict=True)]
                fresh[bit >> 1] = sum(value << k for k, value in enumerate(told))
        for node, pair in enumerate(self.graph.fanins):
            if pair is not None:
                a, b = (fresh[x >> 1] ^ (ones if x & 1 else 0) for x in pair)
                fresh[node] = a & b
        self._values = [v | f << self._patterns for v, f in zip(self._values, fresh, strict=True)]
        self._patterns += len(news)
        self._classify()

    def equal(self, a: Literal, b: Literal) -> bool | None:
        """Tell whether two literals are equal at all inputs; None where the time did not do."""
        if a == b:
            return True
        found = self._difference(a, b, None)
        return None if found is None else found is False

    def _difference(self, a: Literal, b: Literal, effort: int | None) -> Found | bool | None:
        """Return inputs where two literals differ, False where none are, None: not decided."""
        self._load((a >> 1, b >> 1))
        found = self._asked(a, b, effort)
        if isinstance(found, dict):
            self._news.append(found)
        elif found is False:
            for clause in _one_alone(a, b):  # as clauses they say that the two are equal
                self._solver.add_clause(clause)
        return found

    def _asked(self, a: Literal, b: Literal, effort: int | None) -> Found | bool | None:
        """Ask the solver for inputs where one literal is true and the other is not, both ways."""
        for assumed in _one_alone(a, b):
            self.queries += 1
            answer = _answer(self._solver, assumed, effort, self._until)
            if answer is None:
                return None
            if answer:
                model = self._solver.get_model()
                given = (n for n in self._word_of if n < len(self._loaded) and self._loaded[n])
                return {node: model[node] > 0 for node in given}  # node k is variable k + 1
        return False

    def _load(self, roots: Sequence[int]) -> None:
        """Give the solver the nodes before the roots, and these, where it does not know them."""
        self._loaded += bytes(len(self.graph.fanins) - len(self._loaded))
        waiting = list(roots)
        while waiting:
            node = waiting.pop()
            if not self._loaded[node]:
                for clause in self._clauses(node):
                    self._solver.add_clause(clause)
                waiting += [literal >> 1 for literal in self.graph.fanins[node] or ()]

    def _clauses(self, node: int) -> Iterator[list[int]]:
        """Yield a node as clauses, an input with its whole word, and mark what is known by then."""
        self._loaded[node] = 1
        pair = self.graph.fanins[node]
        if pair is not None:
            left, right, out = (_variable(literal) for literal in (*pair, 2 * node))
            yield from ([-out, left], [-out, right], [out, -left, -right])
        elif node in self._word_of:
            for bit in self._word_of[node].bits:
                self._loaded[bit >> 1] = 1
            yield from _inside(self._word_of[node])


def _one_alone(a: Literal, b: Literal) -> list[list[int]]:
    """Return both ways in which one literal is true and the other is not."""
    return [[_variable(a), -_variable(b)], [-_variable(a), _variable(b)]]


def _opened() -> Any:
    from pysat.solvers import Solver

    return Solver(SOLVER, bootstrap_with=[[-_variable(FALSE)]])


def _answer(solver: Any, assumed: Sequence[int], effort: int | None, until: float) -> bool | None:
    """Return whether there is a solution; None after so many conflicts, or a time."""
    while time.process_time() < until:
        solver.conf_budget(effort or _AT_A_TIME)
        found: bool | None = solver.solve_limited(assumptions=assumed)
        if found is not None or effort is not None:
            return found
    return None


def _variable(literal: Literal) -> int:
    number = (literal >> 1) + 1
    return -number if literal & 1 else number


def _inside(word: Word) -> list[list[int]]:
    """Return clauses that hold a word inside its values, compared from the highest bit down.

    With its sign bit turned over, a signed word orders as one without a sign.
    """
    half = 1 << len(word.bits) - 1 if word.signed else 0
    bits = [_variable(bit) for bit in word.bits]
    bits[-1] *= -1 if word.signed else 1
    return [*_at_least(bits, word.low + half), *_at_most(bits, word.high + half)]


def _at_least(bits: Sequence[int], low: int) -> list[list[int]]:
    ones = [place for place in range(len(bits)) if low >> place & 1]
    return [
        [bits[one], *(bits[k] for k in range(one + 1, len(bits)) if not low >> k & 1)]
        for one in ones
    ]


def _at_most(bits: Sequence[int], high: int) -> list[list[int]]:
    most = (1 << len(bits)) - 1
    return _at_least([-bit for bit in bits], most - high)
