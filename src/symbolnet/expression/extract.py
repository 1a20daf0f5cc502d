"""From members' networks to their unrolled and their rounded expressions, also in raw units."""

from collections.abc import Iterable, Iterator, Sequence

from symbolnet.data.dataset import Dataset
from symbolnet.data.quantities import quantities_of
from symbolnet.errors import InputError
from symbolnet.expression.raw_units import in_raw_units
from symbolnet.expression.rounding import finalise
from symbolnet.expression.store import Extracted
from symbolnet.expression.unroll import unroll
from symbolnet.network.masked import MaskedNetwork


def extracted(
    networks: Iterable[tuple[str, MaskedNetwork]], data: Dataset, digits: int, raw: bool = True
) -> Iterator[Extracted]:
    """Yield what became of each member: rounded to digits, and, if `raw`, the scaler folded in."""
    regression = data.task == "regression"
    spreads = quantities_of(data.y_train).scale.tolist() if regression else None
    shape = len(data.feature_names), len(data.class_names)
    for name, masked in networks:
        found = len(masked.input_kept), len(masked.output_bias)
        if found != shape:
            raise InputError(f"{shape} inputs and classes", f"{found} in {name}", "train again")
        member = extract(name, masked, digits, spreads)
        yield member._replace(raw=in_raw_units(member.rounded, data)) if raw else member


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
