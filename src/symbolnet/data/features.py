"""One raw file to a feature table; each kind of data set has its reader."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from symbolnet.config import Constituents, GeneratedJets, OfficialJets, RootJets, Settings
from symbolnet.data.root import read_root
from symbolnet.data.table import FeatureTable

# What the generator writes (symbolnet.data.pythia).
_GENERATED = RootJets(train=[], constituents=Constituents(mass="mass"))


def feature_table(path: Path, settings: Settings) -> FeatureTable:
    """Return the features of one raw file of a data set."""
    return READERS[type(settings)](path, settings)


def _read_generated(path: Path, settings: GeneratedJets) -> FeatureTable:
    return read_root(path, _GENERATED)


def _read_official(path: Path, settings: OfficialJets) -> FeatureTable:
    from symbolnet.data.official import read_official  # h5py and pandas load slowly

    return read_official(path, settings)


READERS: dict[type[Settings], Callable[[Path, Any], FeatureTable]] = {
    RootJets: read_root,
    GeneratedJets: _read_generated,
    OfficialJets: _read_official,
}
