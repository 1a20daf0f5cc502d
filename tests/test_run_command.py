"""`symbolnet run`: a table and its label to a config, a whole run of it, and what it found."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from symbolnet.config import load_config
from symbolnet.errors import InputError
from symbolnet.pipeline.asked import DEFINED, Asked, config_of, run_name
from symbolnet.pipeline.cli import main
from symbolnet.pipeline.found import found_lines
from symbolnet.pipeline.project import snakefile
from workflow_case import REPOSITORY

QUICK = ("--budget", "8", "--effort", "0.03")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    values = np.random.default_rng(0).normal(size=(240, 2))
    rows = pd.DataFrame(values, columns=["size [m²]", "b"])
    rows["kind"] = np.where(values[:, 0] > 0.3, "large", "small")
    rows["number"] = 2 * values[:, 0] + 1
    path = tmp_path / "my flowers.csv"
    rows.to_csv(path, index=False)
    return path


def test_the_config_is_that_of_the_table(table: Path) -> None:
    config = load_config(config_of(Asked(table, "kind", drop=["number"]), table.parent / "out"))
    (data,) = config.data.values()
    assert (config.run, config.datasets) == ("my_flowers", ["my_flowers"])
    assert (config.data_dir, data.train) == ("..", "my flowers.csv")
    assert (config.choose, [*config.choices]) == ([], ["c30", "c60"])
    assert config.references == ["linear", "boosted"]


def test_firmware_and_budgets_are_choices(table: Path) -> None:
    asked = Asked(table, "number", "regression", drop=["kind"], budgets=[7.5, 20], firmware={})
    config = load_config(config_of(asked, table.parent))
    assert config.choose == ["c7.5", "c20"] and config.choices["c7.5"].complexity_max == 7.5
    config = load_config(config_of(asked._replace(firmware={"luts": 450}), table.parent))
    assert config.choose == ["lut450"] and config.choices["lut450"].lut_max == 450
    assert config.choices["lut450"].complexity_max == 20
    config = load_config(config_of(asked._replace(firmware={"tolerance": 0.01}), table.parent))
    assert config.firmware.search is not None and config.firmware.search.tolerance == 0.01


def test_the_delimiter_is_read_off_the_first_line(table: Path) -> None:
    pd.read_csv(table).to_csv(table, index=False, sep=";")
    config = load_config(config_of(Asked(table, "kind", inputs=["b"]), table.parent))
    (data,) = config.data.values()
    assert data.delimiter == ";" and data.keep == ["b"]


def test_no_data_set_is_called_like_one_of_every_run(table: Path) -> None:
    files = [
        REPOSITORY / "config" / f"{name}.yaml" for name in ("config", "digits", "mnist", "svhn")
    ]
    known = [name for file in files for name in yaml.safe_load(file.read_text())["data"]]
    assert sorted(known) == sorted(DEFINED)
    jets = table.rename(table.with_name("jets.csv"))
    assert config_of(Asked(jets, "kind", drop=["number"]), jets.parent)["datasets"] == [
        "jets_table"
    ]


@pytest.mark.parametrize(
    ("file", "name"), [("a.csv.gz", "a"), ("é-1.parquet", "_1"), ("x.y.pq", "x_y")]
)
def test_a_run_is_called_after_its_table(file: str, name: str) -> None:
    assert run_name(Asked(Path("folder", file), "label")) == name


def faults(table: Path) -> Iterator[tuple[list[str], str]]:
    yield [str(table.with_name("my flower.csv")), "--label", "kind"], "near: my flowers.csv"
    yield [str(table), "--label", "kinds"], "is 'kind' meant?; correct --label"
    yield [str(table), "--label", "number", "--drop", "kind"], "say --task regression"
    yield [str(table), "--label", "kind", "--task", "guess"], "classification or regression"
    yield [str(table), "--label", "number"], "list these columns after --drop"
    yield [str(table), "--label", "kind", "--inputs", "c"], "correct --inputs"
    yield [str(table), "--label", "kind", "--inputs", "b", "--drop", "number"], "one of them"
    yield [str(table), "--label", "kind", "--budget", "-3"], "above 0 after --budget"
    yield [str(table), "--label", "kind", "--firmware", "lut=450"], "luts=NUMBER"
    yield [str(table), "--label", "kind", "--drop", "number", "--name", "a/b"], "letters"


def test_bad_input_is_one_line_before_anything_runs(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, expected in faults(table):
        assert main(["run", *arguments, "--out", str(table.parent)]) == 1
        said = capsys.readouterr()
        assert len(said.err.splitlines()) == 1 and expected in said.err, said.err
        assert not (table.parent / "results").exists() and not said.out


@pytest.mark.parametrize(("rows", "expected"), [(0, "rows below the names"), (9, "two classes")])
def test_a_table_without_rows_or_of_one_class_is_none(
    tmp_path: Path, rows: int, expected: str
) -> None:
    path = tmp_path / "t.csv"
    pd.DataFrame({"a": np.arange(rows), "kind": ["x"] * rows}).to_csv(path, index=False)
    with pytest.raises(InputError, match=expected):
        config_of(Asked(path, "kind"), tmp_path)


def test_the_workflow_is_found_in_a_project_or_beside_the_package(tmp_path: Path) -> None:
    assert snakefile(tmp_path) == snakefile() == REPOSITORY / "Snakefile"
    shutil.copy(REPOSITORY / "Snakefile", tmp_path)
    assert snakefile(tmp_path) == tmp_path / "Snakefile"


@pytest.mark.slow
def test_a_table_runs_and_what_was_found_is_told(
    table: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = table.parent / "out"
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    arguments = [str(table), "--label", "kind", "--drop", "number", *QUICK, "--out", str(out)]
    assert main(["run", *arguments]) == 0
    told = capfd.readouterr().out.splitlines()
    assert told[0].startswith(f"{out / 'results' / 'my_flowers.yaml'}: ")
    assert any("logistic regression" in line and line.endswith(" %") for line in told)
    assert any("c8: formulas of " in line and line.endswith(" %") for line in told)
    assert any(line.startswith("    large = ") and "`size [m²]`" in line for line in told)
    page = Path(told[-1].removeprefix("The page: "))
    assert page.is_file()
    assert (page.parents[1] / "firmware/my_flowers/c8/expressions.py").is_file()
    config = load_config(yaml.safe_load((out / "results/my_flowers.yaml").read_text()))
    assert list(found_lines(page.parents[1], {"my_flowers": [*config.choices]})) == told[-7:]
