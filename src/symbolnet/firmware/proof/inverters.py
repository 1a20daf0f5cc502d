"""An and-inverter graph whose nodes are one where they are structurally one.

A literal is twice the number of a node, plus 1 where it is negated. Node 0 is false.
"""

from collections.abc import Callable, Sequence

FALSE, TRUE = 0, 1
Literal = int
Joined = Callable[[int], Literal]


class Inverters:
    """Nodes with two literals each; inputs have none. `joined` may put a node for a new one."""

    def __init__(self, joined: Joined | None = None) -> None:
        self.fanins: list[tuple[Literal, Literal] | None] = [None]
        self.joined = joined
        self._known: dict[tuple[Literal, Literal], Literal] = {}

    def input(self) -> Literal:
        """Return a new input."""
        self.fanins.append(None)
        return 2 * len(self.fanins) - 2

    def both(self, a: Literal, b: Literal) -> Literal:
        """Return the literal of `a and b`."""
        a, b = sorted((a, b))
        if a == FALSE or a == b ^ 1:
            return FALSE
        if a in (TRUE, b):
            return b
        if (a, b) not in self._known:
            self.fanins.append((a, b))
            made = len(self.fanins) - 1
            self._known[a, b] = self.joined(made) if self.joined is not None else 2 * made
        return self._known[a, b]

    def chosen(self, key: Literal, yes: Literal, no: Literal) -> Literal:
        """Return `yes` where the key is true, otherwise `no`."""
        if yes == no:
            return yes
        return self.both(self.both(key, yes) ^ 1, self.both(key ^ 1, no) ^ 1) ^ 1

    def looked_up(self, table: int, inputs: Sequence[Literal]) -> Literal:
        """Return bit k of a table where the inputs, the first being lowest, spell k."""
        everything = (1 << (1 << len(inputs))) - 1
        if table in (0, everything):
            return TRUE if table else FALSE
        *others, last = inputs
        half = 1 << len(others)
        low, high = table & ((1 << half) - 1), table >> half
        if low == high:
            return self.looked_up(low, others)
        return self.chosen(last, self.looked_up(high, others), self.looked_up(low, others))
