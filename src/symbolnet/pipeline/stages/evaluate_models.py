"""Stage `evaluate_models`: accuracy and AUC, or R2, of networks and of expressions."""

from symbolnet.artifact import write_json
from symbolnet.data.dataset import load_dataset
from symbolnet.data.row_weights import weights_by_class
from symbolnet.errors import InputError
from symbolnet.expression.assess import auc_of, metrics_record
from symbolnet.expression.store import load_collection
from symbolnet.network.store import load_members, load_training
from symbolnet.pipeline.marks import In, Out

DATA = ("schema/metrics.json",)


def evaluate_models(network: In, expressions: In, dataset: In, metrics: Out) -> None:
    """Measure the members: on test data, and on those that choices go by."""
    data, collection = load_dataset(dataset), load_collection(expressions)
    networks = dict(load_members(network))
    ids = [member.id for member in collection.members]
    if ids != list(networks) or collection.class_names != data.class_names:
        raise InputError(f"the members of {network}", str(expressions), "extract expressions again")
    training = load_training(network)
    weights = weights_by_class(data, training.get("class_weights"))
    record = metrics_record(collection, networks, data, auc_of(training), weights)
    write_json(metrics, record, "metrics")
