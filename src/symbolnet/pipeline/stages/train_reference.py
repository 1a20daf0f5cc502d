"""Stage `train_reference`: a data set to the figures of a model without formulas."""

from symbolnet.artifact import write_json
from symbolnet.config import ReferenceJob
from symbolnet.data.dataset import load_dataset
from symbolnet.expression.metrics import MEASURES
from symbolnet.pipeline.marks import In, Out

DATA = ("schema/scores.json",)


def train_reference(dataset: In, scores: Out, spec: ReferenceJob) -> None:
    """Tune and train a linear model, boosted trees or an MLP, and write how good it is."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning

    from symbolnet.baselines.reference import score_reference

    with warnings.catch_warnings():
        # The number of iterations is a setting here, no fault.
        warnings.simplefilter("ignore", ConvergenceWarning)
        record = score_reference(load_dataset(dataset), spec)
    write_json(scores, record, "scores")
    measure = MEASURES[record["task"]]
    for run in record["runs"]:
        print(f"seed {run['seed']}: test {measure} {_text(run[f'{measure}_test'])}", flush=True)


def _text(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.4f}"
