"""Stage `train_rival`: a data set to a classifier without formulas, as a graph with vectors."""

from pathlib import Path
from typing import Annotated

from symbolnet.config import RivalJob
from symbolnet.data.dataset import load_dataset
from symbolnet.pipeline.marks import In, Writes


def train_rival(
    dataset: In,
    graph: Annotated[Path, Writes(folder="rival")],
    vectors: Annotated[Path, Writes(folder="rival")],
    reference: Annotated[Path, Writes(folder="rival")],
    spec: RivalJob,
) -> None:
    """Train the rival named after the folder of `graph`; its floats are those of the training."""
    import torch

    from symbolnet.baselines.rivals.rival import rival_of
    from symbolnet.firmware.evidence.result import precision_text
    from symbolnet.firmware.evidence.vectors import write_vectors
    from symbolnet.firmware.graph.graph import save_graph

    torch.set_num_threads(1)  # the number of threads changes the rounding
    data = load_dataset(dataset)
    rival = rival_of(graph.absolute().parent.name, data, spec)
    save_graph(graph, rival.graph)
    write_vectors(rival.graph, data, rival.scores_test, vectors, reference)
    print(precision_text(rival.graph.precision))
