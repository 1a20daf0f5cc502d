"""Tables of several inputs, and entries on the better side: what they compute, cost and prove."""

import numpy as np
import pytest

from circuits import X0, X1, X2, add, apply, expression_set, gauss, mul, toy_data
from symbolnet.artifact import write_arrays
from symbolnet.config import Firmware
from symbolnet.errors import InputError
from symbolnet.expression.tree import Constant
from symbolnet.firmware.build.formats import Format, assemble
from symbolnet.firmware.build.parts import Field, Joint, Product, Sum, datapath_of, regrouped
from symbolnet.firmware.emit.rtl import write_rtl
from symbolnet.firmware.evidence.synthesis import synthesise
from symbolnet.firmware.graph.graph import Linear, Multiply, Table, save_graph
from symbolnet.firmware.graph.reference import (
    corner_ports,
    input_mantissas,
    real_outputs,
    run,
)
from symbolnet.firmware.proof.certificate import prove
from symbolnet.firmware.search import walk
from symbolnet.firmware.search.estimate import node_luts
from symbolnet.firmware.search.joining import Proposal, joined, proposals
from symbolnet.firmware.search.moves import generous
from symbolnet.firmware.search.points import best_below, graph_at
from symbolnet.firmware.search.trial import Trial

MIXED = expression_set(
    add(mul(0.75, X0, X1), gauss(X0), mul(0.5, apply("tanh", add(X0, mul(0.5, X1)))), 0.3),
    add(mul(0.6, apply("tanh", X2)), mul(-0.4, gauss(X1)), mul(0.3, X0, X2)),
)
DATA = toy_data(MIXED, 1500)
GROUP = (0, 0, 1)


def _joint_graph(fractions=(1, 1), bits=(3, 3), entries=5):
    """Return the graph of MIXED whose first class is one table of x0 and x1."""
    datapath = regrouped(datapath_of(MIXED, DATA.x_train), (GROUP,))
    formats = []
    for part, form in zip(datapath.parts, generous(datapath), strict=True):
        if isinstance(part, Field):
            form = Format(bits[part.variable])
        elif isinstance(part, Joint):
            form = Format(fraction=entries)
        elif type(part).__name__ == "Port" and part.variable < 2:
            fraction = fractions[part.variable]
            form = Format(3, fraction, -4)
        formats.append(form)
    return datapath, assemble(datapath, formats)


@pytest.mark.parametrize("fractions", [(1, 1), (2, 0), (0, 3)])
def test_a_joint_table_is_the_formula_at_every_pair_of_its_inputs(fractions):
    _, graph = _joint_graph(fractions)
    ports = [node for node in graph.inputs() if node.variable < 2]
    values = [np.arange(p.interval[0], p.interval[1] + 1) * p.format.step for p in ports]
    x = np.zeros((values[0].size * values[1].size, 3), np.float32)
    x[:, :2] = np.stack(np.meshgrid(*values, indexing="ij"), axis=-1).reshape(-1, 2)
    found = real_outputs(graph, run(graph, input_mantissas(graph, x)))[:, 0]
    a, b = x[:, 0].astype(float), x[:, 1].astype(float)
    true = 0.75 * a * b + np.exp(-(a**2)) + 0.5 * np.tanh(a + 0.5 * b) + 0.3
    seen = DATA.x_train.astype(float)
    reached = 0.75 * seen[:, 0] * seen[:, 1] + np.exp(-(seen[:, 0] ** 2)) + 0.3
    reached += 0.5 * np.tanh(seen[:, 0] + 0.5 * seen[:, 1])
    assert np.abs(found - np.clip(true, reached.min(), reached.max())).max() <= 2.0**-6


def test_what_is_joined_needs_no_adder_and_no_multiplier():
    datapath, graph = _joint_graph()
    before = assemble(datapath_of(MIXED, DATA.x_train), generous(datapath_of(MIXED, DATA.x_train)))
    multipliers = [sum(isinstance(n, Multiply) for n in g.nodes) for g in (before, graph)]
    assert multipliers == [2, 1]  # the other class keeps its own
    assert not any(isinstance(part, Sum) for part in datapath.parts)
    assert sum(isinstance(part, Product) for part in datapath.parts) == 1
    (address,) = [
        place
        for place, node in enumerate(graph.nodes)
        if isinstance(node, Linear)
        and any(isinstance(n, Table) and n.sources == (place,) for n in graph.nodes)
    ]
    assert node_luts(graph)[address] == 0.0


