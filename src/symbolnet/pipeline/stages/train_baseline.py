"""Stage `train_baseline`: a data set to the members of one baseline."""

from pathlib import Path
from typing import Annotated

from symbolnet.artifact import write_json
from symbolnet.config import BaselineJob
from symbolnet.data.dataset import load_dataset
from symbolnet.pipeline.marks import In, Writes

DATA = ("schema/members.json", "schema/metrics.json")


def train_baseline(
    dataset: In,
    expressions: Annotated[Path, Writes(folder="peer")],
    metrics: Annotated[Path, Writes(folder="peer")],
    members: Annotated[Path, Writes(folder="peer")],
    spec: BaselineJob,
) -> None:
    """Fit a sparse sum of fixed terms; the baseline is named after the folder of `expressions`."""
    import torch

    from symbolnet.baselines.baseline import train
    from symbolnet.expression.store import save_collection

    torch.set_num_threads(1)  # the number of threads changes the rounding
    trained = train(expressions.absolute().parent.name, load_dataset(dataset), spec)
    save_collection(expressions, trained.expressions)
    write_json(metrics, trained.metrics, "metrics")
    write_json(members, trained.members, "members")
    for entry in trained.metrics["members"]:
        accuracy = entry["rounded"]["accuracy_validation"]
        print(f"{entry['id']}: {entry['complexity_mean']:.1f} nodes, {accuracy:.4f}", flush=True)
