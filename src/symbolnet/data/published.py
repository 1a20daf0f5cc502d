"""The published files that can be downloaded, and where each can be had."""

from typing import NamedTuple


class Download(NamedTuple):
    """A published file: its page, its first bytes and the addresses it can be had from."""

    page: str
    magic: bytes
    mirrors: tuple[str, ...]


def _zenodo(name: str) -> Download:
    record = "https://zenodo.org/records/3602260"
    mirrors = (
        f"{record}/files/{name}?download=1",
        f"https://zenodo.org/api/records/3602260/files/{name}/content",
    )
    return Download(record, b"\x1f\x8b", mirrors)


_OPENML = Download(
    "https://www.openml.org/d/42468",
    b"PAR1",
    (
        "https://data.openml.org/datasets/0004/42468/dataset_42468.pq",
        "https://openml1.win.tue.nl/datasets/0004/42468/dataset_42468.pq",
        "https://openml1.win.tue.nl/dataset42468/dataset_42468.pq",
    ),
)


def _mnist(name: str) -> Download:
    mirrors = (
        "https://ossci-datasets.s3.amazonaws.com/mnist",
        "https://storage.googleapis.com/cvdf-datasets/mnist",
    )
    return Download(
        "http://yann.lecun.com/exdb/mnist", b"\x1f\x8b", tuple(f"{m}/{name}" for m in mirrors)
    )


def _svhn(name: str) -> Download:
    page = "ufldl.stanford.edu/housing"
    mirrors = (f"https://{page}/{name}", f"http://{page}/{name}")
    return Download(f"http://{page}", b"MATLAB 5.0 MAT-file", mirrors)


DOWNLOADS = {
    "hls4ml_lhc_jets_hlf.parquet": _OPENML,
    "hls4ml_LHCjet_150p_train.tar.gz": _zenodo("hls4ml_LHCjet_150p_train.tar.gz"),
    "hls4ml_LHCjet_150p_val.tar.gz": _zenodo("hls4ml_LHCjet_150p_val.tar.gz"),
    **{
        name: _mnist(name)
        for name in (
            "train-images-idx3-ubyte.gz",
            "train-labels-idx1-ubyte.gz",
            "t10k-images-idx3-ubyte.gz",
            "t10k-labels-idx1-ubyte.gz",
        )
    },
    **{name: _svhn(name) for name in ("train_32x32.mat", "test_32x32.mat", "extra_32x32.mat")},
}
