"""Stage: one raw file, or images and their labels, to a feature table."""

from symbolnet.config import Features
from symbolnet.data.features import feature_table
from symbolnet.data.table import save_table
from symbolnet.pipeline.marks import Ins, Out


def compute_features(raw: Ins, features: Out, spec: Features) -> None:
    """Compute the features of the jets or images of one part of a data set."""
    table = feature_table(raw, spec.data)
    save_table(features, table)
    print(f"{raw[0].name}: {len(table.label)} rows, {table.features.shape[1]} features")
    if index := table.provenance.get("index"):
        columns = ", ".join(map(repr, index))
        print(f"{raw[0].name}: {columns} left out, the index of a pandas frame and no input")
