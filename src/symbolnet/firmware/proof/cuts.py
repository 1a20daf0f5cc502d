"""Two literals compared at all values of few nodes that they depend on, as long integers.

Two arrays that multiply the same words in another order are hard for a SAT solver, and have few
inputs: some twenty bits of two factors. At all their values at once, one bit of an integer each,
both sides take milliseconds.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from symbolnet.firmware.proof.inverters import Literal

Fanins = Sequence[tuple[Literal, Literal] | None]
_LEAVES = 20  # of a cut: a million values, 128 kB a node
_OPENED = 20_000  # nodes before a search for cuts ends
_APART = 40  # nodes between two cuts that are both tried
_TRIED = 5  # cuts, the narrowest first


class Word(NamedTuple):
    """Literals of a word at the inputs, lowest bit first, and its least and largest value."""

    bits: tuple[Literal, ...]
    signed: bool
    low: int
    high: int


def equal_over_cuts(fanins: Fanins, words: Mapping[int, Word], a: Literal, b: Literal) -> bool:
    """Tell whether two literals are shown to be equal; False is no proof of a difference.

    The nodes of a cut are let take any values, but words of inputs only their own.
    """
    return any(
        _equal_over(fanins, words, a, b, leaves) for leaves in _cuts(fanins, {a >> 1, b >> 1})
    )


def _cuts(fanins: Fanins, roots: Iterable[int]) -> list[list[int]]:
    """Return sets of few nodes that all paths from the inputs to the roots cross.

    The newest node is opened first: what comes before an operator is older than what is in it.
    """
    front, seen = [-node for node in roots], set(roots)
    heapq.heapify(front)
    found: list[tuple[int, int, list[int]]] = []  # size, when it was met, and the nodes
    for opened in range(_OPENED):
        pair = fanins[-front[0]]
        if pair is None:
            break
        heapq.heappop(front)
        for node in {literal >> 1 for literal in pair} - seen:
            seen.add(node)
            heapq.heappush(front, -node)
        if len(front) <= _LEAVES and opened > _APART:
            if found and found[-1][1] + _APART > opened and found[-1][0] >= len(front):
                found.pop()
            if not found or found[-1][1] + _APART <= opened:
                found.append((len(front), opened, [-node for node in front]))
    return [leaves for *_, leaves in sorted(found)[:_TRIED]]


def _equal_over(
    fanins: Fanins, words: Mapping[int, Word], a: Literal, b: Literal, leaves: Sequence[int]
) -> bool:
    ones = (1 << (1 << len(leaves))) - 1
    values = {0: 0} | {leaf: _alternating(place, ones) for place, leaf in enumerate(leaves)}
    for root in (a >> 1, b >> 1):
        _compute(fanins, values, root, ones)
    differ = values[a >> 1] ^ values[b >> 1] ^ (ones if (a ^ b) & 1 else 0)
    whole = {words[leaf] for leaf in leaves if leaf in words}
    for word in whole:
        if differ and all(bit >> 1 in values for bit in word.bits):
            differ &= _taken(word, values, ones)
    return not differ


def _alternating(place: int, ones: int) -> int:
    """Return bit `place` of 0, 1, 2, ... as the bits of one integer."""
    run = 1 << place
    block, width = ((1 << run) - 1) << run, 2 * run
    while block << width <= ones:
        block |= block << width
        width *= 2
    return block


def _compute(fanins: Fanins, values: dict[int, int], root: int, ones: int) -> None:
    """Add the values of a node and of all between it and the leaves."""
    waiting = [root]
    while waiting:
        node = waiting[-1]
        pair = fanins[node]
        if node in values or pair is None:
            waiting.pop()
            continue
        missing = [literal >> 1 for literal in pair if literal >> 1 not in values]
        if missing:
            waiting += missing
            continue
        left, right = (values[x >> 1] ^ (ones if x & 1 else 0) for x in pair)
        values[node] = left & right


def _taken(word: Word, values: Mapping[int, int], ones: int) -> int:
    """Return where the leaves spell a value that the word takes; a signed one has its sign last."""
    bits = [values[bit >> 1] for bit in word.bits]
    half = 1 << len(bits) - 1 if word.signed else 0
    if word.signed:
        bits[-1] ^= ones
    inverted = [bit ^ ones for bit in bits]
    most = (1 << len(bits)) - 1
    return _at_least(bits, word.low + half, ones) & _at_least(
        inverted, most - word.high - half, ones
    )


def _at_least(bits: Sequence[int], low: int, ones: int) -> int:
    enough = ones
    for place, bit in enumerate(bits):
        enough = bit & enough if low >> place & 1 else bit | enough
    return enough
