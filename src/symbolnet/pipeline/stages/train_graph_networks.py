"""Stage `train_graph_networks`: simulations to graph networks that predict accelerations."""

from pathlib import Path

import torch

from symbolnet.artifact import sha256, write_json, write_text
from symbolnet.config import GraphTraining
from symbolnet.distil.networks.adam import TOGETHER
from symbolnet.distil.networks.graphs import graphs_of, part
from symbolnet.distil.networks.job import GraphNetworks, State
from symbolnet.distil.networks.store import FILE, Trained, save_trained
from symbolnet.distil.simulation.file import as_told, load_simulations
from symbolnet.pipeline.marks import In, Out
from symbolnet.pipeline.stages.train import log
from symbolnet.training.loop import prepare_device, run, stamp_of


def train_graph_networks(
    simulations: In,
    trained: Out,
    errors: Out,
    timing_of_training: Out,
    checkpoint: Path,
    spec: GraphTraining,
) -> None:
    """Train graph networks of every variant and seed; a killed job goes on from its checkpoint."""
    prepare_device(spec)
    known = part(load_simulations(simulations), trained=True)
    graphs = graphs_of(as_told(known))
    method = GraphNetworks(graphs, spec, len(known.settings.kinds))
    state, seconds = run(method, checkpoint, stamp_of(spec, sha256(simulations)), log)
    found = Trained(method.form, spec, state.weights, state.live, method.scale)
    FILE.check_finite(checkpoint, found.weights)
    save_trained(trained, found)
    write_text(errors, _csv(state, spec))
    record = {
        "train_seconds": round(seconds, 3),
        "torch": torch.__version__,
        "graphs": graphs.number,
    }
    write_json(timing_of_training, record)
    checkpoint.unlink(missing_ok=True)


def _csv(state: State, spec: GraphTraining) -> str:
    """Return a row for each member and hundred steps."""
    lines = ["member,step,error,penalty,messages"]
    for k, (variant, seed) in enumerate(spec.members()):
        for i, values in enumerate(state.history, start=1):
            step, own = (
                min(i * TOGETHER, spec.steps),
                ",".join(f"{v:.6g}" for v in values[k].tolist()),
            )
            lines.append(f"{variant}-{seed},{step},{own}")
    return "\n".join(lines) + "\n"
