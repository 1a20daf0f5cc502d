"""What the rules of the workflow ask of a config."""

import json
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from symbolnet.config import Choice, Config, GeneratedJets, Targets, Training
from symbolnet.errors import InputError
from symbolnet.rules import Files, Specs

SCAN = Training(targets=[Targets(weight=0.5), Targets(weight=0.9)], seeds=[0, 1], shards=4)
CONFIG = Config(
    datasets=["jets", "more"],
    train=["scan", "one"],
    choose=["small"],
    data={"jets": GeneratedJets(chunks=1), "more": GeneratedJets(chunks=2)},
    training={"scan": SCAN, "one": Training()},
    choices={"small": Choice(training="one"), "cheap": Choice(training="one", lut_max=99)},
)
FILES, SPECS = Files(CONFIG), Specs(CONFIG)


class Wildcards(SimpleNamespace):
    def get(self, name: str, default: str) -> Any:
        return getattr(self, name, default)


def test_a_report_has_all_data_sets_or_the_one_of_its_folder() -> None:
    assert FILES.scope(Wildcards(scope="")) == FILES.scope(Wildcards()) == ["jets", "more"]
    one = Wildcards(scope="datasets/more/")
    assert FILES.scope(one) == ["more"]
    paths = [f"<results>/training/more/{name}/metrics.json" for name in ("scan", "one")]
    assert FILES.trainings("metrics.json")(one) == paths
    assert json.loads(SPECS.report(one))["datasets"] == ["more"]


def test_feature_tables_are_those_of_the_parts_of_a_split() -> None:
    found = FILES.features("train")(Wildcards(dataset="more"))
    assert len(found) == 10 and "<results>/data/more/features/g-1.npz" in found
    assert FILES.raw(Wildcards(dataset="more", part="g-1")) == [
        "results/default/data/more/raw/g-1.root"
    ]


def test_each_shard_has_its_file_and_its_members() -> None:
    training = {"dataset": "jets", "training": "scan"}
    shards = FILES.shards(Wildcards(**training))
    assert shards[3] == "<results>/training/jets/scan/4-of-4.shard" and len(shards) == 4
    spec = json.loads(SPECS.shard(Wildcards(part="4", shards="4", **training)))["training"]
    assert spec["seeds"] == [1] and [one["weight"] for one in spec["targets"]] == [0.9]


def test_a_training_is_made_by_one_job_or_by_several() -> None:
    assert SPECS.trainings(whole=True) == "one" and SPECS.trainings(whole=False) == "scan"
    alone = Specs(CONFIG.model_copy(update={"training": {"a.b": Training()}}))
    assert alone.trainings(whole=True) == r"a\.b" and alone.trainings(whole=False) == "(?!)"


@pytest.mark.parametrize(("device", "gpus"), [("cpu", 0), ("auto", 0), ("cuda", 1)])
def test_a_gpu_is_asked_for_where_it_is_needed(device: Any, gpus: int) -> None:
    training = Training(device=device, threads=3)
    specs = Specs(CONFIG.model_copy(update={"training": {"one": training}}))
    wildcards = Wildcards(training="one")
    assert specs.gpus(wildcards) == gpus and specs.threads(wildcards) == 3


def test_only_a_choice_with_a_limit_waits_for_the_search() -> None:
    assert FILES.formats(Wildcards(dataset="jets", choice="small")) == []
    cheap = Wildcards(dataset="jets", choice="cheap")
    assert FILES.formats(cheap) == ["<results>/training/jets/one/formats.json"]


def test_missing_raw_files_are_an_input_error() -> None:
    from symbolnet.config import MnistImages

    files = Files(CONFIG.model_copy(update={"data": {"absent": MnistImages()}}))
    with pytest.raises(InputError):
        files.parts("absent")


def test_reading_the_rules_stays_fast() -> None:
    code = (
        "import sys, symbolnet.rules; print([m for m in ('torch', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
