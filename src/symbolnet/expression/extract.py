"""From one member's network to its unrolled and its rounded expressions."""

from symbolnet.errors import InputError
from symbolnet.expression.rounding import finalise
from symbolnet.expression.store import Extracted
from symbolnet.expression.unroll import unroll
from symbolnet.network.masked import MaskedNetwork


def extract(name: str, network: MaskedNetwork, digits: int) -> Extracted:
    """Return the expressions of a member; one whose values are not finite is marked diverged."""
    try:
        unrolled = unroll(network)
        return Extracted(name, None, unrolled, finalise(unrolled, digits))
    except InputError as error:
        return Extracted(name, str(error), (), ())
