"""Stage `extract_expressions`: every member's network to its expressions, also in raw units."""

from symbolnet.config import Rounding
from symbolnet.data.dataset import load_dataset
from symbolnet.expression.extract import extracted
from symbolnet.expression.store import Collection, save_collection
from symbolnet.network.store import load_members
from symbolnet.pipeline.marks import In, Out
from symbolnet.progress import counted


def extract_expressions(network: In, dataset: In, expressions: Out, spec: Rounding) -> None:
    """Unroll, round and simplify the networks of all members, and fold the scaler in."""
    data, members = load_dataset(dataset), []
    for member in extracted(counted(load_members(network), "members"), data, spec.digits):
        print(f"{member.id}: {member.diverged or member.complexity}", flush=True)
        members.append(member)
    names = data.feature_names, data.class_names
    save_collection(
        expressions, Collection(spec.digits, *names, tuple(members), data.feature_symbols)
    )