def test_fields_side_by_side_take_no_lut_and_are_proved(tmp_path):
    _, graph = _joint_graph(entries=3)
    save_graph(tmp_path / "graph.json", graph)
    write_rtl(graph, tmp_path / "rtl", Firmware(stage_depth=-1))
    ports, corners = input_mantissas(graph, DATA.x_train[:50]), corner_ports(graph, 8)
    arrays = {"ports": ports, "outputs": run(graph, ports)}
    arrays |= {"corner_ports": corners, "corner_outputs": run(graph, corners)}
    write_arrays(tmp_path / "vectors.npz", arrays)
    made = prove(tmp_path / "graph.json", tmp_path / "rtl")
    assert made["nodes_proved"] == made["nodes_total"]
    lut = synthesise(tmp_path / "rtl", tmp_path / "yosys", dsp=False, bram=False).counts["lut"]
    assert lut <= 1.15 * sum(node_luts(graph))


def test_proposals_are_pairs_of_tables_and_tables_of_sums():
    datapath = datapath_of(MIXED, DATA.x_train)
    narrow = [
        form._replace(bits=min(form.bits, 3)) if form.bits else form for form in generous(datapath)
    ]
    groups = {proposal.group for proposal in proposals(datapath, narrow)}
    # x0, x1 and x2 would take ten bits: x0 addresses no table of the second class, and gets four
    assert groups == {(0, 0, 1), (1, 0, 2), (1, 1, 2)}
    assert not set(proposals(datapath, generous(datapath))) - set(proposals(datapath, narrow))


def test_joining_keeps_the_formats_of_all_other_parts():
    datapath = datapath_of(MIXED, DATA.x_train)
    formats = generous(datapath)
    made = joined(datapath, formats, Proposal(GROUP, (4, 3), 5))
    for new, old in made.before.items():
        assert made.formats[new] == formats[old]
        assert type(made.datapath.parts[new]) is type(datapath.parts[old])
    fresh = [made.datapath.parts[p] for p in range(len(made.formats)) if p not in made.before]
    assert {type(part).__name__ for part in fresh} == {"Field", "Joint", "Score"}
    trial = Trial(made.datapath, DATA.x_train)
    known = Trial(datapath, DATA.x_train).signals(formats)
    kept = {new: known[old] for new, old in made.before.items()}
    some, every = trial.signals(made.formats, kept), trial.signals(made.formats)
    for place, signal in every.items():
        assert np.array_equal(signal.mantissas, some[place].mantissas)


def test_an_undefined_joint_table_is_refused():
    chosen = expression_set(
        apply("Pow", add(X0, X1, 30.0), -1), add(mul(0.5, X0), mul(0.25, X1)), Constant(0.5)
    )
    data = toy_data(chosen)
    datapath = datapath_of(chosen, data.x_train)
    low = joined(datapath, generous(datapath), Proposal(GROUP, (2, 2), 5))
    Trial(low.datapath, data.x_train).signals(low.formats)
    wrong = expression_set(apply("Pow", add(X0, X1), -1), add(mul(0.5, X0), X1), Constant(0.5))
    made = regrouped(datapath_of(wrong, data.x_train), (GROUP,))
    with pytest.raises(InputError, match="a division by a range without 0"):
        assemble(made, generous(made))


@pytest.fixture(scope="module")
def fronts():
    """Return the searches without and with joint tables."""
    rng = np.random.default_rng(3)

    def noisy(y):
        return np.where(rng.random(len(y)) < 0.2, 1 - y, y)

    data = DATA._replace(y_train=noisy(DATA.y_train), y_validation=noisy(DATA.y_validation))
    datapath = datapath_of(MIXED, data.x_train)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(walk, "proposals", lambda *_: [])
        alone = walk.search(datapath, data)
    return datapath, data, alone, walk.search(datapath, data)


def test_a_search_takes_joint_tables_where_they_save(fronts):
    _, _, alone, together = fronts
    limit = min(point.luts for point in alone.points)
    best = best_below(together.points, limit)
    assert best is not None and best.groups
    assert best.luts < limit or best.worth() > best_below(alone.points, limit).worth()


def test_points_with_joint_tables_hold_in_the_graph(fronts):
    datapath, data, _, together = fronts
    x = np.concatenate([data.x_train[1::2], data.x_validation])  # the other half chose entries
    y = np.concatenate([data.y_train[1::2], data.y_validation])
    for point in together.points[::5]:
        graph = graph_at(datapath, point)
        scores = real_outputs(graph, run(graph, input_mantissas(graph, x)))
        assert (scores.argmax(axis=1) == y).mean() == pytest.approx(point.accuracy)
        assert sum(node_luts(graph)) <= point.luts + 1e-6  # equal nodes are one in the graph
