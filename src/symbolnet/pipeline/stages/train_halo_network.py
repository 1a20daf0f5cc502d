"""Stage `train_halo_network`: haloes to a graph network that predicts their overdensities."""

from pathlib import Path

import torch

from symbolnet.artifact import sha256, write_json
from symbolnet.config import HaloTraining
from symbolnet.distil.halos.file import load_halos
from symbolnet.distil.halos.neighbours import parts_of
from symbolnet.distil.halos.network import HaloNetwork, graph_of, scale_of
from symbolnet.distil.halos.store import TrainedHalos, save_halo_network
from symbolnet.pipeline.marks import In, Out
from symbolnet.pipeline.stages.train import log
from symbolnet.training.loop import prepare_device, run, stamp_of


def train_halo_network(
    halos: In, halo_network: Out, halo_timing: Out, checkpoint: Path, spec: HaloTraining
) -> None:
    """Train the graph network of haloes; a killed job goes on from its checkpoint."""
    prepare_device(spec)
    found = load_halos(halos)
    fitted = parts_of(found).fitted
    scale = scale_of(fitted, found.settings.radius)
    method = HaloNetwork(graph_of(fitted, scale), spec)
    state, seconds = run(method, checkpoint, stamp_of(spec, sha256(halos)), log)
    save_halo_network(halo_network, TrainedHalos(spec, state.weights, scale))
    record = {
        "train_seconds": round(seconds, 3),
        "torch": torch.__version__,
        "halos": len(fitted.halos),
    }
    write_json(halo_timing, record)
    checkpoint.unlink(missing_ok=True)
