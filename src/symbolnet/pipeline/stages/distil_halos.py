"""Stage `distil_halos`: the network of haloes to formulas of their overdensities."""

from threadpoolctl import threadpool_limits

from symbolnet.artifact import write_json
from symbolnet.config import HaloSearch
from symbolnet.distil.halos.file import load_halos
from symbolnet.distil.halos.record import formulas_record
from symbolnet.distil.halos.store import load_halo_network
from symbolnet.pipeline.marks import In, Out
from symbolnet.training.loop import prepare_device

DATA = ("schema/halo_formulas.json",)


def distil_halos(halos: In, halo_network: In, halo_formulas: Out, spec: HaloSearch) -> None:
    """Find formulas of the messages and of what haloes make of them, and refit their constants."""
    trained = load_halo_network(halo_network)
    prepare_device(trained.training)  # so that messages are the same bytes wherever they lie
    with threadpool_limits(1):
        record = formulas_record(load_halos(halos), trained, spec)
    write_json(halo_formulas, record, "halo_formulas")
    chosen = record["front"][record["chosen"]]
    print(
        f"{chosen['text']}: mean |error| {chosen['error_held']:.4f} on held-out haloes,"
        f" network {record['network']['error_held']:.4f}"
    )
