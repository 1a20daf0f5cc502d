"""A training divided among jobs: the bytes of one job, kill and resume, what is refused."""

import os
from pathlib import Path

import pytest
import torch
from pydantic import ValidationError

import front_cases
import network_cases
from symbolnet.artifact import read_json
from symbolnet.config import (
    PaperTraining,
    SymbolNetTraining,
    Targets,
    TrainingSettings,
    TrainJob,
    shards_of,
)
from symbolnet.data.dataset import Dataset, save_dataset
from symbolnet.errors import InputError
from symbolnet.methods.paper import epochs
from symbolnet.pipeline.stages.join_shards import join_shards
from symbolnet.pipeline.stages.train import train
from symbolnet.pipeline.stages.train_shard import train_shard
from symbolnet.training.loop import prepare_device
from workflow_case import copy_workflow, snakemake, timeless

FILES = ("network", "history", "members")
# Neither inputs nor batches fill whole vectors: products and functions have rests everywhere.
SCAN = network_cases.SPEC.model_copy(
    update={
        "targets": [Targets(weight=0.3, binary=0.5), Targets(weight=0.6), Targets(weight=0.9)],
        "unary_operators": ["sin", "sinh", "gauss", "cosh", "log"],
        "binary_operators": ["*", "/"],
        "epochs": 3,
    }
)
BEST = SCAN.model_copy(update={"thresholds": "exact", "keep": "best", "refine": 2})
# Powers of negative numbers are NaN: every member diverges.
DIVERGED = SCAN.model_copy(update={"binary_operators": ["pow"], "epochs": 2})
CASES = {
    "learned": (SCAN, network_cases.dataset(), (2, 3, 5)),
    "diverged": (DIVERGED, network_cases.dataset(), (2,)),
    "exact": (BEST, network_cases.dataset(), (2, 3, 5)),
    "symbolnet": (front_cases.SPEC, network_cases.dataset(300), (2,)),
}
Files = tuple[bytes, bytes, object]


def whole(folder: Path, spec: TrainingSettings, data: Dataset) -> Files:
    save_dataset(folder / "dataset.npz", data)
    files = [folder / "t" / name for name in FILES]
    train(folder / "dataset.npz", *files, folder / "t" / "checkpoint", TrainJob(training=spec))
    return _read(folder)


def shard(folder: Path, spec: TrainingSettings, part: int) -> Path:
    made = folder / f"{part}.shard"
    checkpoint = folder / f"{part}.checkpoint"
    train_shard(folder / "dataset.npz", made, checkpoint, TrainJob(training=spec))
    assert not checkpoint.exists()
    return made


def join(folder: Path, spec: TrainingSettings, shards: list[Path]) -> Files:
    files = [folder / "t" / name for name in FILES]
    data, job = folder / "dataset.npz", TrainJob(training=spec)
    join_shards(data, shards, *files, folder / "t" / "checkpoint", job)
    return _read(folder)


def _read(folder: Path) -> Files:
    network, history, members = (folder / "t" / name for name in FILES)
    assert not list(folder.glob("t/*checkpoint*"))
    return network.read_bytes(), history.read_bytes(), timeless(read_json(members, "members"))


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_the_files_of_any_number_of_shards_are_those_of_one_job(name: str, tmp_path: Path) -> None:
    spec, data, counts = CASES[name]
    expected = whole(tmp_path, spec, data)
    for count in counts:
        parts = enumerate(shards_of(spec, count))
        shards = [shard(tmp_path, part, number) for number, part in parts]
        for file in FILES:
            (tmp_path / "t" / file).unlink()
        assert join(tmp_path, spec, shards) == expected


@pytest.mark.parametrize("sizes", [[6], [3, 3], [2, 1, 3], [2, 1, 2, 1], [1, 1, 1, 2, 1], [1] * 6])
def test_shards_are_neighbouring_members_of_nearly_equal_number(sizes: list[int]) -> None:
    parts = shards_of(SCAN, len(sizes))
    members = [[(seed, t) for seed in part.seeds for t in part.targets] for part in parts]
    assert [one for part in members for one in part] == [
        (seed, t) for seed in SCAN.seeds for t in SCAN.targets
    ]
    assert [len(part) for part in members] == sizes


def test_an_interrupted_shard_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = whole(tmp_path, SCAN, network_cases.dataset())
    first, second = shards_of(SCAN, 2)
    calls, real = [0], epochs.run_epoch

    def stopped(*arguments):
        calls[0] += 1
        if calls[0] == 2:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(epochs, "run_epoch", stopped)
    with pytest.raises(KeyboardInterrupt):
        shard(tmp_path, first, 0)
    assert (tmp_path / "0.checkpoint").exists() and not (tmp_path / "0.shard").exists()
    shards = [shard(tmp_path, first, 0), shard(tmp_path, second, 1)]
    assert calls[0] == 2 + 2 + 3
    assert join(tmp_path, SCAN, shards) == expected


def test_a_shard_of_other_settings_is_refused(tmp_path: Path) -> None:
    save_dataset(tmp_path / "dataset.npz", network_cases.dataset())
    shards = [shard(tmp_path, part, number) for number, part in enumerate(shards_of(SCAN, 2))]
    with pytest.raises(InputError, match=r"1\.shard: of other settings or data; train the shards"):
        join(tmp_path, SCAN, shards[::-1])
    with pytest.raises(InputError, match="found no file"):
        join(tmp_path, SCAN, [shards[0], tmp_path / "absent"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"shards": 3}, "shards must be 2 or less"),
        ({"shards": 2, "threads": 2}, "shards need threads 1 and device cpu"),
        ({"shards": 2, "device": "auto"}, "shards need threads 1 and device cpu"),
    ],
)
def test_shards_that_cannot_keep_the_bytes_are_refused(change: dict, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        PaperTraining(seeds=[0, 1], **change)


def test_a_front_is_divided_by_seeds_only_and_may_have_threads() -> None:
    with pytest.raises(ValidationError, match="shards must be 1 or less"):
        SymbolNetTraining(shards=2)
    assert SymbolNetTraining(shards=2, seeds=[0, 1], threads=2).shards == 2


def test_shards_are_no_part_of_what_a_job_is_given() -> None:
    jobs = [TrainJob(training=PaperTraining(seeds=[0, 1], shards=n)) for n in (1, 2)]
    assert jobs[0].model_dump_json() == jobs[1].model_dump_json()


@pytest.mark.parametrize("spec", [PaperTraining(), SymbolNetTraining()])
def test_a_job_asks_for_products_that_do_not_depend_on_the_place_in_memory(
    spec: TrainingSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MKL_CBWR")
    assert prepare_device(spec) == torch.device("cpu")
    assert os.environ["MKL_CBWR"] == "AUTO"


@pytest.mark.slow
def test_each_shard_is_a_job_and_one_joins_them(tmp_path: Path) -> None:
    folder = copy_workflow(tmp_path)
    shards = "training={paper: {shards: 2}, symbolnet: {seeds: [0, 1, 2], shards: 3}}"
    plan = snakemake(folder, "--dry-run", "models", "--config", shards)
    counts = dict(line.split() for line in plan.splitlines() if len(line.split()) == 2)
    assert counts["train_shard"] == "5" and counts["join_shards"] == "2"
    assert "train" not in counts and "results/smoke/training/jets/symbolnet/3-of-3.shard" in plan
