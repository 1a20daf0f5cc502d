"""Which raw files a data set is made of; standard library and settings only, for quick parsing."""

import difflib
import glob
import importlib.util
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from symbolnet.config import (
    ArrayImages,
    DataSettings,
    DigitImages,
    GeneratedJets,
    MnistImages,
    OfficialJets,
    RootJets,
    SvhnImages,
    TableColumns,
)
from symbolnet.data.readers.fetch import DOWNLOADS
from symbolnet.errors import InputError

JET_CLASSES = ("g", "q", "w", "z", "t")


class Part(NamedTuple):
    """One raw file: its short name, the split it belongs to, its path, and where labels lie apart.

    The path is relative to the data set's folder for generated files, to the working folder for
    local and downloaded ones.
    """

    name: str
    split: str
    path: Path
    labels: Path | None = None

    @property
    def files(self) -> list[Path]:
        """All files of the part."""
        return [self.path] if self.labels is None else [self.path, self.labels]


def parts(settings: DataSettings, data_dir: Path, raw: Path, downloads: Path) -> list[Part]:
    """Return the raw files of a data set.

    Raises InputError where a named file is missing, not one of those published, or there twice.
    """
    found = _parts(settings, data_dir, raw, downloads)
    count = Counter(part.path.resolve() for part in found)
    twice = next((path for path, number in count.items() if number > 1), None)
    if twice is not None:
        do = "correct `train` and `test`: a row is trained on or tested on"
        raise InputError("each file once", f"{twice} twice", do)
    return found


def _parts(settings: DataSettings, data_dir: Path, raw: Path, downloads: Path) -> list[Part]:
    if isinstance(settings, GeneratedJets):
        return _generated(settings, raw)
    if isinstance(settings, RootJets):
        return [
            *_numbered(_found(settings.train, data_dir), "train"),
            *_numbered(_found(settings.test, data_dir), "test"),
        ]
    if isinstance(settings, MnistImages):
        pairs = {"train": settings.train, "test": settings.test}
        folder = downloads if settings.download else None
        return [_labelled(pair, split, data_dir, folder) for split, pair in pairs.items() if pair]
    if isinstance(settings, SvhnImages):
        return _matlab(settings, data_dir, downloads)
    if isinstance(settings, ArrayImages | TableColumns):
        tested = [] if settings.test is None else [settings.test]
        return _local([settings.train], "train", data_dir) + _local(tested, "test", data_dir)
    if isinstance(settings, DigitImages):
        return [Part("train-0000", "train", _shipped("sklearn", "datasets/data/digits.csv.gz"))]
    return _official(settings, data_dir, downloads)


def _generated(settings: GeneratedJets, raw: Path) -> list[Part]:
    names = [f"{jet}-{chunk}" for jet in JET_CLASSES for chunk in range(settings.chunks)]
    return [Part(name, "train", raw / f"{name}.root") for name in names]


def _local(names: list[str], split: str, data_dir: Path) -> list[Part]:
    return _numbered([_one(name, data_dir) for name in names], split)


def _numbered(files: list[Path], split: str) -> list[Part]:
    return [Part(f"{split}-{i:04d}", split, file) for i, file in enumerate(files)]


def _labelled(pair: tuple[str, str], split: str, data_dir: Path, downloads: Path | None) -> Part:
    """Return images and labels; of the names in `downloads`, if given."""
    if downloads is not None:
        images, labels = (downloads / _published(name) for name in pair)
    else:
        images, labels = (_one(name, data_dir) for name in pair)
    return Part(f"{split}-0000", split, images, labels)


def _matlab(settings: SvhnImages, data_dir: Path, downloads: Path) -> list[Part]:
    named = {"train": settings.train, "test": [settings.test] if settings.test else []}
    if not settings.download:
        return [part for split, names in named.items() for part in _local(names, split, data_dir)]
    return [
        Part(f"{split}-{i:04d}", split, downloads / _published(name))
        for split, names in named.items()
        for i, name in enumerate(names)
    ]


def _shipped(package: str, name: str) -> Path:
    """Return the path of a file that an installed package holds, without importing it."""
    found = importlib.util.find_spec(package)
    assert found is not None and found.origin is not None  # a dependency of this package
    return Path(found.origin).parent / name


def _published(name: str) -> str:
    """Return the name of a published file, without its folder."""
    if Path(name).name not in DOWNLOADS:
        do = "name one of them, or set `download` to false for a file of your own"
        raise InputError(f"a published file: {', '.join(DOWNLOADS)}", name, do)
    return Path(name).name


def _one(name: str, data_dir: Path) -> Path:
    """Return the file of a name, whatever signs the name or its folder has."""
    if not (data_dir / name).is_file():
        raise _missing(name, data_dir)
    return data_dir / name


def _found(patterns: list[str], data_dir: Path) -> list[Path]:
    """Return the files of names and globs; a file that is there is no glob."""
    files: list[Path] = []
    for pattern in patterns:
        exact = (data_dir / pattern).is_file()
        names = [pattern] if exact else glob.glob(pattern, root_dir=data_dir, recursive=True)  # noqa: PTH207  # ** as in a shell
        matching = sorted(data_dir / name for name in names if (data_dir / name).is_file())
        if not matching:
            raise _missing(pattern, data_dir)
        files += matching
    return files


def _missing(name: str, data_dir: Path) -> InputError:
    return InputError(
        f"a file {name} in data_dir {data_dir}",
        _neighbours(data_dir / name),
        "set data_dir (--config data_dir=FOLDER) or correct the name",
    )


def _neighbours(path: Path) -> str:
    folder = path.parent
    if path.is_dir():
        return "a folder of that name"
    if not folder.is_dir():
        return f"no folder {folder}"
    near = difflib.get_close_matches(path.name, sorted(p.name for p in folder.iterdir()), n=3)
    return f"none there; near: {', '.join(near)}" if near else "none there"


def _official(settings: OfficialJets, data_dir: Path, downloads: Path) -> list[Part]:
    if settings.file is not None:
        return _local([settings.file], "train", data_dir)
    return [Part("train-0000", "train", downloads / OFFICIAL_FILES[settings.source])]


OFFICIAL_FILES = {
    "openml": "hls4ml_lhc_jets_hlf.parquet",
    "zenodo": "hls4ml_LHCjet_150p_train.tar.gz",
}
