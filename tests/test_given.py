"""Formulas from a file as the models of a choice: what is read, refused, and measured."""

from pathlib import Path

import numpy as np
import pytest

from symbolnet.artifact import read_json
from symbolnet.config import Choice, Config, FormulaJob, GraphJob, TableColumns, choice_settings
from symbolnet.data.dataset import Dataset, save_dataset
from symbolnet.data.sources import Part
from symbolnet.errors import InputError
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.given import read_models
from symbolnet.expression.store import load_expressions
from symbolnet.pipeline.given import check_formulas
from symbolnet.pipeline.stages.build_graph import build_graph
from symbolnet.pipeline.stages.choose_model import choose_model
from symbolnet.pipeline.stages.read_formulas import read_formulas

INPUTS, CLASSES = ("mass", "p T", "tau"), ("signal", "no = <b>")
TABLE = TableColumns(train="t.csv", label="kind", classes={"signal": "s", "rest": "r"})


def data(task: str = "classification") -> Dataset:
    """Rows in raw units of all scales, standardised; a class, or a quantity, of two of them."""
    draw, mean, scale = np.random.default_rng(3), np.array([1.0, 30, 0.5]), np.array([2.0, 10, 0.1])
    x = {
        n: draw.normal(size=(rows, 3)).astype(np.float32)
        for n, rows in (("train", 400), ("validation", 100), ("test", 200))
    }
    values = {n: np.tanh(one[:, 0] * 2 + 1 - 1.2) + 0.1 * one[:, 1] for n, one in x.items()}
    classes = {n: (one < 0).astype(np.int64) for n, one in values.items()}
    y = classes if task == "classification" else {n: one[:, None] for n, one in values.items()}
    names = CLASSES if task == "classification" else ("size",)
    splits = {f"x_{n}": x[n] for n in x} | {f"y_{n}": y[n] for n in y}
    return Dataset(
        **splits,
        scaler_mean=mean,
        scaler_scale=scale,
        feature_names=INPUTS,
        class_names=names,
        provenance={},
        task=task,
    )


def read(folder: Path, text: str, task: str = "classification", name: str = "mine.txt") -> Path:
    """Run the stage on a file of that text; return the folder of what it wrote."""
    (folder / name).write_text(text, encoding="utf-8")
    save_dataset(folder / "dataset.npz", data(task))
    files = [folder / f"{kind}.json" for kind in ("expressions", "metrics", "members")]
    read_formulas(folder / name, folder / "dataset.npz", *files, FormulaJob(choice="mine"))
    return folder


GOOD = "# by hand\n\n`no = <b>` = 0\nsignal = tanh(mass - 1.2) + 0.01*(`p T` - 30)\n"


def test_formulas_in_raw_inputs_are_standardised_and_measured(tmp_path: Path) -> None:
    read(tmp_path, GOOD)
    model, rows = load_expressions(tmp_path / "expressions.json"), data()
    raw = rows.x_test * rows.scaler_scale + rows.scaler_mean
    expected = np.tanh(raw[:, 0] - 1.2) + 0.01 * (raw[:, 1] - 30)
    assert model.model == "mine" and model.class_names == CLASSES
    for found in (evaluate(model.expressions, rows.x_test), evaluate(model.raw, raw)):
        np.testing.assert_allclose(found[:, 0], expected, atol=1e-9)
        assert not found[:, 1].any()
    measured = read_json(tmp_path / "metrics.json", "metrics")["members"][0]
    assert measured["rounded"]["accuracy_test"] == pytest.approx(
        np.mean((expected < 0) == rows.y_test)
    )
    assert measured["raw"]["agreement_test"] == 1.0
    assert read_json(tmp_path / "members.json", "members")["method"] == "formulas"


def test_a_row_of_a_table_is_chosen_by_its_loss_within_the_limit(tmp_path: Path) -> None:
    good = "tanh(x0 - 1.2) + 0.01*(x1 - 30)"
    read(tmp_path, f'Complexity,Equation\n1,0.3\n3,x0 * 0.1\n11,"{good}"\n', "regression", "p.csv")
    names = [tmp_path / f"{name}.json" for name in ("expressions", "metrics", "chosen")]
    for most, expected in ((50.0, "mine-2"), (4.0, "mine-0")):
        choose_model(*names, Choice(formulas="p.csv", complexity_max=most))
        assert load_expressions(names[2]).model == expected


def test_given_formulas_have_no_limit_of_complexity_but_rows_of_a_table_have() -> None:
    choices = {"one": Choice(formulas="a.txt"), "row": Choice(formulas="a.CSV")}
    config = Config(choices=choices, choose=["one", "row"])
    assert choice_settings(config, "one").complexity_max > 1e300
    assert choice_settings(config, "row").complexity_max == 60


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "signal = relu(mass)\n`no = <b>` = 0",
            "'relu' at column 10 of formula 'signal' in line 1",
        ),
        ("\nmas\n0", "'mas' at column 1 of the formula in line 2 of mine.txt"),
        ("mass", "expected 2 formulas, of signal, no = <b>; found 1 in mine.txt"),
        ("signal = mass\nrest = 0", "found 'rest' in mine.txt"),
        ("signal = mass\nsignal = 0", "found 'one of them twice'"),
        ("signal = mass\n0", "line 2 of mine.txt without"),
        ("1\n2", "constants only in mine.txt"),
        ("# nothing\n", "a formula a line; found none"),
        ("x0 +\nx7", "'x0' at column 1"),
    ],
)
def test_bad_files_are_one_line_with_formula_and_place(
    tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "mine.txt").write_text(text)
    with pytest.raises(InputError) as fault:
        read_models(tmp_path / "mine.txt", INPUTS, CLASSES)
    assert words in str(fault.value) and "\n" not in str(fault.value)


def test_places_stand_for_inputs_where_none_is_called_so(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("x0 + x2\n0")
    assert read_models(path, INPUTS, CLASSES) == read_models(path, ("x0", "a", "x2"), CLASSES)
    with pytest.raises(InputError, match="'x2' at column 6"):
        read_models(path, ("x0", "x1"), CLASSES)


def test_a_run_is_told_before_its_first_job(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("mass,p T,kind\n1,2,s\n2,3,r\n")
    (tmp_path / "mine.txt").write_text("rest = mass\nsignal = tau\n")
    config = Config(
        data_dir=str(tmp_path),
        datasets=["own"],
        data={"own": TABLE},
        train=[],
        choose=["mine"],
        choices={"mine": Choice(formulas="mine.txt")},
    )
    parts = [Part("train-0000", "train", tmp_path / "t.csv")]
    with pytest.raises(InputError, match=r"names mass, p T; found 'tau' .*mine.txt\)"):
        check_formulas(config, "own", parts)
    (tmp_path / "mine.txt").write_text("rest = mass\nsignal = 1\n")
    check_formulas(config, "own", parts)


def test_what_hardware_cannot_compute_is_named_with_its_place(tmp_path: Path) -> None:
    read(tmp_path, "mass + log(`p T` + 100)\ncos(tau) / (mass - 1)")
    files = [tmp_path / name for name in ("expressions.json", "dataset.npz", "g.json", "p.json")]
    with pytest.raises(InputError, match=r"for 1/\(mass - 1\) in the formula of 'no = <b>'"):
        build_graph(*files, GraphJob())


def test_a_choice_is_of_a_training_or_of_formulas() -> None:
    for given in ({}, {"training": "a", "formulas": "b"}):
        with pytest.raises(ValueError, match="expected `training` or `formulas`; found"):
            Choice(**given)
