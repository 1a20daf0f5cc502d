"""Stage: feature tables to a data set."""

from pathlib import Path
from typing import Annotated

from symbolnet.config import Prepare
from symbolnet.data.dataset import save_dataset
from symbolnet.data.prepare import prepare
from symbolnet.data.table import load_table
from symbolnet.pipeline.marks import Out, Reads
from symbolnet.progress import counted

_NAMED = 10  # features named in a line of the log
_SAID = {
    "constant_features": "constant in train, so without information",
    "coarse_features": "so far from zero that neighbouring values are one float64 (subtract an"
    " offset before you save the file)",
    "unreached_features": "so small, large or far from zero beside their spread that training"
    " learns little from them (leave `scale: none` out)",
}


def prepare_dataset(
    train: Annotated[list[Path], Reads("features")],
    dataset: Out,
    spec: Prepare,
    test: Annotated[list[Path] | None, Reads("features")] = None,
) -> None:
    """Join, divide and scale feature tables."""
    known = [load_table(path) for path in counted(train, "tables of train")]
    unseen = [load_table(path) for path in counted(test or [], "tables of test")]
    prepared = prepare(known, unseen, spec)
    save_dataset(dataset, prepared)
    rows = ", ".join(f"{n} {name}" for name, n in prepared.provenance["rows"].items())
    print(f"{dataset.name}: {rows} rows of {len(prepared.feature_names)} features")
    for key, meaning in _SAID.items():
        if features := prepared.provenance[key]:
            names = ", ".join(features[:_NAMED]) + (", ..." if len(features) > _NAMED else "")
            print(f"warning: {len(features)} {meaning}: {names}")
