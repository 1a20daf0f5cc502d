"""Trees and their JSON: order, sharing, exact round trips, refusal of damaged files."""

import copy
import json
import random

import numpy as np
import pytest

from expression_cases import CLASSES, INPUTS, random_inputs, random_network
from symbolnet.errors import InputError
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.extract import extract
from symbolnet.expression.store import (
    Collection,
    from_graph,
    load_collection,
    load_expressions,
    save_collection,
    to_graph,
)
from symbolnet.expression.tree import Apply, Constant, Variable, distinct, variables

NAMES = tuple(f"feature {i}" for i in range(INPUTS)), tuple("abc"[:CLASSES])


def collection(*seeds: int) -> Collection:
    members = tuple(extract(f"m{seed}", random_network(seed), 2) for seed in seeds)
    return Collection(2, *NAMES, members)


@pytest.fixture
def document(tmp_path):
    save_collection(tmp_path / "e.json", collection(1, 2))
    return json.loads((tmp_path / "e.json").read_text())


def test_distinct_lists_arguments_first_and_each_subtree_once():
    unit = Apply("sin", (Variable(3),))
    same = Apply("sin", (Variable(3),))
    tree = Apply("Add", (Apply("Mul", (Constant(2), unit)), same, Variable(3)))
    nodes = distinct([tree, unit])
    assert len(nodes) == 5 and nodes[-1] == tree
    assert nodes.index(Variable(3)) < nodes.index(unit) < nodes.index(tree)
    assert variables([tree]) == [3]


def test_a_tree_a_million_nodes_wide_and_thousands_deep_is_walked():
    tree = Variable(0)
    for _ in range(5000):
        tree = Apply("sin", (tree,))
    assert len(distinct([tree])) == 5001
    for _ in range(200):
        tree = Apply("Add", (tree, tree))
    assert len(distinct([tree])) == 5201
    assert np.isfinite(evaluate([tree], np.zeros((3, 1)))).all()


@pytest.mark.parametrize("seed", range(30))
def test_json_round_trip_is_exact(seed, tmp_path):
    before = collection(seed, seed + 1)
    save_collection(tmp_path / "e.json", before)
    after = load_collection(tmp_path / "e.json")
    assert after == before
    assert repr(after) == repr(before)  # ints stay ints
    x = random_inputs(seed)
    for one, two in zip(before.members, after.members, strict=True):
        np.testing.assert_array_equal(evaluate(one.unrolled, x), evaluate(two.unrolled, x))
    save_collection(tmp_path / "again.json", after)
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "e.json").read_bytes()


def test_the_file_of_a_chosen_model(tmp_path):
    save_collection(tmp_path / "one.json", collection(4))
    chosen = load_expressions(tmp_path / "one.json")
    assert chosen.model == "m4" and chosen.feature_names == NAMES[0]
    save_collection(tmp_path / "two.json", collection(4, 5))
    with pytest.raises(InputError, match="chosen model"):
        load_expressions(tmp_path / "two.json")


def test_a_diverged_member_is_kept_as_such(tmp_path):
    network = random_network(1)
    broken = network._replace(output_bias=network.output_bias * np.nan)
    member = extract("bad", broken, 2)
    assert "diverged" in member.diverged
    save_collection(tmp_path / "e.json", Collection(2, *NAMES, (member,)))
    assert load_collection(tmp_path / "e.json").members == (member,)
    with pytest.raises(InputError, match="bad"):
        load_expressions(tmp_path / "e.json")


def nodes_of(document):
    return document["members"][0]["rounded"]["nodes"]


def first(document, kind):
    return next(node for node in nodes_of(document) if kind in node)


DAMAGES = {
    "forward": lambda d: first(d, "to")["to"].__setitem__(0, len(nodes_of(d))),
    "self": lambda d: first(d, "to")["to"].__setitem__(0, nodes_of(d).index(first(d, "to"))),
    "negative": lambda d: first(d, "to")["to"].__setitem__(0, -1),
    "fraction": lambda d: first(d, "to")["to"].__setitem__(0, 0.5),
    "arity": lambda d: first(d, "to")["to"].extend([0] * 3 + [len(nodes_of(d))]),
    "no argument": lambda d: first(d, "to")["to"].clear(),
    "symbol": lambda d: first(d, "apply").update(apply="__import__"),
    "nan": lambda d: first(d, "constant").update(constant=float("nan")),
    "infinity": lambda d: first(d, "constant").update(constant=float("inf")),
    "huge": lambda d: first(d, "constant").update(constant=10**400),
    "text": lambda d: first(d, "constant").update(constant="1"),
    "truth": lambda d: first(d, "constant").update(constant=True),
    "variable": lambda d: first(d, "variable").update(variable=INPUTS),
    "two kinds": lambda d: first(d, "variable").update(constant=1),
    "no kind": lambda d: nodes_of(d).insert(0, {}),
    "to alone": lambda d: nodes_of(d).insert(0, {"to": [0]}),
    "output": lambda d: d["members"][0]["rounded"]["outputs"].__setitem__(0, len(nodes_of(d))),
    "outputs": lambda d: d["members"][0]["rounded"]["outputs"].append(0),
    "complexity": lambda d: d["members"][0]["complexity"].__setitem__(0, 9999),
    "twice": lambda d: d["members"].append(d["members"][0]),
    "missing": lambda d: d["members"][0].pop("unrolled"),
    "null": lambda d: d["members"][0].update(unrolled=None),
    "contract": lambda d: d.update(contract=2),
    "more": lambda d: d.update(more=1),
    "no members": lambda d: d["members"].clear(),
    "classes": lambda d: d["class_names"].append("z"),
}


@pytest.mark.parametrize("damage", sorted(DAMAGES))
def test_damaged_files_are_refused(damage, document, tmp_path):
    DAMAGES[damage](document)
    (tmp_path / "bad.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"bad\.json"):
        load_collection(tmp_path / "bad.json")


@pytest.mark.parametrize("seed", range(100))
def test_mutated_files_load_equal_or_are_refused(seed, document, tmp_path):
    rng = random.Random(seed)
    text = json.dumps(document)
    place = rng.randrange(len(text))
    mutated = text[:place] + rng.choice('0129-.,[]{}":eENax \x00') + text[place + 1 :]
    (tmp_path / "m.json").write_text(mutated)
    try:
        loaded = load_collection(tmp_path / "m.json")
    except InputError as error:
        assert "\n" not in str(error)
    else:
        save_collection(tmp_path / "n.json", loaded)


def test_a_graph_holds_no_text_to_evaluate():
    graph = to_graph([Apply("Pow", (Variable(0), Constant(2)))])
    bad = copy.deepcopy(graph)
    bad["nodes"][0]["variable"] = 7
    with pytest.raises(InputError, match="here, node 0"):
        from_graph(bad, 3, "here")
