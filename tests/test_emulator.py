"""The emulators: both languages beside the reference, on random graphs, corners and raw rows."""

import runpy
import subprocess
from pathlib import Path

import hls4ml
import numpy as np
import pytest

from circuits import PRECISIONS, random_set, toy_data, toy_model, uniform_graph
from symbolnet.artifact import read_json, write_arrays
from symbolnet.errors import ToolError
from symbolnet.firmware.build.formats import assemble
from symbolnet.firmware.build.parts import datapath_of
from symbolnet.firmware.emit.interface import port_names
from symbolnet.firmware.evidence import emulated
from symbolnet.firmware.evidence.vectors import vectors_of
from symbolnet.firmware.graph.fixed import Fixed
from symbolnet.firmware.graph.graph import (
    Graph,
    Input,
    Linear,
    Output,
    Quantise,
    bound,
    save_graph,
)
from symbolnet.firmware.graph.reference import (
    input_mantissas,
    raw_mantissas,
    real_outputs,
    run,
    saturated,
    scores,
)
from symbolnet.firmware.graph.scaling import Standard, Unit
from symbolnet.firmware.search.moves import generous
from symbolnet.pipeline.stages.write_emulator import write_emulator


def made(graph: Graph, ports: np.ndarray, folder: Path) -> dict:
    """Emulate a graph on ports and corners; a difference is a ToolError."""
    emulated.write_emulator(graph, folder / "emulator")
    (folder / "scratch").mkdir()
    return emulated.emulated(
        graph, vectors_of(graph, ports), folder / "emulator", folder / "scratch"
    )


@pytest.mark.parametrize("seed", range(4))
def test_random_designs_do_not_differ_in_any_bit(seed: int, tmp_path: Path) -> None:
    draw = np.random.default_rng(seed)
    chosen, x = random_set(draw)
    argmax = seed % 2 == 1 and len(chosen.class_names) > 1
    datapath = datapath_of(chosen, x, argmax)
    graph = assemble(datapath, generous(datapath))
    record = made(graph, input_mantissas(graph, x), tmp_path)
    assert record["mismatches"] == record["interpreter_mismatches"] == 0
    assert record["vectors"] == 1000 and record["corner_vectors"] > 256


@pytest.mark.parametrize("number", range(len(PRECISIONS)))
def test_uniform_precisions_do_not_differ(number: int, tmp_path: Path) -> None:
    x = toy_data(toy_model()).x_train
    graph = uniform_graph(toy_model(), x, PRECISIONS[number])
    assert made(graph, input_mantissas(graph, x), tmp_path)["mismatches"] == 0


def edge(overflow: str, rounding: str, fraction: int, factor: int) -> Graph:
    """One input, doubled into more than 32 or 64 bits on the way, cut, saturated or wrapped."""
    wide, target = Fixed(True, 33, 4), Fixed(True, 3, fraction, overflow, rounding)
    port = Input(0, wide, (-(2**37), 2**37 - 1))
    total = Linear((0, 0), (factor, 1 - factor), 0, 3, Fixed(True, 34, 4), (0, 0))
    total = total._replace(interval=bound(total, [port]))
    total = total._replace(format=Fixed(True, total.interval[1].bit_length() - 4, 4))
    cut = Quantise((1,), target, (0, 0))
    cut = cut._replace(interval=bound(cut, [port, total]))
    out = Output((2,), 'a "b"?\\ é', target, cut.interval)
    return Graph("edge", ("x",), dict(PRECISIONS[0]), (port, total, cut, out))


@pytest.mark.parametrize("overflow", ["SAT", "WRAP"])
@pytest.mark.parametrize("rounding", ["TRN", "RND"])
@pytest.mark.parametrize("fraction", [-2, 2, 6])
def test_roundings_and_overflows_of_wide_words(
    overflow: str, rounding: str, fraction: int, tmp_path: Path
) -> None:
    graph = edge(overflow, rounding, fraction, 2**20)
    ports = np.random.default_rng(0).integers(-(2**37), 2**37, (500, 1))
    ports[:64, 0] = np.arange(-32, 32)
    record = made(graph, ports, tmp_path)
    assert record["mismatches"] == 0


def test_terms_beyond_64_bits_on_the_way(tmp_path: Path) -> None:
    graph = edge("WRAP", "TRN", 2, 2**23)
    emulated.write_emulator(graph, tmp_path)
    made(graph, np.array([[5], [-7], [2**37 - 1]]), tmp_path)


RAW = """#include <cstdio>
#include "symbolnet_emulator.h"
using namespace symbolnet;
int main()
{
    double row[features], value[outputs];
    word in[inputs], out[outputs];
    std::size_t chosen[1];
    while (std::fread(row, sizeof(double), features, stdin) == features) {
        words(row, in); run(in, out); scores(out, value); number(1, out, chosen);
        for (double v : value) std::printf("%.17g ", v);
        std::printf("%zu\\n", chosen[0]);
    }
}
"""


