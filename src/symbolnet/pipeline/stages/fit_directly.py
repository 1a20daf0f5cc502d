"""Stage `fit_directly`: simulations to laws of motion, without any network."""

from threadpoolctl import threadpool_limits

from symbolnet.artifact import write_json
from symbolnet.config import LawSearch
from symbolnet.distil.laws.record import direct_record
from symbolnet.distil.simulation.file import load_simulations
from symbolnet.pipeline.marks import In, Out

DATA = ("schema/direct.json",)


def fit_directly(simulations: In, direct: Out, spec: LawSearch) -> None:
    """Fit the library of laws to the accelerations themselves: the peer of every network."""
    with threadpool_limits(1):
        record = direct_record(load_simulations(simulations), spec)
    write_json(direct, record, "direct")
    law = record["front"][record["chosen"]]
    print(f"{law['text']}, softening {law['softening']:.6g}, error {law['error']:.1e}")
