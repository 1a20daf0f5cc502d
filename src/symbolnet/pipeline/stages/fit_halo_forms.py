"""Stage `fit_halo_forms`: haloes to the forms that need no network, refitted."""

from threadpoolctl import threadpool_limits

from symbolnet.artifact import write_json
from symbolnet.distil.halos.file import load_halos
from symbolnet.distil.halos.record import peers_record
from symbolnet.pipeline.marks import In, Out

DATA = ("schema/halo_forms.json",)


def fit_halo_forms(halos: In, halo_forms: Out) -> None:
    """Fit the paper's forms of overdensities, a constant, and sums over shells of distance."""
    with threadpool_limits(1):
        record = peers_record(load_halos(halos))
    write_json(halo_forms, record, "halo_forms")
    for one in record["peers"]:
        print(f"{one['name']}: mean |error| {one['error_held']:.4f} on held-out haloes")
