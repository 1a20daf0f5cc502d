"""Stage `train_reference`: a data set to the accuracy of a model without formulas."""

from pathlib import Path

from symbolnet.artifact import write_json
from symbolnet.config import ReferenceJob
from symbolnet.data.dataset import load_dataset

DATA = ("schema/scores.json",)


def train_reference(dataset: Path, scores: Path, spec: ReferenceJob) -> None:
    """Train logistic regression or an MLP and write how accurate it is."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning

    from symbolnet.peers.reference import score_reference

    with warnings.catch_warnings():
        # The number of iterations is a setting here, no fault.
        warnings.simplefilter("ignore", ConvergenceWarning)
        record = score_reference(load_dataset(dataset), spec)
    write_json(scores, record, "scores")
    for run in record["runs"]:
        print(f"seed {run['seed']}: test accuracy {run['accuracy_test']:.4f}", flush=True)
