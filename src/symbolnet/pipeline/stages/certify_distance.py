"""Stage `certify_distance`: how far the hardware may be from its formulas, for all inputs."""

from symbolnet.artifact import write_json
from symbolnet.expression.choice import load_chosen
from symbolnet.firmware.proof.certified import certify
from symbolnet.pipeline.marks import In, Out


def certify_distance(graph: In, chosen: In, dataset: In, distance: Out) -> None:
    """Bound the distance of each score from its formula, prove the bound, and search for more."""
    expressions, data = load_chosen(chosen, dataset)
    made = certify(graph, expressions, data)
    for row in made["scores"]:
        if row["proved"]:
            print(f"{row['name']}: {row['low']:.4g} to {row['high']:.4g} from its formula")
        else:
            print(f"warning: {row['name']}: no proved bound. {made['reason']}")
    write_json(distance, made, "distance")
