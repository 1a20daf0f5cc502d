"""Stage `train_mlp`: a data set to a quantised network, as a graph with its test vectors."""

from pathlib import Path
from typing import Annotated

from symbolnet.config import MlpJob
from symbolnet.data.dataset import load_dataset
from symbolnet.pipeline.marks import In, Writes


def train_mlp(
    dataset: In,
    graph: Annotated[Path, Writes(folder="rival")],
    vectors: Annotated[Path, Writes(folder="rival")],
    reference: Annotated[Path, Writes(folder="rival")],
    spec: MlpJob,
) -> None:
    """Train the rival named after the folder of `graph`; its floats are those of the training."""
    import torch

    from symbolnet.baselines.quantised import graph_of, train
    from symbolnet.firmware.build.conversion import standards_of
    from symbolnet.firmware.evidence.vectors import write_vectors
    from symbolnet.firmware.graph.graph import save_graph

    torch.set_num_threads(1)  # the number of threads changes the rounding
    data = load_dataset(dataset)
    network = train(data, spec)
    built = graph_of(graph.absolute().parent.name, network, data, spec)
    scaler = standards_of(data, [node.variable for node in built.inputs()])
    built = built._replace(scaler=scaler)
    save_graph(graph, built)
    write_vectors(built, data, network.scores_test, vectors, reference)
    kept, weights = (built.precision[key] for key in ("weights_kept", "weights"))
    print(f"{kept} of {weights} weights kept")
