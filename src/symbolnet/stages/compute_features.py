"""Stage: one raw file to a feature table."""

from pathlib import Path

from symbolnet.config import Features
from symbolnet.data.features import feature_table
from symbolnet.data.table import save_table


def compute_features(raw: Path, features: Path, spec: Features) -> None:
    """Compute the features of the jets of one raw file."""
    table = feature_table(raw, spec.data)
    save_table(features, table)
    print(f"{raw.name}: {len(table.label)} jets, {table.features.shape[1]} features")
