"""What graphs are built from expressions, their JSON, and the faults that are refused."""

import json

import numpy as np
import pytest

from circuits import (
    PRECISIONS,
    X0,
    X1,
    X2,
    add,
    apply,
    collection,
    expression_set,
    gauss,
    mul,
    random_set,
    toy_data,
    toy_model,
    uniform_graph,
)
from symbolnet.config import Precision
from symbolnet.data.dataset import save_dataset
from symbolnet.errors import InputError
from symbolnet.expression.store import save_collection
from symbolnet.expression.tree import Constant
from symbolnet.firmware.graph.graph import (
    Linear,
    Multiply,
    Output,
    Quantise,
    Table,
    count_kinds,
    load_graph,
    save_graph,
)
from symbolnet.pipeline.cli import main

ROWS = np.random.default_rng(1).normal(0, 1, (500, 3))


FINE = {"width": 16, "table_bits": 10, "constant_fraction": 10}


def built(*expressions, rows=ROWS, **precision):
    return uniform_graph(expression_set(*expressions), rows, Precision(**(FINE | precision)))


def of_kind(graph, kind):
    return [node for node in graph.nodes if isinstance(node, kind)]


def test_everything_of_one_input_is_one_table():
    shape = add(gauss(add(X0, -0.3)), mul(0.4, apply("sin", mul(2.1, X0))), mul(0.2, X0), 0.7)
    graph = built(shape)
    assert count_kinds(graph) == {
        "input": 1,
        "linear": 0,
        "multiply": 0,
        "table": 1,
        "quantise": 1,
        "argmax": 0,
        "output": 1,
    }


def test_terms_of_one_input_join_within_each_class():
    bell, wave = gauss(X0), apply("sin", mul(2.0, X0))
    graph = built(
        add(mul(0.3, bell), mul(0.7, wave), mul(0.1, X1)),
        add(mul(0.9, bell), mul(-0.2, wave), mul(0.1, X1)),
    )
    assert len(of_kind(graph, Table)) == 3  # the line in x1 is the same in both


def test_a_unit_has_a_table_for_each_class_with_the_weight_inside():
    unit = gauss(add(X0, X1))
    graph = built(*(add(mul(w, unit), mul(0.5, X2)) for w in (0.3, -0.7, 0.9, 0.2)))
    assert len(of_kind(graph, Table)) == 4 + 1
    assert all(set(node.factors) == {1} for node in of_kind(graph, Linear)[1:])


def test_function_of_a_sum_is_one_table_of_the_sum():
    graph = built(gauss(add(mul(0.5, X0), mul(2.0, X1))))
    assert [type(node) for node in graph.nodes[2:]] == [Linear, Quantise, Table, Output]
    assert graph.nodes[3].format.overflow == "SAT"  # far out the bell is flat


def test_phase_is_in_turns_and_wraps():
    graph = built(apply("sin", add(mul(4.0, X0), mul(3.0, X1))), table_bits=8)
    total, phase, table = graph.nodes[2:5]
    assert total.interval[1] * total.format.step > 1  # more than a turn
    assert (phase.format.overflow, phase.format.integer, phase.format.fraction) == ("WRAP", -1, 8)
    assert len(table.entries) == 256
    first_quarter = table.entries[128 + 64]  # a quarter turn: the crest
    assert first_quarter == max(table.entries) == 1024


def test_hidden_unit_of_a_product_is_shared():
    unit = mul(add(X0, X1), apply("tanh", X2))
    graph = built(mul(0.5, unit), mul(-2.0, unit))
    assert len(of_kind(graph, Multiply)) == 1


def test_square_of_a_product_needs_one_multiplication():
    assert len(of_kind(built(apply("Pow", mul(X0, X1), 2)), Multiply)) == 1


def test_division_is_a_product_with_a_reciprocal_table():
    graph = built(mul(X0, apply("Pow", add(0.5, apply("Abs", X1)), -1)))
    assert len(of_kind(graph, Multiply)) == 1
    reciprocal, product = of_kind(graph, Table)  # the second scales the product for the class
    assert max(reciprocal.entries) == 2034 and product.entries[0] == 8


def test_power_of_two_inputs():
    graph = built(apply("Pow", add(0.5, apply("Abs", X0)), X1))
    assert len(of_kind(graph, Multiply)) == 1 and len(of_kind(graph, Table)) == 2


def test_no_saturation_where_the_interval_fits():
    graph = built(add(mul(0.5, X0), mul(0.25, X1)))
    assert [node.format.overflow for node in of_kind(graph, Quantise)] == ["WRAP", "WRAP"]
    twins = np.repeat(ROWS[:, :1], 3, axis=1)  # the interval does not know that they cancel
    wide = built(add(mul(7.0, X0), mul(-7.0, X1)), rows=twins, width=10, integer=4)
    (score,) = wide.outputs()
    assert score.format.integer == 6 and score.interval == (-2975, 2975)


def test_inputs_beyond_the_uniform_format_saturate():
    graph = built(mul(0.5, X0), width=8, integer=2)
    (port,) = graph.inputs()
    assert port.interval == (-128, 127) and port.format.fraction == 6  # of -3.5 to 3.1


