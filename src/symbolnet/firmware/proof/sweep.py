"""Literals of a graph joined where SAT proves them equal, window by window.

A window is what lies before two literals, cut off at some size. What is cut off may take any value
there, so that a window without a difference is a proof; where there is one, the window grows until
it ends at the inputs. Equal literals are one from then on, which keeps the windows small.
"""

import importlib.metadata
import importlib.util
import random
import time
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from symbolnet.errors import ToolError
from symbolnet.extras import install
from symbolnet.firmware.proof.inverters import FALSE, Inverters, Literal

SOLVER = "glucose42"
TOOL = "Glucose 4.2.1"
_PATTERNS = 1024  # drawn at random, to see what may be equal
_WINDOWS = (60, 400, 3000, 20000, None)  # nodes; the last has no end
_EFFORT = 2000  # conflicts in a window of literals inside, where giving up costs little
_AT_A_TIME = 20000  # conflicts between two looks at the clock
_NEWS = 24  # differences found before the patterns take them in
_TRIED = 4  # literals of the same pattern that a new one is compared with
Found = dict[int, bool]  # values of inputs where two literals differ


def check_tools() -> None:
    """Raise ToolError naming what to install where the solver is missing."""
    if importlib.util.find_spec("pysat") is None:
        raise ToolError(f"python-sat is not installed: {install('firmware')}")


def version() -> str:
    """Return the version of the package that brings the solver, where it is installed."""
    if importlib.util.find_spec("pysat") is None:
        return "no python-sat"
    return f"python-sat {importlib.metadata.version('python-sat')}"


class Word(NamedTuple):
    """Literals of a word at the inputs, lowest bit first, and its least and largest value."""

    bits: tuple[Literal, ...]
    signed: bool
    low: int
    high: int


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
        value = self._value(2 * node)
        return (self._value(2 * node + 1), 1) if value & 1 else (value, 0)

    def _value(self, literal: Literal) -> int:
        value = self._values[literal >> 1]
        return value ^ (1 << self._patterns) - 1 if literal & 1 else value

    def _joined(self, node: int) -> Literal:
        """Return a literal from before that is proved to be a new node; else that of the node."""
        a, b = self.graph.fanins[node] or (FALSE, FALSE)
        self._values.append(self._value(a) & self._value(b))
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
        for size in _WINDOWS:
            inside, whole = self._window((a >> 1, b >> 1), size)
            found = self._asked(inside, a, b, effort)
            if isinstance(found, dict):
                if whole:
                    self._news.append(found)
                    return found
            else:
                return found
        raise AssertionError("the last window is whole")

    def _window(self, roots: Sequence[int], size: int | None) -> tuple[list[int], bool]:
        """Return nodes before the roots, nearest first, and whether these are all."""
        inside, found, waiting = list[int](), set(roots), deque(roots)
        while waiting and (size is None or len(inside) < size):
            node = waiting.popleft()
            pair = self.graph.fanins[node]
            if pair is not None:
                inside.append(node)
                new = {literal >> 1 for literal in pair} - found
                found |= new
                waiting += sorted(new)
        return inside, not any(self.graph.fanins[node] for node in waiting)

    def _asked(
        self, inside: Iterable[int], a: Literal, b: Literal, effort: int | None
    ) -> Found | bool | None:
        """Ask the solver for values in a window where two literals differ."""
        from pysat.solvers import Solver

        self.queries += 1
        clauses, seen = self._clauses(inside, {a >> 1, b >> 1})
        differ = [[_variable(a), _variable(b)], [-_variable(a), -_variable(b)]]
        with Solver(SOLVER, bootstrap_with=[*clauses, *differ]) as solver:
            answer = _answer(solver, effort, self._until)
            true = set(solver.get_model() or ())
        inputs = seen & self._word_of.keys()
        return {node: _variable(2 * node) in true for node in inputs} if answer else answer

    def _clauses(self, inside: Iterable[int], seen: set[int]) -> tuple[list[list[int]], set[int]]:
        """Return a window as clauses, and the nodes in them."""
        clauses = [[-_variable(FALSE)]]
        for node in inside:
            pair = self.graph.fanins[node]
            assert pair is not None
            left, right, out = (_variable(literal) for literal in (*pair, 2 * node))
            clauses += [[-out, left], [-out, right], [out, -left, -right]]
            seen.update((pair[0] >> 1, pair[1] >> 1))
        words = {self._word_of[node] for node in seen & self._word_of.keys()}
        for word in words:
            clauses += _inside(word)
        return clauses, seen | {bit >> 1 for word in words for bit in word.bits}


def _answer(solver: Any, effort: int | None, until: float) -> bool | None:
    """Return whether there is a solution; None after so many conflicts, or a time."""
    while time.process_time() < until:
        solver.conf_budget(effort or _AT_A_TIME)
        found: bool | None = solver.solve_limited()
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
