"""What the rules of the workflow ask of a config."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from snakemake.io import WILDCARD_REGEX
from snakemake.pathvars import PATHVAR_REGEX

from symbolnet.config import (
    Choice,
    Config,
    GeneratedJets,
    PaperTraining,
    RootJets,
    TableColumns,
    Targets,
    TrainJob,
    load_spec,
)
from symbolnet.errors import InputError
from symbolnet.pipeline.jobs import Files, scope_of
from symbolnet.pipeline.specs import Specs

SCAN = PaperTraining(targets=[Targets(weight=0.5), Targets(weight=0.9)], seeds=[0, 1], shards=4)
CONFIG = Config(
    datasets=["jets", "more"],
    train=["scan", "one"],
    choose=["small"],
    data={"jets": GeneratedJets(chunks=1), "more": GeneratedJets(chunks=2)},
    training={"scan": SCAN, "one": PaperTraining()},
    choices={"small": Choice(training="one"), "cheap": Choice(training="one", lut_max=99)},
)
FILES, SPECS = Files(CONFIG), Specs(CONFIG)


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings(file: str, specs: Specs = SPECS) -> Any:
    specs.write()
    return json.loads(Path(file).read_text(encoding="utf-8"))


def test_a_report_has_all_data_sets_or_the_one_of_its_folder() -> None:
    assert scope_of(CONFIG, {"scope": ""}) == scope_of(CONFIG, {}) == ["jets", "more"]
    one = dict(scope="datasets/more/")
    assert scope_of(CONFIG, one) == ["more"]
    paths = [f"<results>/training/more/{name}/metrics.json" for name in ("scan", "one")]
    assert FILES.all("metrics")(one) == paths
    assert settings(SPECS.of("write_report")(one))["datasets"] == ["more"]


def test_feature_tables_are_those_of_the_parts_of_a_split() -> None:
    found = FILES.features("train")(dict(dataset="more"))
    assert len(found) == 10 and "<results>/data/more/features/g-1.npz" in found
    assert FILES.raw(dict(dataset="more", part="g-1")) == ["results/default/data/more/raw/g-1.root"]


def test_each_shard_has_its_file_and_its_members() -> None:
    training = {"dataset": "jets", "training": "scan"}
    shards = FILES.shards(dict(**training))
    assert shards[3] == "<results>/training/jets/scan/4-of-4.shard" and len(shards) == 4
    spec = settings(SPECS.of("train_shard")(dict(part="4", shards="4", **training)))["training"]
    assert spec["seeds"] == [1] and [one["weight"] for one in spec["targets"]] == [0.9]


def test_a_training_is_made_by_one_job_or_by_several() -> None:
    assert SPECS.trainings(whole=True) == "one" and SPECS.trainings(whole=False) == "scan"
    alone = Specs(CONFIG.model_copy(update={"training": {"a.b": PaperTraining()}}))
    assert alone.trainings(whole=True) == r"a\.b" and alone.trainings(whole=False) == "(?!)"


@pytest.mark.parametrize(("device", "gpus"), [("cpu", 0), ("auto", 0), ("cuda", 1)])
def test_a_gpu_is_asked_for_where_it_is_needed(device: Any, gpus: int) -> None:
    training = PaperTraining(device=device, threads=3)
    specs = Specs(CONFIG.model_copy(update={"training": {"one": training}}))
    wildcards = dict(training="one")
    assert specs.gpus(wildcards) == gpus and specs.threads(wildcards) == 3


def test_only_a_choice_with_a_limit_waits_for_the_search() -> None:
    assert FILES.formats(dict(dataset="jets", choice="small")) == []
    cheap = dict(dataset="jets", choice="cheap")
    assert FILES.formats(cheap) == ["<results>/training/jets/one/formats.json"]


def test_missing_raw_files_are_an_input_error() -> None:
    from symbolnet.config import MnistImages

    files = Files(CONFIG.model_copy(update={"data": {"absent": MnistImages()}}))
    with pytest.raises(InputError):
        files.parts("absent")


def test_settings_are_a_file_whose_name_changes_with_them_alone(working_folder: Path) -> None:
    def file(training: PaperTraining) -> str:
        specs = Specs(CONFIG.model_copy(update={"training": {"one": training}}))
        path = specs.of("train")(dict(training="one"))
        assert not Path(path).exists()  # asking is no writing: a dry run leaves nothing
        specs.write()
        return path

    first, other = file(PaperTraining(epochs=3)), file(PaperTraining(epochs=4))
    assert first != other and Path(first).is_file()
    Path(first).write_text("{half", encoding="utf-8")
    specs = Specs(CONFIG.model_copy(update={"training": {"one": PaperTraining(epochs=3)}}))
    assert specs.of("train")(dict(training="one")) == first
    assert settings(first, specs)["training"]["epochs"] == 3
    assert load_spec(TrainJob, first).training == PaperTraining(epochs=3)
    assert not [path for path in Path(first).parent.iterdir() if path.name.startswith(".")]


def test_settings_of_any_length_and_signs_arrive() -> None:
    drop = [f"Spalte {i} \u00b5 'x' \"y\" $z" for i in range(9000)]
    table = TableColumns(train="a.csv", label="y", drop=drop)
    specs = Specs(CONFIG.model_copy(update={"data": {"own": table}}))
    found = settings(specs.of("compute_features")(dict(dataset="own")), specs)
    assert found["data"]["drop"] == drop


ODD = ["a;touch X;b.csv", "own table (1).csv", "run[1].csv", 'it\'s "x".csv', "{}.csv", "$x*?.csv"]


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("folder", ["data", "my [1] data", "-d", "*"])
def test_a_file_is_found_whatever_signs_its_path_has(name: str, folder: str) -> None:
    Path(folder).mkdir()
    for other in (name, "run1.csv", "$xy1.csv"):
        (Path(folder) / other).touch()
    data = {
        "table": TableColumns(train=name, label="y"),
        "root": RootJets(train=[name], test=["[r]un?.csv"]),
    }
    files = Files(CONFIG.model_copy(update={"data": data, "data_dir": folder}))
    for dataset in data:
        (found,) = files.raw(dict(dataset=dataset, part="train-0000"))
        assert Path(found) == Path(folder) / name and not found.startswith("-")
    assert [part.path.name for part in files.parts("root").values()] == [name, "run1.csv"]


@pytest.mark.parametrize("name", ["a{part}b.csv", "{part, x}.csv", "<data>.csv", "{ a.b }.csv"])
def test_a_name_that_snakemake_would_fill_in_is_refused(name: str) -> None:
    assert WILDCARD_REGEX.search(name) or PATHVAR_REGEX.search(name)
    Path(name).touch()
    table = TableColumns(train=name, label="y")
    files = Files(CONFIG.model_copy(update={"data": {"own": table}, "data_dir": "."}))
    with pytest.raises(InputError, match="rename the file or folder"):
        files.parts("own")


def test_a_folder_is_no_file() -> None:
    Path("data/own.csv").mkdir(parents=True)
    table = TableColumns(train="own.csv", label="y")
    files = Files(CONFIG.model_copy(update={"data": {"own": table}}))
    with pytest.raises(InputError, match=r"a file own.csv .* found a folder of that name"):
        files.parts("own")


def test_reading_the_rules_stays_fast() -> None:
    code = "import sys, symbolnet.pipeline.specs; print({'torch', 'sklearn'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