@pytest.mark.parametrize("argmax", [False, True])
def test_raw_rows_become_the_words_scores_and_classes(argmax: bool, tmp_path: Path) -> None:
    model, draw = toy_model(), np.random.default_rng(1)
    datapath = datapath_of(model, toy_data(model).x_train, argmax)
    graph = assemble(datapath, generous(datapath))
    scaler = tuple(Standard(0.1 + i, 0.7 * 10**i) for i in range(len(graph.inputs())))
    units = () if argmax else tuple(Unit(3.0 * i, i - 1) for i in range(len(graph.outputs())))
    graph = graph._replace(scaler=scaler, units=units)
    raw = draw.normal(size=(300, len(graph.feature_names))) * 30
    raw[0] = 1e300
    raw[1] = -1e300
    words = raw_mantissas(graph, np.clip(raw, -1e30, 1e30))
    values, expected = real_outputs(graph, run(graph, words)), scores(graph, run(graph, words))
    emulated.write_emulator(graph, tmp_path)
    module = runpy.run_path(str(tmp_path / emulated.MODULE))
    for row, word, value, score in zip(raw.tolist(), words, values, expected, strict=True):
        assert module["words"](row) == word.tolist()
        out = module["run"](word.tolist())
        assert module["scores"](out) == value.tolist()
        if not units:
            assert module["number"](out) == score.argmax()
    (tmp_path / "raw.cpp").write_text(RAW)
    build = ["g++", "-std=c++17", "-O1", f"-I{tmp_path}", str(tmp_path / "raw.cpp"), "-o"]
    subprocess.run([*build, str(tmp_path / "raw")], check=True)
    done = subprocess.run([str(tmp_path / "raw")], input=raw.tobytes(), stdout=subprocess.PIPE)
    found = np.array([line.split() for line in done.stdout.decode().splitlines()], float)
    np.testing.assert_array_equal(found[:, :-1], values)
    if not units:
        np.testing.assert_array_equal(found[:, -1], expected.argmax(axis=1))


FIXED = """#include <cstdio>
#include "symbolnet_emulator.h"
using namespace symbolnet;
int main()
{
    double row[features];
    while (std::fread(row, sizeof(double), features, stdin) == features) {
        fixed_inputs in, assigned;
        fixed_outputs out;
        words(row, in);
        run(in, out);
        for (double v : {OUTPUTS}) std::printf("%.17g ", v);
        ASSIGNED
        std::printf("%d\\n", SAME);
    }
}
"""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_ports_as_ap_fixed_are_the_same_bits(seed: int, tmp_path: Path) -> None:
    """With the header that hls4ml ships. Standardised values assigned to a port become its word."""
    chosen, x = random_set(np.random.default_rng(20 + seed))
    graph = uniform_graph(chosen, 2 * x, PRECISIONS[seed])
    graph = graph._replace(scaler=(Standard(0.0, 1.0),) * len(graph.inputs()))
    raw = np.float32(x).astype(float)[:400]
    emulated.write_emulator(graph, tmp_path)
    inputs = [graph.feature_names[node.variable] for node in graph.inputs()]
    ports = list(zip(port_names("x", inputs), graph.inputs(), strict=True))
    y = port_names("y", [node.name for node in graph.outputs()])
    swaps = {
        "OUTPUTS": ", ".join(f"out.{name}.to_double()" for name in y),
        "ASSIGNED": " ".join(f"assigned.{name} = row[{one.variable}];" for name, one in ports),
        "SAME": " && ".join(f"assigned.{name} == in.{name}" for name, _ in ports),
    }
    text = FIXED
    for name, instead in swaps.items():
        text = text.replace(name, instead)
    (tmp_path / "fixed.cpp").write_text(text)
    # What inlining shows of the vendor's own header is no fault of ours.
    quiet = ["-Wno-maybe-uninitialized", "-Wno-uninitialized"]
    shipped = Path(hls4ml.__file__).parent / "templates/vivado/ap_types"
    flags = ["-std=c++17", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{tmp_path}"]
    command = ["g++", *flags, *quiet, "-isystem", str(shipped), str(tmp_path / "fixed.cpp"), "-o"]
    subprocess.run([*command, str(tmp_path / "fixed")], check=True)
    done = subprocess.run([str(tmp_path / "fixed")], input=raw.tobytes(), stdout=subprocess.PIPE)
    found = np.array([line.split() for line in done.stdout.decode().splitlines()], float)
    expected = real_outputs(graph, run(graph, raw_mantissas(graph, raw)))
    np.testing.assert_array_equal(found[:, :-1], expected)
    inside = ~saturated(graph, raw).any(axis=1)
    assert inside.sum() > 100 and found[inside, -1].all()


def test_the_stage_and_a_changed_entry(tmp_path: Path) -> None:
    x = toy_data(toy_model()).x_train
    graph = uniform_graph(toy_model(), x, PRECISIONS[0])
    vectors = vectors_of(graph, input_mantissas(graph, x))
    save_graph(tmp_path / "graph.json", graph)
    write_arrays(tmp_path / "vectors.npz", vectors)
    files = [tmp_path / name for name in ("graph.json", "vectors.npz", "emulator", "e.json")]
    write_emulator(*files)
    (scratch := tmp_path / "scratch").mkdir()
    assert read_json(tmp_path / "e.json", "firmware")["vectors"] == len(x)
    for name, words, place in (
        (emulated.MODULE, "Python module", "return [v"),
        (emulated.HEADER, r"C\+\+ header", "static_cast<word>(v"),
    ):
        path = files[2] / name
        text = path.read_text()
        assert place in text
        path.write_text(text.replace(place, f"{place[:-1]}1 + v"))
        with pytest.raises(ToolError, match=f"the {words} .*differs"):
            emulated.emulated(graph, vectors, files[2], scratch)
        path.write_text(text)


def test_no_compiler_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ToolError, match=r"^g\+\+ is not on PATH: install it"):
        emulated.check_tools()
