"""What the settings of a data set alone show to be impossible, each in a line with its key."""

from collections import Counter
from collections.abc import Iterator

from symbolnet.config.data import (
    DataSettings,
    DigitImages,
    GeneratedJets,
    Images,
    MnistImages,
    OfficialJets,
    RootJets,
    SvhnImages,
)
from symbolnet.config.table import TableColumns

TABLES = (".csv", ".csv.gz", ".parquet", ".pq", ".root")
OFFICIAL = {
    "openml": (".arff", ".csv", ".parquet", ".pq"),
    "zenodo": (".tar.gz", ".tgz", ".h5", ".hdf5"),
}
_SIDE = {"digits": 8, "svhn": 32}  # pixels of images that have one size only
_LABELS = {"digits": 9, "svhn": 9, "mnist": 255}  # the largest


def faults_of(data: DataSettings) -> Iterator[str]:
    """Yield the faults of one data set."""
    yield from _of_files(data)
    yield from _of_split(data)
    if isinstance(data, Images):
        yield from _of_images(data)


def files_of(data: DataSettings) -> tuple[list[str], list[str]]:
    """Return the files to train and to test on, as the settings name them."""
    if isinstance(data, GeneratedJets | DigitImages):
        return [], []
    if isinstance(data, OfficialJets):
        return [data.file] if data.file is not None else [], []
    train, test = (_listed(part) for part in (data.train, data.test))
    return train, test


def classes_of(data: DataSettings) -> list[str] | None:
    """Return the names of the classes where the settings tell them."""
    if isinstance(data, GeneratedJets | OfficialJets):
        return ["g", "q", "w", "z", "t"]
    return None if data.classes is None else list(data.classes)


def _listed(names: str | list[str] | tuple[str, ...] | None) -> list[str]:
    if names is None:
        return []
    return [names] if isinstance(names, str) else list(names)


def _of_files(data: DataSettings) -> Iterator[str]:
    train, test = files_of(data)
    if isinstance(data, RootJets | SvhnImages) and not train:
        yield "train: name a file at least"
    twice = [name for name, count in Counter([*train, *test]).items() if count > 1]
    if twice:
        yield f"train and test: {twice[0]!r} is there twice; a row is trained or tested on"
    endings: tuple[str, ...] = TABLES if isinstance(data, TableColumns) else ()
    if isinstance(data, OfficialJets):
        endings = OFFICIAL[data.source]
    for name in (*train, *test):
        if endings and not name.lower().endswith(endings):
            yield f"{name!r}: expected a file that ends in {', '.join(endings)}"


def _of_split(data: DataSettings) -> Iterator[str]:
    tested = bool(files_of(data)[1]) or getattr(data, "test_rows", None) is not None
    if not data.split.validation_fraction:
        yield "split.validation_fraction: must be above 0: models are chosen on validation rows"
    if not tested and not data.split.test_fraction:
        yield "split.test_fraction: must be above 0 where no `test` is named"


def _of_images(data: Images) -> Iterator[str]:
    source: str = getattr(data, "source", "")
    side, largest = _SIDE.get(source), _LABELS.get(source)
    if side is not None and side % data.downsample:
        yield f"downsample: must divide the {side} pixels of a side"
    if data.grey and isinstance(data, DigitImages | MnistImages):
        yield "grey: these images have no colours"
    labels = list(data.classes.values())
    twice = [label for label, count in Counter(labels).items() if count > 1]
    if twice:
        yield f"classes: the label {twice[0]} stands for two classes"
    if largest is not None and not all(0 <= label <= largest for label in labels):
        yield f"classes: labels are 0 to {largest}"
