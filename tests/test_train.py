"""PaperTraining: independence of members, determinism, targets, Adam, divergence, real jets."""

import numpy as np
import pytest
import torch

from network_cases import SPEC, dataset, saved_dataset, train_members, write_members
from symbolnet.artifact import read_json
from symbolnet.config import Layer, PaperTraining, Targets, TrainJob
from symbolnet.data.dataset import Dataset, load_dataset
from symbolnet.errors import InputError
from symbolnet.methods.paper.epochs import learned_state, run_epoch
from symbolnet.methods.paper.forward import forward, pieces
from symbolnet.methods.paper.layout import masks_of, sections_of
from symbolnet.methods.paper.problem import Adam, problem_of
from symbolnet.methods.paper.scan import Paper, Scan
from symbolnet.network.masked import evaluate
from symbolnet.network.store import load_members
from symbolnet.pipeline.stages.train import train
from symbolnet.training.loop import Trained, frozen, prepare_device, save_checkpoint

CPU = torch.device("cpu")


def trained(tmp_path, spec, data=None):
    problem = problem_of(data or dataset(), spec, CPU)
    lines: list[str] = []
    return train_members(problem, tmp_path / "checkpoint", "stamp", lines.append), lines


def run_stage(folder, spec):
    data = saved_dataset(folder / "dataset.npz")
    files = [folder / "t" / name for name in ("network.safetensors", "history.csv", "members.json")]
    train(data, *files, folder / "t" / "checkpoint", TrainJob(training=spec))
    return files


def in_float64(spec):
    """Parameters after two epochs: in float32, masks that flip amplify the last bit."""
    problem = problem_of(dataset(), spec, CPU)
    names = ("x_train", "y_train", "x_validation", "targets")
    problem = problem._replace(**{name: getattr(problem, name).double() for name in names})
    state = learned_state(spec, problem.layout, CPU)
    state.parameters = state.parameters.double()
    state.adam = Adam(torch.zeros_like(state.parameters), torch.zeros_like(state.parameters))
    for _ in range(2):
        run_epoch(problem, state)
    return state.parameters.detach()


def test_members_trained_together_equal_members_trained_alone():
    together = iter(in_float64(SPEC))
    for seed in SPEC.seeds:
        for targets in SPEC.targets:
            alone = SPEC.model_copy(update={"seeds": [seed], "targets": [targets]})
            assert torch.allclose(in_float64(alone)[0], next(together), atol=1e-9)
    assert next(together, None) is None


def test_initial_weights_have_the_papers_spread_and_depend_on_the_seed_only():
    problem = problem_of(dataset(), SPEC.model_copy(update={"layers": [Layer(unary=200)]}), CPU)
    rows = learned_state(problem.spec, problem.layout, CPU).parameters
    weights = rows[:, : problem.layout.sections[0]]
    assert weights.std().item() == pytest.approx(0.05, rel=0.05)
    assert (rows[0] == rows[1]).all() and (rows[0] != rows[2]).any()
    assert (rows[:, problem.layout.sections[0] :] == 0).all()


def test_the_same_spec_gives_the_same_bytes(tmp_path):
    spec = SPEC.model_copy(update={"epochs": 2})
    (tmp_path / "b").mkdir()
    first, second = run_stage(tmp_path, spec), run_stage(tmp_path / "b", spec)
    assert first[0].read_bytes() == second[0].read_bytes()
    assert first[1].read_bytes() == second[1].read_bytes()


def test_the_stage_writes_its_three_files_and_removes_the_checkpoint(tmp_path, capsys):
    network, history, members = run_stage(tmp_path, SPEC)
    record = read_json(members, "members")
    assert record["training"] == "t" and record["threads"] == 1
    rows = history.read_text().splitlines()
    assert len(rows) == 1 + 4 * SPEC.epochs
    data = load_dataset(tmp_path / "dataset.npz")
    for (member, found), told in zip(load_members(network), record["members"], strict=True):
        assert told["id"] == member
        assert np.flatnonzero(found.input_kept).tolist() == told["inputs_kept"]
        labels = evaluate(found, data.x_validation).argmax(axis=1)
        assert told["accuracy_validation"] == pytest.approx((labels == data.y_validation).mean())
        last = next(row for row in reversed(rows) if row.startswith(member)).split(",")
        assert float(last[5]) == pytest.approx(told["sparsity"]["input"])
        assert float(last[6]) == pytest.approx(told["sparsity"]["weight"])
    assert sorted(path.name for path in network.parent.iterdir()) == [
        "history.csv",
        "members.json",
        "network.safetensors",
    ]
    assert f"epoch {SPEC.epochs}/{SPEC.epochs}" in capsys.readouterr().out


