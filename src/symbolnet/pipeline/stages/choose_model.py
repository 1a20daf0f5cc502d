"""Stage `choose_model`: the member that goes on to firmware."""

from pathlib import Path
from typing import Annotated

from symbolnet.artifact import read_json
from symbolnet.config import Choice
from symbolnet.expression.choice import choose, fitting
from symbolnet.expression.store import expression_set, load_collection, save_collection
from symbolnet.pipeline.marks import In, Out, Reads

DATA = ("schema/metrics.json",)


def choose_model(
    expressions: In,
    metrics: In,
    chosen: Out,
    spec: Choice,
    formats: Annotated[list[Path] | None, Reads()] = None,
) -> None:
    """Keep the best member among those simple enough; test rows have no say.

    With `lut_max`, `formats` holds what the members reach in hardware, which then decides.
    """
    collection = load_collection(expressions)
    members = read_json(metrics, "metrics")["members"]
    if spec.lut_max is not None and formats:
        from symbolnet.firmware.search.points import load_searches
        from symbolnet.firmware.search.shortlist import choose_member

        known = {member["id"] for member in fitting(members, spec)}
        searches = [found for found in load_searches(formats[0]) if found.id in known]
        name = choose_member(searches, spec.lut_max, spec.by)
    else:
        name = choose(members, spec)
    expression_set(collection, name)  # refuses an id that the expressions do not hold
    kept = tuple(member for member in collection.members if member.id == name)
    save_collection(chosen, collection._replace(members=kept))
    print(f"chosen: {name}")
