"""The words of a circuit as terms of an SMT solver, up to cuts.

A cut is a variable in place of a word that has been proved to be a node of the graph. What adders
make of cuts is one sum of variables, modulo 2 to the power of the width, whatever their order: the
solver is given it with its terms sorted, since adders in another order are hard for it. Where a sum
is read extended it must fit the bits that are read, by the ends of its variables.
"""

from collections.abc import Iterable, Sequence

from symbolnet.firmware.proof.btor import Bit, Bits, Circuit, Operator, number_of, together
from symbolnet.firmware.proof.smt import CONSTANT, Form, Smt, Term, added, width_of

# Operators of BTOR2 that the solver calls otherwise; the others have the same names.
_SHIFTS = {"sll": "BV_SHL", "srl": "BV_SHR", "sra": "BV_ASHR"}
_COMPARISONS = {
    **{"eq": "EQUAL", "neq": "DISTINCT"},
    **{"ugt": "BV_UGT", "ugte": "BV_UGE", "ult": "BV_ULT", "ulte": "BV_ULE"},
    **{"sgt": "BV_SGT", "sgte": "BV_SGE", "slt": "BV_SLT", "slte": "BV_SLE"},
}
_SUMS = {"add": (1, 1), "sub": (1, -1), "neg": (-1,)}  # how often each operand stands in it


class CircuitTerms:
    """Builds terms as they are asked for, so that a cut counts for all that is asked later."""

    def __init__(self, smt: Smt, circuit: Circuit) -> None:
        self._smt, self._operators = smt, circuit.operators
        self._terms: dict[int, Term] = {}
        self._cuts: dict[Bit, Bit] = {}  # a bit of a word, and what it is of a variable
        self._forms: dict[int, Form] = {}  # of cuts, and of operators that are sums of cuts

    def is_cut(self, bits: Iterable[Bit]) -> bool:
        """Tell whether a cut has some of these bits already."""
        return any(bit in self._cuts for bit in bits)

    def cut(self, bits: Bits, number: int) -> None:
        """Let the bits of a word be those of a variable, extended."""
        one = self._smt.variables[number]
        width, source = self._smt.width(one.term), -1 - number
        self._terms[source], self._forms[source] = one.term, {number: 1}
        for place, bit in enumerate(bits):
            top: Bit = (source, width - 1) if one.signed else "0"
            self._cuts[bit] = (source, place) if place < width else top

    def word(self, bits: Bits) -> Term:
        """Return bits, lowest first, as a term: runs of one source, the last one extended."""
        self._build(bits)
        found = [self._cuts.get(bit, bit) for bit in bits]
        form = self._form(found)
        if form is not None:
            return self._smt.sum(form, len(found))
        end = len(found)
        while end > 1 and found[end - 2] == found[-1]:
            end -= 1
        return self._smt.resized(self._run(found[:end]), len(found), True)

    def _run(self, found: Sequence[Bit]) -> Term:
        parts, place = list[Term](), 0
        while place < len(found):
            count = together(found[place:])
            parts.append(self._part(found[place : place + count]))
            place += count
        return parts[0] if len(parts) == 1 else self._smt("BV_CONCAT", *reversed(parts))

    def _part(self, run: Sequence[Bit]) -> Term:
        first = run[0]
        if isinstance(first, str):
            return self._smt.value(number_of(run), len(run))
        return self._smt.bits(self._terms[first[0]], first[1], len(run))

    def _form(self, found: Sequence[Bit]) -> Form | None:
        """Return bits as a sum of variables, modulo 2 to the power of their number."""
        shift = 0
        while shift < len(found) and found[shift] == "0":
            shift += 1
        run = found[shift:]
        if all(isinstance(bit, str) for bit in run):
            return {CONSTANT: number_of(found)}
        first = run[0]
        form = None if isinstance(first, str) or first[1] else self._forms.get(first[0])
        if form is None or not self._fits(form, run, together(run)):
            return None
        return {number: weight << shift for number, weight in form.items()}

    def _fits(self, form: Form, run: Sequence[Bit], count: int) -> bool:
        """Tell whether a sum is what the first bits of a run say, if more follow, with these."""
        rest = set(run[count:])
        low, high = self._smt.ends(form)
        if not rest:
            return True
        if rest == {"0"}:
            return low >= 0 and width_of(low, high) <= count
        return rest == {run[count - 1]} and width_of(min(low, -1), high) <= count

    def _build(self, bits: Bits) -> None:
        waiting = self._missing([bits])
        while waiting:
            number = waiting[-1]
            missing = (
                [] if number in self._terms else self._missing(self._operators[number].operands)
            )
            if missing:
                waiting += missing
            elif waiting.pop() not in self._terms:
                self._terms[number] = self._operator(number, self._operators[number])

    def _missing(self, words: Iterable[Bits]) -> list[int]:
        """Return the operators before some words that have no term yet."""
        read = {
            bit[0]
            for bits in words
            for bit in bits
            if not isinstance(bit, str) and bit not in self._cuts
        }
        return [number for number in read if number not in self._terms]

    def _operator(self, number: int, one: Operator) -> Term:
        smt = self._smt
        if one.kind == "input":
            return smt.free(f"undefined {number}", one.width)
        if one.kind in _SUMS and (form := self._summed(one)) is not None:
            self._forms[number] = form
            return smt.sum(form, one.width)
        parts = [self.word(bits) for bits in one.operands]
        if one.kind == "ite":
            return smt.chosen(*parts)
        if one.kind in _COMPARISONS:
            return smt("ITE", smt(_COMPARISONS[one.kind], *parts), smt.value(1, 1), smt.value(0, 1))
        return smt(_SHIFTS.get(one.kind, f"BV_{one.kind.upper()}"), *parts)

    def _summed(self, one: Operator) -> Form | None:
        """Return what an adder computes as a sum of variables; None where an operand is none."""
        forms = list[Form]()
        for bits in one.operands:
            form = self._form([self._cuts.get(bit, bit) for bit in bits])
            if form is None:
                return None
            forms.append(form)
        return added(zip(_SUMS[one.kind], forms, strict=True))
