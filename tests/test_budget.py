"""Choices with a limit of LUTs: member, formats, and what Yosys counts."""

import json

import pytest

from circuits import X0, X1, X2, expression_set, gauss, mul, toy_data, toy_model
from symbolnet.artifact import read_json
from symbolnet.config import LutBudget
from symbolnet.data.dataset import save_dataset
from symbolnet.errors import InputError
from symbolnet.expression.store import Collection, Extracted, load_expressions, save_collection
from symbolnet.firmware.build.formats import Format
from symbolnet.firmware.build.parts import datapath_of
from symbolnet.firmware.evidence import built
from symbolnet.firmware.graph.graph import load_graph
from symbolnet.firmware.search import shortlist
from symbolnet.firmware.search.points import Point, Searched, load_search, save_searches, useful
from symbolnet.firmware.search.walk import search
from symbolnet.pipeline.cli import main

LARGE = toy_model()
SMALL = expression_set(X0, mul(0.3, X1), gauss(X2))._replace(model="small")
DATA = toy_data(LARGE, rows=400)
DATAPATH = datapath_of(LARGE, DATA.x_train)


def searched(name, *points):
    forms, groups = (Format(1, 2, 3, 4), Format(5, farther=(0, 7))), ((2, 0, 5),)
    made = [Point(forms, luts, 0.5, a, a, a, 0.0, 0.0, groups=groups) for luts, a in points]
    return Searched(name, made, 0.8, 0.8, 1.0)


def test_member_and_formats_are_chosen_together():
    cheap, dear = searched("a", (300, 0.8), (100, 0.7)), searched("b", (900, 0.9), (150, 0.6))
    assert [shortlist.choose_member([cheap, dear], n) for n in (130, 500, 2000)] == ["a", "a", "b"]
    with pytest.raises(InputError, match="an estimate of 100 for the smallest"):
        shortlist.choose_member([cheap, dear], 50)


def test_searches_survive_their_file(tmp_path):
    found = searched("a", (300.5, 0.8), (100, 0.7))
    save_searches(tmp_path / "formats.json", [found])
    assert load_search(tmp_path / "formats.json", "a") == found
    with pytest.raises(InputError, match="a search of b"):
        load_search(tmp_path / "formats.json", "b")


def test_candidates_are_members_that_no_smaller_one_equals(monkeypatch):
    figures = {"a": (300, 0.7), "b": (100, 0.6), "c": (200, 0.55), "d": (400, 0.7)}
    monkeypatch.setattr(
        shortlist, "_generous_luts", lambda member, *_: figures[member.chosen.model][0]
    )
    monkeypatch.setattr(shortlist, "_worth", lambda member, *_: figures[member.chosen.model][1])
    members = [DATAPATH._replace(chosen=LARGE._replace(model=name)) for name in figures]
    kept = shortlist.candidates(members, DATA)
    assert [member.chosen.model for member in kept] == ["b", "a"]


def test_the_limit_holds_for_counted_luts(tmp_path, monkeypatch):
    counted, points = [], useful(search(DATAPATH, DATA).points)
    limit = int(points[len(points) // 4].luts)

    def count(graph, settings, folder):
        counted.append(graph)
        return limit * 3 // (1 + 2 * len(counted)) if len(counted) > 1 else limit + 50

    monkeypatch.setattr(built, "_count", count)
    settings = LutBudget(lut_max=limit)
    found = built.within(DATAPATH, points, settings, tmp_path)
    assert found.lut <= limit and len(counted) == 2 and found.graph is counted[-1]
    with pytest.raises(InputError, match="raise `lut_max`"):
        built.within(DATAPATH, points, LutBudget(lut_max=1), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("argmax", [{}, {"argmax": True}], ids=["scores", "class"])
def test_stages(argmax, tmp_path):
    """Two members, one search, and a graph that Yosys counts within the limit."""
    members = tuple(Extracted(m.model, None, m.expressions, m.expressions) for m in (LARGE, SMALL))
    collection = Collection(2, LARGE.feature_names, LARGE.class_names, members)
    files = {
        name: tmp_path / f"{name}.json"
        for name in ("expressions", "metrics", "formats", "chosen", "graph", "precision")
    }
    save_collection(files["expressions"], collection)
    dataset = str(tmp_path / "dataset.npz")
    save_dataset(tmp_path / "dataset.npz", DATA)

    def options(*names):
        return [part for name in names for part in (f"--{name}", str(files[name]))]

    shared = ["--dataset", dataset]
    options_of_search = [*options("expressions", "formats"), "--spec", json.dumps(argmax)]
    assert main(["search_formats", *options_of_search, *shared]) == 0
    found = {one["id"] for one in read_json(files["formats"], "formats")["members"]}
    assert "toy" in found
    save_collection(files["chosen"], collection._replace(members=members[:1]))
    spec = json.dumps({"budget": {"lut_max": 150}} | argmax)
    names = options("chosen", "graph", "precision", "formats")
    assert main(["build_graph", *names, *shared, "--spec", spec]) == 0
    record = read_json(files["precision"], "precision")
    assert 0 < record["luts_counted"] <= 150 == record["lut_max"]
    assert sum(point["chosen"] for point in record["points"]) == 1
    assert (load_graph(files["graph"]).decision() is not None) == bool(argmax)
    assert load_graph(files["graph"]).model == load_expressions(files["chosen"]).model
