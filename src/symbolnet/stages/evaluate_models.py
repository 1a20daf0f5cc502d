"""Stage `evaluate_models`: accuracy and ROC AUC of every member, as network and as expressions."""

from importlib.metadata import version
from pathlib import Path

from symbolnet.artifact import write_json
from symbolnet.data.dataset import load_dataset
from symbolnet.errors import InputError
from symbolnet.expression.assess import assess
from symbolnet.expression.store import load_collection
from symbolnet.network.store import load_members

DATA = ("schema/metrics.json",)


def evaluate_models(network: Path, expressions: Path, dataset: Path, metrics: Path) -> None:
    """Measure the members on validation and test data."""
    data, collection = load_dataset(dataset), load_collection(expressions)
    networks = dict(load_members(network))
    ids = [member.id for member in collection.members]
    if ids != list(networks) or collection.class_names != data.class_names:
        raise InputError(f"the members of {network}", str(expressions), "extract expressions again")
    value = {
        "contract": 1,
        "digits": collection.digits,
        "class_names": list(data.class_names),
        "n_validation": len(data.x_validation),
        "n_test": len(data.x_test),
        "versions": {name: version(name) for name in ("numpy", "scikit-learn")},
        "members": [assess(member, networks[member.id], data) for member in collection.members],
    }
    write_json(metrics, value, "metrics")
