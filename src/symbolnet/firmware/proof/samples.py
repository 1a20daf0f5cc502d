"""Values of a circuit's words at given inputs: where to look for the nodes of a graph.

Nothing rests on them: a word that has the values of a node is asked about, not believed.
"""

from collections.abc import Callable, Mapping, Sequence

from symbolnet.firmware.proof.btor import Bits, Circuit, Operator, number_of, operator_of, together

_Do = Callable[..., int]
_PLAIN: dict[str, _Do] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
    "nand": lambda a, b: ~(a & b),
    "nor": lambda a, b: ~(a | b),
    "xnor": lambda a, b: ~(a ^ b),
    "not": lambda a: ~a,
    "neg": lambda a: -a,
    "redor": lambda a: a != 0,
    "redxor": lambda a: a.bit_count(),
    "sll": lambda a, b: a << min(b, 64),
    "srl": lambda a, b: a >> b,
    "eq": lambda a, b: a == b,
    "neq": lambda a, b: a != b,
    "ugt": lambda a, b: a > b,
    "ugte": lambda a, b: a >= b,
    "ult": lambda a, b: a < b,
    "ulte": lambda a, b: a <= b,
    "ite": lambda bit, a, b: a if bit else b,
}
_SIGNED: dict[str, _Do] = {  # of the first operand, and of both
    "redand": lambda a: a == -1,
    "sra": lambda a, b: a >> (b if b >= 0 else 64),
    "sgt": lambda a, b: a > b,
    "sgte": lambda a, b: a >= b,
    "slt": lambda a, b: a < b,
    "slte": lambda a, b: a <= b,
}


class Samples:
    """Values of all operators of a circuit at given values of its inputs; others are 0."""

    def __init__(self, circuit: Circuit, given: Mapping[str, Sequence[int]], rows: int) -> None:
        self.rows = rows
        self._values: dict[int, Sequence[int]] = {
            operator_of(circuit.inputs[name][0]): values for name, values in given.items()
        }
        for number, one in circuit.operators.items():
            if number not in self._values:
                self._values[number] = self._computed(one)

    def _computed(self, one: Operator) -> Sequence[int]:
        if one.kind == "input":
            return [0] * self.rows
        parts = [self.word(bits) for bits in one.operands]
        do, mask = _PLAIN.get(one.kind), (1 << one.width) - 1
        if do is None:
            do = _SIGNED[one.kind]
            parts = [_signed(p, len(b)) for p, b in zip(parts, one.operands, strict=True)]
        return [int(do(*row)) & mask for row in zip(*parts, strict=True)]

    def word(self, bits: Bits) -> Sequence[int]:
        """Return the values of some bits."""
        total, place = [0] * self.rows, 0
        while place < len(bits):
            run = bits[place : place + together(bits[place:])]
            pairs = zip(total, self._run(run), strict=True)
            total = [value | made << place for value, made in pairs]
            place += len(run)
        return total

    def _run(self, run: Bits) -> Sequence[int]:
        first, mask = run[0], (1 << len(run)) - 1
        if isinstance(first, str):
            return [number_of(run)] * self.rows
        source, low = first
        return [made >> low & mask for made in self._values[source]]


def _signed(values: Sequence[int], width: int) -> list[int]:
    return [value - (value >> (width - 1) << width) for value in values]
