"""Words made from raw values by interface.json alone are those of the vectors, and back again."""

import re

import numpy as np
import pytest

from circuits import X0, X1, X2, add, collection, expression_set, gauss, mul
from symbolnet.artifact import read_arrays, read_json
from symbolnet.config import Firmware, GraphJob, Search
from symbolnet.data.dataset import Dataset, save_dataset
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.store import save_collection
from symbolnet.firmware.emit.rtl import write_rtl
from symbolnet.firmware.graph.graph import load_graph
from symbolnet.pipeline.stages.build_graph import build_graph
from symbolnet.pipeline.stages.evaluate_graph import evaluate_graph
from symbolnet.pipeline.stages.write_testbench import write_testbench

MEAN, SCALE = np.array([1.7e9, 0.3, -40.0]), np.array([30.0, 0.01, 7.0])
MODELS = {
    "classes": expression_set(add(mul(0.7, X0), gauss(X2)), add(mul(-0.4, X1), 0.2)),
    "quantity": expression_set(add(2e5, mul(3e4, X0), mul(1e4, gauss(X1)))),
    "small": expression_set(mul(1e-6, add(X0, mul(X1, X2))), add(50, mul(1e-3, X2))),
}


def made(folder, name, settings):
    """Return the raw test rows and the interface of a design, made by the stages of a run."""
    chosen, generator = MODELS[name], np.random.default_rng(1)
    shapes = ((400, 1), (90, 1), (90, 3))
    raws = [MEAN + SCALE * generator.normal(size=(n, 3)) * reach for n, reach in shapes]
    x = [((raw - MEAN) / SCALE).astype(np.float32) for raw in raws]
    y = [evaluate(chosen.expressions, part) for part in x]
    task = "classification" if name == "classes" else "regression"
    y = [part.argmax(axis=1) for part in y] if name == "classes" else y
    names = chosen.feature_names, chosen.class_names
    save_dataset(folder / "d.npz", Dataset(*x, *y, MEAN, SCALE, *names, {"from": "test"}, task))
    save_collection(folder / "e.json", collection(chosen))
    files = [folder / name for name in ("graph.json", "e.json", "d.npz", "v.npz", "r.json")]
    build_graph(files[1], files[2], files[0], folder / "p.json", settings)
    evaluate_graph(*files)
    write_rtl(load_graph(files[0]), folder / "rtl", Firmware())
    write_testbench(folder / "rtl", files[0], files[3], folder / "bench")
    return raws[2], read_json(folder / "rtl" / "interface.json")


def packed(raw, ports):
    """Return the input vectors as the words of input_rule, and nothing else, say."""
    whole = [0] * len(raw)
    for port in ports:
        x = np.float32((raw[:, COLUMNS.index(port["name"])] - port["mean"]) / port["scale"])
        word = np.floor(x.astype(float) * 2.0 ** port["fraction"] + 0.5)
        word = np.clip(word, *port["words"]).astype(int)
        mask = (1 << port["width"]) - 1
        assert port["signed"] or word.min() >= 0
        whole = [
            w | (int(v) & mask) << port["lowest_bit"] for w, v in zip(whole, word, strict=True)
        ]
    return whole


def values(line, ports):
    """Return the outputs that one line of outputs.hex stands for, by output_rule."""
    found = []
    for port in ports:
        word = int(line, 16) >> port["lowest_bit"] & (1 << port["width"]) - 1
        word -= (word >> port["width"] - 1 << port["width"]) if port["signed"] else 0
        assert port["words"][0] <= word <= port["words"][1]
        power = port.get("exponent", 0) - port["fraction"]
        found.append(port.get("offset", 0.0) + word * 2.0**power)
        assert port["range"][0] <= found[-1] <= port["range"][1]
    return found


COLUMNS = ["f0", "f1", "f2"]
SETTINGS = {"searched": GraphJob(search=Search(tolerance=0.01)), "uniform": GraphJob(search=None)}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("kind", SETTINGS)
def test_words_from_raw_rows_are_those_of_the_vectors(kind, name, tmp_path):
    """A third of the test rows lies outside the range of training: those words saturate."""
    raw, layout = made(tmp_path, name, SETTINGS[kind])
    lines = (tmp_path / "bench" / "inputs.hex").read_text().split()
    assert packed(raw, layout["model_inp"]) == [int(line, 16) for line in lines[: len(raw)]]
    outputs = (tmp_path / "bench" / "outputs.hex").read_text().split()[: len(raw)]
    found = np.array([values(line, layout["model_out"]) for line in outputs])
    reference = read_json(tmp_path / "r.json", "firmware")
    assert sum(reference["saturated"].values()) > 10
    data = read_arrays(tmp_path / "d.npz")
    if name == "classes":
        right = (found.argmax(axis=1) == data["y_test"]).mean()
        assert right == pytest.approx(reference["accuracy_test"])
    else:
        missed = (found - data["y_test"]).std(axis=0) / data["y_test"].std(axis=0)
        assert missed.max() < 0.8  # most rows far outside the range are held at its ends
        true = evaluate(MODELS[name].expressions, data["x_test"])
        assert np.abs(found - true).max() == pytest.approx(reference["max_error"])


def test_the_readme_says_the_same(tmp_path):
    _, layout = made(tmp_path, "quantity", SETTINGS["searched"])
    text = (tmp_path / "bench" / "README.txt").read_text()
    for port in layout["model_inp"]:
        line = next(one for one in text.splitlines() if one.startswith(f"  {port['name']}: "))
        numbers = dict(re.findall(r"(mean|scale|fraction) (\S+?)(?:,|$)", line))
        assert {key: float(value) for key, value in numbers.items()} == {
            key: port[key] for key in ("fraction", "mean", "scale")
        }
        assert f"words {port['words'][0]}..{port['words'][1]}" in line
    (out,) = layout["model_out"]
    assert f"offset {out['offset']!r}, exponent {out['exponent']}" in text
    assert layout["input_rule"] in text and layout["output_rule"] in text
