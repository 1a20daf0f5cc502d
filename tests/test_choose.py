"""The stages from a trained network to the chosen member."""

import json

import pytest

from expression_cases import dataset, random_network
from symbolnet.config import Choice, Config, SymbolNetTraining, choice_settings
from symbolnet.data.dataset import save_dataset
from symbolnet.errors import InputError
from symbolnet.expression.choice import choose
from symbolnet.expression.store import load_collection, load_expressions
from symbolnet.pipeline.cli import main
from symbolnet.pipeline.stages import evaluate_models, extract_expressions

SPEC = Choice(training="t", complexity_max=50)
BY_ACCURACY = SPEC.model_copy(update={"by": "accuracy"})


def member(name, accuracy, complexity, test=0.5, diverged=None):
    """A member whose loss says the same as its accuracy."""
    rounded = {"accuracy_validation": accuracy, "accuracy_test": test}
    lost = {"loss": {"expected": 1 - accuracy}}
    about = {"id": name, "diverged": diverged, "complexity_mean": complexity}
    return about | {"rounded": rounded} | lost


BOTH = pytest.mark.parametrize("spec", [SPEC, BY_ACCURACY])


@BOTH
def test_the_best_that_fits(spec):
    assert choose([member("a", 0.6, 10), member("b", 0.7, 50), member("c", 0.9, 50.2)], spec) == "b"


@BOTH
def test_the_test_set_has_no_say(spec):
    assert choose([member("a", 0.7, 10, test=0.1), member("b", 0.6, 10, test=0.99)], spec) == "a"


@BOTH
def test_ties_go_to_the_simpler_then_to_the_first_id(spec):
    same = [member("c", 0.7, 20), member("b", 0.7, 10), member("a", 0.7, 10)]
    assert choose(same, spec) == "a"


def test_the_loss_counts_before_any_score_and_one_that_is_not_finite_comes_last():
    lucky = member("lucky", 0.99, 10) | {"loss": {"expected": 0.7}}
    broken = member("broken", 0.99, 5) | {"loss": {"expected": None}}
    members = [broken, lucky, member("sure", 0.6, 20)]
    assert choose(members, SPEC) == "sure"
    assert choose(members, BY_ACCURACY) == "broken"
    assert choose([broken], SPEC) == "broken"


def by_class(name, accuracy, balanced, auc):
    rounded = {
        "accuracy_validation": accuracy,
        "balanced_accuracy_validation": balanced,
        "auc_validation": auc,
    }
    return {"id": name, "diverged": None, "rounded": rounded, "complexity_mean": 9}


def test_what_counts_can_be_asked_for():
    members = [
        by_class("constant", 0.99, 0.5, [0.5, 0.5]),
        by_class("balanced", 0.9, 0.8, [0.85, 0.85]),
        by_class("ordered", 0.98, 0.6, [0.9, 0.9]),
        by_class("undefined", 0.1, 0.1, [None, 1.0]),
    ]
    measures = ("balanced_accuracy", "auc", "accuracy")
    asked = {by: SPEC.model_copy(update={"by": by}) for by in measures}
    found = {by: choose(members, spec) for by, spec in asked.items()}
    assert found == {"balanced_accuracy": "balanced", "auc": "ordered", "accuracy": "constant"}


def test_of_a_quantity_r2_counts_whatever_score_is_asked():
    members = [
        {"id": n, "diverged": None, "rounded": {"r2_validation": r2}, "complexity_mean": 9}
        for n, r2 in (("a", -3.0), ("b", 0.2), ("c", None))
    ]
    assert choose(members, SPEC.model_copy(update={"by": "auc"})) == "b"


def test_formats_of_a_weighed_training_are_chosen_by_balanced_accuracy():
    def settled(weights, by="loss", lut_max=300):
        training = SymbolNetTraining(class_weights=weights)
        config = Config(
            train=["t"],
            choose=["c"],
            training={"t": training},
            choices={"c": Choice(training="t", by=by, lut_max=lut_max)},
        )
        return choice_settings(config, "c").by

    assert settled(None) == "accuracy"
    assert settled("balanced") == "balanced_accuracy"
    assert settled("balanced", "auc") == "auc"
    assert settled("balanced", lut_max=None) == "loss"