@pytest.mark.slow
def test_it_learns_and_prunes_towards_its_targets(tmp_path):
    wanted = Targets(input=0.2, weight=0.7, unary=0.3, binary=0.3)
    spec = PaperTraining(
        layers=[Layer(unary=8, binary=4)], targets=[wanted, Targets()], epochs=60, batch=32
    )
    state, _ = trained(tmp_path, spec, dataset(600))
    loss, _, accuracy, *sparsity = state.history[-1].unbind(dim=1)
    assert (loss < state.history[0][:, 0]).all()
    assert (accuracy > 0.75).all()
    for reached, target in zip(sparsity, (0.2, 0.7, 0.3, 0.3), strict=True):
        # Nothing pulls a threshold back once its target is passed, but nothing pushes either.
        assert target * 0.9 <= reached[0] <= 0.95
        assert reached[0] > reached[1]


def test_a_diverged_member_leaves_the_others_alone(tmp_path):
    spec = SPEC.model_copy(update={"seeds": [3], "epochs": 2})
    healthy, _ = trained(tmp_path, spec)
    problem = problem_of(dataset(), spec, CPU)
    state = learned_state(spec, problem.layout, CPU)
    state.parameters[0, 0] = float("nan")
    begun = frozen(Paper(problem), Trained(Scan(state), 1.0))
    save_checkpoint(tmp_path / "checkpoint", "stamp", begun)
    lines: list[str] = []
    found = train_members(problem, tmp_path / "checkpoint", "stamp", lines.append)
    assert torch.allclose(found.parameters[1], healthy.parameters[1], atol=2e-5)
    assert not found.parameters[0].isfinite().all()
    assert sum("member 0: loss is not finite" in line for line in lines) == 1
    assert not any("member 1" in line for line in lines)


def test_adam_is_kerass():
    generator = np.random.default_rng(0)
    parameters = torch.ones(3, dtype=torch.float64)
    adam = Adam(torch.zeros(3, dtype=torch.float64), torch.zeros(3, dtype=torch.float64))
    p, m, v = np.ones(3), np.zeros(3), np.zeros(3)
    for t in range(1, 6):
        g = generator.normal(size=3) * [1, 1e-4, 1e-7]
        adam.update(parameters, torch.from_numpy(g), 0.01)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        p -= 0.01 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(v) + 1e-7)
    assert np.allclose(parameters.numpy(), p, rtol=1e-12)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_asking_for_an_absent_gpu_is_an_input_error():
    with pytest.raises(InputError, match="CUDA"):
        prepare_device(SPEC.model_copy(update={"device": "cuda"}))
    assert prepare_device(SPEC.model_copy(update={"device": "auto"})).type == "cpu"


def test_float32_training_against_float64_on_real_jets(shared_data, tmp_path):
    jets = real_jets(shared_data)
    targets = [Targets(weight=0.8), Targets(input=0.4, weight=0.9, unary=0.3, binary=0.3)]
    spec = PaperTraining(layers=[Layer(unary=12, binary=4)], targets=targets, epochs=3)
    problem = problem_of(jets, spec, CPU)
    state = train_members(problem, tmp_path / "checkpoint", "stamp", lambda line: None)
    files = (tmp_path / "n.safetensors", tmp_path / "h.csv", tmp_path / "m.json")
    write_members("t", problem, state, files)
    sections = sections_of(problem.layout, state.parameters.detach())
    x = torch.from_numpy(jets.x_test).T.unsqueeze(0)
    found = forward(problem.layout, sections, masks_of(sections), x).transpose(1, 2).numpy()
    for k, (_, network) in enumerate(load_members(files[0])):
        expected = evaluate(network, jets.x_test.astype(np.float64))
        assert np.abs(found[k] - expected).max() <= 1e-4
    assert (state.history[-1][:, 2] > 0.5).all()


def real_jets(shared_data) -> Dataset:
    with np.load(shared_data / "jets_root" / "lhc_jets_cells_hlf16_reference.npz") as table:
        x, letters, source = table["X"], table["y"], table["source_file"]
        names = tuple(str(name) for name in table["features"])
    classes = ("g", "q", "w", "z", "t")
    y = np.array([classes.index(str(letter)) for letter in letters])
    train_rows, test_rows = np.flatnonzero(source < 2), np.flatnonzero(source == 2)
    mean, scale = x[train_rows].mean(axis=0), x[train_rows].std(axis=0)
    x = ((x - mean) / scale).astype(np.float32)
    parts = (train_rows[2000:], train_rows[:2000], test_rows)
    inputs, labels = [x[part] for part in parts], [y[part] for part in parts]
    return Dataset(*inputs, *labels, mean, scale, names, classes, {"source": "reference"})


@pytest.mark.parametrize("thresholds", ["learned", "exact"])
def test_inputs_that_are_zero_in_train_have_no_weights(tmp_path, thresholds):
    data = dataset()
    data.x_train[:, [0, 3]] = 0
    state, _ = trained(tmp_path, SPEC.model_copy(update={"thresholds": thresholds}), data)
    layout = problem_of(data, SPEC, CPU).layout
    first, _ = pieces(layout, sections_of(layout, state.parameters).weight)[0]
    assert not first[:, :, [0, 3]].any() and first[:, :, [1, 2, 4]].any()
