"""One raw file to a feature table; each kind of data set has its reader."""

from collections.abc import Callable, Sequence
from pathlib import Path

from symbolnet.config import (
    ArrayImages,
    Constituents,
    DigitImages,
    GeneratedJets,
    MnistImages,
    OfficialJets,
    RootJets,
    Settings,
    SvhnImages,
    TableColumns,
)
from symbolnet.data.readers.images import read_digits, read_mat, read_mnist, read_npz
from symbolnet.data.table import FeatureTable

# What the generator writes (symbolnet.data.jets.pythia).
_GENERATED = RootJets(train=[], constituents=Constituents(mass="mass"))


def feature_table(files: Sequence[Path], settings: Settings) -> FeatureTable:
    """Return the features of one part of a data set: a raw file, or images and their labels."""
    return READERS[type(settings)](*files, settings)


def _read_root(path: Path, settings: RootJets) -> FeatureTable:
    from symbolnet.data.readers.root import read_root  # awkward and fastjet load slowly

    return read_root(path, settings)


def _read_generated(path: Path, settings: GeneratedJets) -> FeatureTable:
    return _read_root(path, _GENERATED)


def _read_official(path: Path, settings: OfficialJets) -> FeatureTable:
    from symbolnet.data.readers.official import read_official  # h5py and pandas load slowly

    return read_official(path, settings)


def _read_columns(path: Path, settings: TableColumns) -> FeatureTable:
    from symbolnet.data.readers.columns import read_columns  # pyarrow loads slowly

    return read_columns(path, settings)


READERS: dict[type[Settings], Callable[..., FeatureTable]] = {
    RootJets: _read_root,
    GeneratedJets: _read_generated,
    OfficialJets: _read_official,
    MnistImages: read_mnist,
    SvhnImages: read_mat,
    ArrayImages: read_npz,
    DigitImages: read_digits,
    TableColumns: _read_columns,
}
