"""Stage `judge_laws`: networks and laws to their errors and motion on what none has seen."""

import torch
from threadpoolctl import threadpool_limits

from symbolnet.artifact import read_json, write_json
from symbolnet.config import JudgeSpec
from symbolnet.distil.judge import judged_record
from symbolnet.distil.networks.store import load_trained
from symbolnet.distil.simulation.file import load_simulations
from symbolnet.pipeline.marks import In, Out

DATA = ("schema/judged.json",)


def judge_laws(
    simulations: In, trained: In, laws: In, direct: In, judged: Out, spec: JudgeSpec
) -> None:
    """Measure networks and laws as trained, at twice the spread, with six bodies, and in motion."""
    torch.set_num_threads(1)
    found, members = load_simulations(simulations), load_trained(trained)
    with threadpool_limits(1):
        records = read_json(laws, "laws"), read_json(direct, "direct")
        record = judged_record(found, members, *records, spec)
    write_json(judged, record, "judged")
    for one in record["members"]:
        law = one["law"]
        print(
            f"{one['variant']}-{one['seed']}: error of the network"
            f" {one['network']['error_trained']:.3g}, of its law"
            f" {'-' if law is None else format(law['error_trained'], '.3g')}"
        )
