"""Stage `choose_model`: the member that goes on to firmware."""

from pathlib import Path

from symbolnet.artifact import read_json
from symbolnet.config import Choice
from symbolnet.expression.choice import choose
from symbolnet.expression.store import expression_set, load_collection, save_collection

DATA = ("schema/metrics.json",)


def choose_model(expressions: Path, metrics: Path, chosen: Path, spec: Choice) -> None:
    """Keep the best member on validation data among those simple enough."""
    collection = load_collection(expressions)
    name = choose(read_json(metrics, "metrics")["members"], spec)
    expression_set(collection, name)  # refuses an id that the expressions do not hold
    members = tuple(member for member in collection.members if member.id == name)
    save_collection(chosen, collection._replace(members=members))
    print(f"chosen: {name}")
