"""Stage `distil_laws`: graph networks to the laws that their messages hold."""

from threadpoolctl import threadpool_limits

from symbolnet.artifact import write_json
from symbolnet.config import LawSearch
from symbolnet.distil.laws.record import laws_record
from symbolnet.distil.networks.store import load_trained
from symbolnet.distil.simulation.file import load_simulations
from symbolnet.pipeline.marks import In, Out

DATA = ("schema/laws.json",)


def distil_laws(simulations: In, trained: In, laws: Out, spec: LawSearch) -> None:
    """Find laws in the messages of every member, and refit their constants to accelerations."""
    with threadpool_limits(1):
        record = laws_record(load_simulations(simulations), load_trained(trained), spec)
    write_json(laws, record, "laws")
    for one in record["members"]:
        name, chosen = f"{one['variant']}-{one['seed']}", one["chosen"]
        law = "no live message" if chosen is None else one["front"][chosen]["of_motion"]["text"]
        print(f"{name}: robust R2 {one['r2']['robust']:.4f}, {law}")
