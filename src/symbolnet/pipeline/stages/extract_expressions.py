"""Stage `extract_expressions`: every member's network to its expressions, also in raw units."""

from symbolnet.config import Rounding
from symbolnet.data.dataset import load_dataset
from symbolnet.data.quantities import quantities_of
from symbolnet.errors import InputError
from symbolnet.expression.extract import extract
from symbolnet.expression.raw_units import in_raw_units
from symbolnet.expression.store import Collection, save_collection
from symbolnet.network.store import load_members
from symbolnet.pipeline.marks import In, Out
from symbolnet.progress import counted


def extract_expressions(network: In, dataset: In, expressions: Out, spec: Rounding) -> None:
    """Unroll, round and simplify the networks of all members, and fold the scaler in."""
    data = load_dataset(dataset)
    regression = data.task == "regression"
    spreads = quantities_of(data.y_train).scale.tolist() if regression else None
    shape = len(data.feature_names), len(data.class_names)
    members = []
    for name, masked in counted(list(load_members(network)), "members"):
        found = len(masked.input_kept), len(masked.output_bias)
        if found != shape:
            raise InputError(f"{shape} inputs and classes", f"{found} in {network}", "train again")
        member = extract(name, masked, spec.digits, spreads)
        members.append(member._replace(raw=in_raw_units(member.rounded, data)))
        print(f"{name}: {member.diverged or member.complexity}", flush=True)
    names = data.feature_names, data.class_names
    collection = Collection(spec.digits, *names, tuple(members), data.feature_symbols)
    save_collection(expressions, collection)
