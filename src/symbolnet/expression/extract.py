"""From one member's network to its unrolled and its rounded expressions."""

from collections.abc import Sequence

from symbolnet.errors import InputError
from symbolnet.expression.rounding import finalise
from symbolnet.expression.store import Extracted
from symbolnet.expression.unroll import unroll
from symbolnet.network.masked import MaskedNetwork


def extract(
    name: str, network: MaskedNetwork, digits: int, spreads: Sequence[float] | None = None
) -> Extracted:
    """Return the expressions of a member; one whose values are not finite is marked diverged.

    `spreads` are the deviations of the targets of a regression in train.
    """
    try:
        unrolled = unroll(network)
        return Extracted(name, None, unrolled, finalise(unrolled, digits, spreads))
    except InputError as error:
        return Extracted(name, str(error), (), ())
