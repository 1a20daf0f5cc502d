"""Config faults come all at once, with dotted paths; every key is explained in config/README.md."""

import copy
import random
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel
from snakemake.utils import update_config

from symbolnet import config
from symbolnet.config import (
    Config,
    PaperTraining,
    distil_settings,
    load_config,
    load_spec,
    report_settings,
    selected,
)
from symbolnet.errors import InputError

_FOLDER = Path(__file__).resolve().parent.parent / "config"
_FILES = sorted(_FOLDER.glob("*.yaml"))
_BASE = [_FOLDER / f"{name}.yaml" for name in ("digits", "mnist", "svhn", "distil", "config")]


def merged(*paths: Path) -> dict:
    """What Snakemake makes of the files that are always read and those of `--configfile`."""
    values: dict = {}
    for path in [*_BASE, *paths]:
        update_config(values, yaml.safe_load(path.read_text()))
    return values


def _models() -> list[type[BaseModel]]:
    return [
        value
        for value in vars(config).values()
        if isinstance(value, type) and issubclass(value, config.Settings)
    ]


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.stem)
def test_shipped_configs_are_valid(path: Path) -> None:
    assert load_config(merged(path)).run == ("default" if path.stem == "config" else path.stem)


def test_every_key_has_a_description_and_a_line_in_the_readme() -> None:
    text = (_FOLDER / "README.md").read_text()
    for model in _models():
        for name, field in model.model_fields.items():
            assert field.description, f"{model.__name__}.{name} has no description"
            assert f"`{name}`" in text, f"config/README.md does not explain {name}"


def test_readme_names_no_key_that_is_gone() -> None:
    known = {name for model in _models() for name in model.model_fields}
    rows = [line for line in (_FOLDER / "README.md").read_text().splitlines() if line[:3] == "| `"]
    named = {row.split("`")[1] for row in rows if ".yaml" not in row}
    assert named and named <= known, named - known


def test_all_faults_at_once_with_dotted_paths() -> None:
    wrong = {
        "method": "paper",
        "targets": [{"input": 1.0}],
        "unary_operators": ["sinus"],
    }
    bad = {
        "runn": "x",
        "training": {"notebook": wrong},
        "firmware": {"precision": {"width": 4, "integer": 6}},
    }
    with pytest.raises(InputError) as fault:
        load_config(bad)
    for part in ("did you mean 'run'", "targets.0.input", "sinus", "gauss", "firmware.precision"):
        assert part in str(fault.value)


@pytest.mark.parametrize("target", [-0.1, 1.0, 1.5, float("nan"), "much"])
def test_targets_outside_the_unit_interval_are_refused(target: object) -> None:
    with pytest.raises(InputError, match="weight"):
        load_config({"training": {"p": {"method": "paper", "targets": [{"weight": target}]}}})


def test_selections_must_be_defined() -> None:
    with pytest.raises(InputError, match="'mnist' is not defined under `data`"):
        load_config({"datasets": ["mnist"]})


def test_the_files_always_read_are_those_of_the_snakefile() -> None:
    lines = (_FOLDER.parent / "Snakefile").read_text().splitlines()
    read = [line.split('"')[1] for line in lines if line.startswith("configfile:")]
    assert read == [f"config/{path.name}" for path in _BASE]


def test_each_data_set_has_its_own_selection() -> None:
    chosen = load_config(merged())
    assert chosen.datasets == ["jets"] and chosen.selected("train", "jets") == chosen.train
    assert chosen.selected("train", "mnist") == ["mnist"]
    assert chosen.selected("peers", "digits") == ["linear_digits"]
    assert (chosen.rounding_of("jets").digits, chosen.rounding_of("mnist").digits) == (2, 3)
    report = report_settings(chosen, ["digits"])
    assert report.datasets == ["digits"] and list(report.per_dataset) == ["digits"]
    assert report.selected("choose", "digits") == ["digits"]
    assert report.budgets_of("digits") == [30, 50, 70, 100] and report.budgets_of("jets") == []


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ({"mnist": {"train": []}}, "per_dataset: 'mnist' is not defined under `data`"),
        ({"jets": {"train": ["x"]}}, "per_dataset.jets.train: 'x' is not defined"),
        ({"jets": {"train": []}}, "'c60' needs training 'symbolnet', .* for 'jets'"),
        ({"jets": {"trian": []}}, "did you mean 'train'"),
    ],
)
def test_selections_of_a_data_set_must_fit(own: dict, words: str) -> None:
    with pytest.raises(InputError, match=words):
        load_config({"per_dataset": own})