def test_diverged_members_are_passed_over():
    broken = {"id": "x", "diverged": "why", "rounded": None, "complexity_mean": None}
    assert choose([broken, member("a", 0.1, 10)], SPEC) == "a"
    with pytest.raises(InputError, match="diverge"):
        choose([broken], SPEC)


def test_nothing_fits():
    with pytest.raises(InputError, match=r"found 61.5 as the smallest, of b"):
        choose([member("a", 0.9, 80), member("b", 0.8, 61.5)], SPEC)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Data set and network files; members come from random networks, one of them broken."""
    broken = random_network(3)
    broken = broken._replace(output_bias=broken.output_bias + float("nan"))
    members = [("m0", random_network(2)), ("m1", random_network(6)), ("m2", broken)]
    for stage in (extract_expressions, evaluate_models):
        monkeypatch.setattr(stage, "load_members", lambda path: members)
    monkeypatch.setattr(
        evaluate_models, "load_training", lambda path: {"method": "paper", "thresholds": "exact"}
    )
    save_dataset(tmp_path / "d.npz", dataset())
    return tmp_path


def command(folder, verb, spec=None, **files):
    options = [f"--{name}={folder / file}" for name, file in files.items()]
    return main([verb, *options, *([f"--spec={json.dumps(spec)}"] if spec else [])])


def all_stages(folder, complexity_max):
    trained = {"network": "n.safetensors", "dataset": "d.npz", "expressions": "e.json"}
    choice = {"training": "t", "complexity_max": complexity_max}
    files = {"expressions": "e.json", "metrics": "m.json", "chosen": "c.json"}
    return [
        command(folder, "extract_expressions", {"digits": 3}, **trained),
        command(folder, "evaluate_models", **trained, metrics="m.json"),
        command(folder, "choose_model", choice, **files),
    ]


def test_the_stages_in_a_row(run):
    assert all_stages(run, 1e6) == [0, 0, 0]
    metrics = json.loads((run / "m.json").read_text())["members"]
    assert [one["id"] for one in metrics] == ["m0", "m1", "m2"]
    assert metrics[2]["diverged"] and metrics[2]["network"] is None
    assert all(one["max_difference"] < 1e-9 for one in metrics[:2])
    assert metrics[2]["loss"] is None
    best = min(metrics[:2], key=lambda one: one["loss"]["expected"])
    chosen = load_expressions(run / "c.json")
    assert chosen.model == best["id"]
    collection = load_collection(run / "e.json")
    assert chosen.expressions == next(m for m in collection.members if m.id == best["id"]).rounded


def test_the_same_twice_gives_the_same_bytes(run):
    names = ("e.json", "m.json", "c.json")
    assert all_stages(run, 1e6) == [0, 0, 0]
    before = [(run / name).read_bytes() for name in names]
    assert all_stages(run, 1e6) == [0, 0, 0]
    assert [(run / name).read_bytes() for name in names] == before


def test_nothing_fits_is_one_line_and_no_file(run, capsys):
    assert all_stages(run, 0.5) == [0, 0, 1]
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "complexity_max" in error
    assert not (run / "c.json").exists()


def test_expressions_of_another_training_are_refused(run, capsys, monkeypatch):
    assert all_stages(run, 1e6) == [0, 0, 0]
    other = [("other", random_network(2))]
    monkeypatch.setattr(evaluate_models, "load_members", lambda path: other)
    files = {"network": "n", "dataset": "d.npz", "expressions": "e.json", "metrics": "m2.json"}
    assert command(run, "evaluate_models", **files) == 1
    assert "extract expressions again" in capsys.readouterr().err


def test_a_data_set_of_another_width_is_refused(run, capsys):
    data = dataset()
    narrow = {name: getattr(data, name)[:, :4] for name in ("x_train", "x_validation", "x_test")}
    rest = {n: getattr(data, n)[:4] for n in ("scaler_mean", "scaler_scale", "feature_names")}
    save_dataset(run / "n.npz", data._replace(**narrow, **rest))
    files = {"network": "n", "dataset": "n.npz", "expressions": "x.json"}
    assert command(run, "extract_expressions", {"digits": 2}, **files) == 1
    assert "(4, 3) inputs and classes" in capsys.readouterr().err
