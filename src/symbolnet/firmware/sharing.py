"""One table per use with the weights inside, or one table shared by all uses: the cheaper one.

A core that several sums use may get one table for each sum (its terms and their weights merged)
or one table for each function, multiplied by constants. The estimates are LUT6 counts.
"""

from collections.abc import Iterator

from symbolnet.config import Precision
from symbolnet.expression.tree import Expression
from symbolnet.firmware import algebra
from symbolnet.firmware.algebra import Affine, Terms

_ENTRY_BITS = 12
_ADDERS_PER_WEIGHT = 3  # signed digits of a rounded constant, about


def worth_merging(expressions: tuple[Expression, ...], precision: Precision) -> set[Expression]:
    """Return the cores whose terms are best merged into one table for each sum they occur in."""
    uses: dict[Expression, dict[Terms, None]] = {}
    for form in dict.fromkeys(_forms(expressions)):
        for core, terms in algebra.by_core(form).items():
            if algebra.has_function(terms):
                uses.setdefault(core, {})[terms] = None
    return {core for core, groups in uses.items() if _merging_is_cheaper(list(groups), precision)}


def _merging_is_cheaper(groups: list[Terms], precision: Precision) -> bool:
    table = _ENTRY_BITS * 2.0 ** (precision.table_bits - 6)
    functions = {atom for terms in groups for atom, _ in terms if algebra.is_function(atom)}
    weighted = sum(weight not in (1.0, -1.0) for terms in groups for _, weight in terms)
    extra = sum(len(terms) - 1 for terms in groups)
    sums = _ENTRY_BITS * (extra + weighted * (_ADDERS_PER_WEIGHT - 1))
    return len(groups) * table <= len(functions) * table + sums


def _forms(expressions: tuple[Expression, ...]) -> Iterator[Affine]:
    """Yield every weighted sum that hardware will compute: outputs, factors and arguments."""
    for expression in expressions:
        form = algebra.affine(expression)
        yield form
        for atom, _ in form.terms:
            yield from _forms(_parts(atom))


def _parts(atom: Expression) -> tuple[Expression, ...]:
    if algebra.is_function(atom):
        return (algebra.core(atom),)
    return tuple(algebra.factors(atom))