def test_a_spec_is_read_back_unchanged() -> None:
    spec = PaperTraining(epochs=3)
    assert load_spec(PaperTraining, spec.model_dump_json()) == spec


@pytest.mark.parametrize("text", ["", "{", "[]", '{"epochs": 0}', '{"epochz": 1}'])
def test_bad_specs_are_input_errors(text: str) -> None:
    with pytest.raises(InputError, match="settings of one stage"):
        load_spec(PaperTraining, text)


def test_mutated_configs_are_accepted_or_refused_clearly() -> None:
    rng = random.Random(0)
    start = Config().model_dump()
    for _ in range(300):
        values = copy.deepcopy(start)
        for _ in range(rng.randint(1, 3)):
            _mutate(values, rng)
        try:
            load_config(values)
        except InputError as error:
            assert "expected a valid config" in str(error)


_JUNK = (None, -1, 0, 1e400, "x", "", [], {}, [[]], {"a": 1}, True, "0.5", float("nan"), 10**30)


def _mutate(node: object, rng: random.Random) -> None:
    """Replace, add or drop one random entry somewhere inside a nested config."""
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))  # type: ignore[arg-type,call-overload]
        if not keys:
            return
        key = rng.choice(keys)
        child = node[key]  # type: ignore[index]
        if isinstance(child, dict | list) and child and rng.random() < 0.8:
            node = child
            continue
        action = rng.random()
        if action < 0.7:
            node[key] = rng.choice(_JUNK)  # type: ignore[index]
        elif action < 0.85 and isinstance(node, dict):
            node[str(key) + rng.choice("xyz")] = child
        else:
            del node[key]  # type: ignore[attr-defined]
        return


@pytest.mark.parametrize("name", ["config", "real_jets", "smoke"])
def test_choices_are_called_after_what_they_ask(name: str) -> None:
    settings = load_config(merged(_FOLDER / f"{name}.yaml"))
    for choice in settings.choose:
        asked = settings.choices[choice]
        assert choice == (f"lut{asked.lut_max}" if asked.lut_max else f"c{asked.complexity_max:g}")


@pytest.mark.parametrize(
    ("distil", "words"),
    [
        ({"systems": ["a"], "train": ["b"]}, "systems: 'a' is not defined under `simulations`"),
        ({"systems": ["a"], "simulations": {"a": {}}}, "train: name a training"),
        ({"simulations": {"a": {"force": "glue"}}}, "distil.simulations.a.force"),
        ({"simulations": {"a": {"bodies": 1}}}, "greater than or equal to 2"),
        ({"halos": ["a"]}, "halos: 'a' is not defined under `mocks`"),
        ({"mocks": {"a": {"box": 60, "smoothing": 5}}}, "radius must be at most 30"),
        ({"networks": {"a": {"variants": ["kl", "l1"]}}}, "'kl' has other outputs"),
    ],
)
def test_a_distillation_that_cannot_be_run_is_refused(distil: dict, words: str) -> None:
    with pytest.raises(InputError) as fault:
        load_config({"distil": distil})
    assert words in str(fault.value)


def test_other_runs_hold_nothing_of_a_distillation() -> None:
    settings = load_config(merged())
    assert settings.distil.systems and not selected(settings).distil.systems
    assert distil_settings(settings).distil.simulations.keys() == set(settings.distil.systems)
