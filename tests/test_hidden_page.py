"""A small distillation of hidden charges by its stages: summary, page, and what they must say."""

from pathlib import Path

import jsonschema
import pytest

from symbolnet.artifact import load_schema, read_json
from symbolnet.config import DistilSpec, GraphTraining, JudgeSpec, LawSearch, Simulation
from symbolnet.pipeline.stages.distil_laws import distil_laws
from symbolnet.pipeline.stages.fit_directly import fit_directly
from symbolnet.pipeline.stages.judge_laws import judge_laws
from symbolnet.pipeline.stages.simulate_bodies import simulate_bodies
from symbolnet.pipeline.stages.train_graph_networks import train_graph_networks
from symbolnet.pipeline.stages.write_distil_report import write_distil_report

pytestmark = pytest.mark.slow
BODIES = Simulation(force="charge1", kinds=[0.5, -1.0, 1.5], limit=3.0, simulations=40, steps=200)
NETWORKS = GraphTraining(variants=["bottleneck"], hidden=16, node_hidden=16, batch=16, steps=300)
LAWS = LawSearch(graphs=100, states=80, terms=1)
JUDGE = JudgeSpec(simulations=8, states=60, rollouts=2, max_steps=300)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    distil = tmp_path_factory.mktemp("hidden")
    veiled, quick = distil / "veiled", distil / "veiled" / "quick"
    quick.mkdir(parents=True)
    moved, trained = veiled / "simulations.npz", quick / "network.safetensors"
    simulate_bodies(moved, BODIES)
    timing = quick / "training.json"
    train_graph_networks(moved, trained, quick / "errors.csv", timing, quick / "cp", NETWORKS)
    distil_laws(moved, trained, quick / "laws.json", LAWS)
    fit_directly(moved, veiled / "direct.json", LAWS)
    laws, direct = quick / "laws.json", veiled / "direct.json"
    judge_laws(moved, trained, laws, direct, quick / "judged.json", JUDGE)
    settings = {
        "systems": ["veiled"],
        "simulations": {"veiled": BODIES},
        "train": ["quick"],
        "networks": {"quick": NETWORKS},
        "laws": LAWS,
        "judge": JUDGE,
    }
    spec = DistilSpec.model_validate({"run": "hidden", "distil": settings})
    page = distil / "report" / "index.html"
    write_distil_report(spec, [moved], distil / "summary.json", page)
    return distil


def test_the_summary_has_what_each_found_with_and_without_the_charges(folder: Path) -> None:
    summary = read_json(folder / "summary.json")
    jsonschema.validate(summary, load_schema("distil_summary"))
    (system,) = summary["systems"]
    assert (system["kinds"], system["limit"]) == ([0.5, -1.0, 1.5], 3.0)
    (member,) = system["members"]
    assert set(member["published"].values()) == {None}  # the paper has no such system
    assert len(member["charges"]) == 3
    told = system["direct"]["told"]
    assert told["scores"]["error_trained"] < system["direct"]["scores"]["error_trained"]


def test_the_page_shows_them_side_by_side(folder: Path) -> None:
    (system,) = read_json(folder / "summary.json")["systems"]
    page = (folder / "report" / "index.html").read_text()
    hidden = page.partition('id="hidden"')[2].partition("</section>")[0]
    direct = system["direct"]
    for fit in (direct, direct["told"]):
        assert fit["front"][fit["chosen"]]["text"] in hidden
    assert "library, told the charges" in hidden and "law of bottleneck-0" in hidden
    assert "energy is not kept" in page