def test_constant_output_and_repeated_output():
    graph = built(X0, Constant(-0.25), X0)
    outputs = graph.outputs()
    assert outputs[1].interval == (-1, -1) and outputs[1].format.fraction == 2
    assert outputs[0].sources == outputs[2].sources


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        (
            apply("tanh", add(X0, mul(1e9, X1))),
            "constants between -8388608 and 8388608; found 1e+09",
        ),
        (apply("Pow", X0, -1), "a division by a range without 0"),
        (mul(X1, apply("Pow", add(X0, X2), -2)), "a division by a range without 0"),
        (apply("log", X0), "a logarithm of a range above 0"),
        (apply("sqrt", add(X0, X1)), "a root of a range without negative numbers"),
        (apply("Pow", X0, 1.5), "a root of a range without negative numbers"),
        (apply("Pow", X0, X1), "a logarithm of a range above 0"),
        (apply("tan", X0), "a tangent of a range without a pole"),
        (apply("floor", X0), "found 'floor'"),
        (Constant(1.0), "an output that depends on an input"),
        (apply("tanh", add(X0, X1, 4e7)), "constants between -8388608 and 8388608"),
    ],
)
def test_refused(expression, words):
    with pytest.raises(InputError) as raised:
        built(expression)
    assert words in str(raised.value) and "\n" not in str(raised.value)


def test_reciprocal_over_a_range_away_from_zero():
    rows = np.abs(ROWS) + 0.5
    graph = built(apply("Pow", X0, -1), apply("log", X0), apply("Pow", X1, -0.5), rows=rows)
    assert len(of_kind(graph, Table)) == 3


@pytest.mark.parametrize("seed", range(10))
def test_json_round_trip(seed, tmp_path):
    chosen, x = random_set(np.random.default_rng(seed))
    graph = uniform_graph(chosen, x, PRECISIONS[seed % 3])
    save_graph(tmp_path / "a.json", graph)
    assert load_graph(tmp_path / "a.json") == graph
    save_graph(tmp_path / "b.json", uniform_graph(chosen, x, PRECISIONS[seed % 3]))
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def _numbers(value, path=()):
    """Yield the path of every number of a JSON value."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(item, dict | list):
            yield from _numbers(item, (*path, key))
        else:
            yield (*path, key)


def test_every_tampered_number_that_others_determine_is_noticed(tmp_path):
    path = tmp_path / "graph.json"
    save_graph(path, uniform_graph(toy_model(), ROWS, Precision(table_bits=4)))
    original = path.read_text()
    proven = {"interval", "sources", "factor_fraction", "fraction"}
    places = [
        (place, *rest)
        for place, node in enumerate(json.loads(original)["nodes"])
        for rest in _numbers(node)
        # Whatever wraps into an address fills it, so that nothing tells which source it has.
        if proven & set(rest)
        and node.get("sources")
        and (node["kind"], rest[0]) != ("quantise", "sources")
    ]
    assert len(places) > 60
    for *holders, last in places:
        value = json.loads(original)
        holder = value["nodes"]
        for key in holders:
            holder = holder[key]
        holder[last] += 1
        path.write_text(json.dumps(value))
        with pytest.raises(InputError):
            load_graph(path)


def test_damaged_files(tmp_path):
    path = tmp_path / "graph.json"
    for text in ("", "[]", "{}", '{"version": 2}', "\x00"):
        path.write_text(text)
        with pytest.raises(InputError):
            load_graph(path)


def test_stages(tmp_path, capsys):
    chosen = toy_model()
    save_collection(tmp_path / "expressions.json", collection(chosen))
    save_dataset(tmp_path / "dataset.npz", toy_data(chosen))
    files = [
        *("--chosen", str(tmp_path / "expressions.json")),
        *("--dataset", str(tmp_path / "dataset.npz")),
        *("--graph", str(tmp_path / "graph.json")),
    ]
    build = ["build_graph", *files, "--precision", str(tmp_path / "p.json"), "--spec"]
    assert main([*build, '{"search": null}']) == 0
    outputs = ["--vectors", str(tmp_path / "v.npz"), "--reference", str(tmp_path / "r.json")]
    assert main(["evaluate_graph", *files, *outputs]) == 0
    result = json.loads((tmp_path / "r.json").read_text())
    assert result["vectors"] == 300
    assert result["accuracy_float_test"] == 1.0 and result["accuracy_test"] > 0.97
    assert result["rms_error"] < 0.035
    other = toy_data(chosen)._replace(feature_names=("f0", "f2", "f1"))
    save_dataset(tmp_path / "dataset.npz", other)
    assert main([*build, "{}"]) == 1
    assert "the feature_names f0, f1, f2; found f0, f2, f1 in" in capsys.readouterr().err
    save_dataset(tmp_path / "dataset.npz", toy_data(chosen))
    spec = '{"search": null, "precision": {"width": 4, "integer": 1}}'
    assert main([*build, spec]) == 0
    assert load_graph(tmp_path / "graph.json").precision["width"] == 4
    record = json.loads((tmp_path / "p.json").read_text())
    assert record["method"] == "uniform" and len(record["points"]) == 1
    assert main([*build, '{"search": null, "precision": {"width": 4, "integer": 4}}']) == 1
    assert "integer bits (4) must be below width (4)" in capsys.readouterr().err
