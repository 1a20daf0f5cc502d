"""The page: whole, offline, readable by people and programs, and nothing that summary lacks."""

import html
import html.parser
import itertools
import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from report_case import RESULTS, SPEC, build, dataset, diverge
from symbolnet.artifact import read_json, write_json
from symbolnet.pipeline.cli import main
from symbolnet.pipeline.stages.write_report import write_report
from symbolnet.report.figures import front_figure, histogram_figure, read_history, sparsity_figure
from symbolnet.report.inputs import Inputs
from symbolnet.report.page import render
from symbolnet.report.plot import Axis, Series, axis, draw, legend
from symbolnet.report.published import published

VOID = {"meta", "link", "br"}
EVIL = '<script>alert("x")</script>&'


class Reader(html.parser.HTMLParser):
    """Collects tags, text, links and the headings, and checks that elements nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.text.append(data)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("page")
    paths = build(folder)
    write_report(SPEC, paths, folder / "summary.json", folder / "report/index.html")
    return folder, (folder / "report/index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def summary(written: tuple[Path, str]) -> dict[str, Any]:
    return read_json(written[0] / "summary.json", "summary")


def parsed(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def test_it_nests_and_its_parts_can_be_told_apart(written: tuple[Path, str]) -> None:
    tags = parsed(written[1]).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [a.get("href") or "" for tag, a in tags if tag == "a"]
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    levels = [int(tag[1]) for tag, _ in tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


def test_it_loads_nothing(written: tuple[Path, str]) -> None:
    for tag, attributes in parsed(written[1]).tags:
        for name in ("src", "srcset", "data", "poster", "xlink:href"):
            assert name not in attributes, (tag, name)
        if tag != "a" and "href" in attributes:
            assert attributes["href"] == "data:,"
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest", written[1])
    assert "default-src 'none'" in written[1]


def test_pictures_and_tables_have_words(written: tuple[Path, str]) -> None:
    tags = parsed(written[1]).tags
    for tag, attributes in tags:
        if tag == "svg":
            assert attributes.get("aria-label") or attributes.get("aria-hidden") == "true"
    count = [tag for tag, _ in tags]
    assert count.count("table") == count.count("caption") > 4
    assert all(a.get("scope") for tag, a in tags if tag == "th")


def test_every_model_and_its_figures_are_shown(
    written: tuple[Path, str], summary: dict[str, Any]
) -> None:
    text = "".join(parsed(written[1]).text)
    for model in summary["models"]:
        assert model["id"] in text
        assert f"{100 * model['expression_accuracy_test']:.1f}\u202f%" in text
        assert f"{100 * model['accuracy_validation']:.1f}\u202f%" in text
        assert f"{100 * model['expression_balanced_accuracy_test']:.1f}\u202f%" in text
    for row in summary["firmware"]:
        assert row["label"] in text
    counts = summary["firmware"][-1]
    assert f"{counts['lut']:,}" in text
    for artifact in summary["artifacts"]:
        assert artifact["path"] in text
    for digest in summary["environment"]["sha256"].values():
        assert digest in text


def test_budgets_targets_and_baselines_are_shown(
    written: tuple[Path, str], summary: dict[str, Any]
) -> None:
    text = "".join(parsed(written[1]).text)
    assert "at most 20" in text and "at most 1000" in text
    for row in summary["budgets"]["jets"]["rows"]:
        for cell in row["cells"]:
            assert cell is None or f"{100 * cell['accuracy_test']:.1f}\u202f%" in text
    for target in summary["targets"]:
        assert f"{target['kind']} sparsity{target['members']}" in text
        assert f"{target['largest_miss']:.4g}" in text
    for one in summary["baselines"]:
        assert f"baseline {one['id']}: accuracy" in text
    assert "baseline bumps (run here)" in text


@pytest.mark.slow
def test_many_models_are_folded_away_but_the_page_stays_small(
    written: tuple[Path, str], tmp_path: Path
) -> None:
    shutil.copytree(written[0], tmp_path, dirs_exist_ok=True)
    multiply_members(tmp_path / "training/jets/small", 50)
    paths = artifacts(tmp_path)
    write_report(SPEC, paths, tmp_path / "summary.json", tmp_path / "report/index.html")
    text = (tmp_path / "report/index.html").read_text(encoding="utf-8")
    found = read_json(tmp_path / "summary.json", "summary")
    assert len(found["models"]) == 200
    assert len(text.encode()) < 3_000_000
    parsed(text)
    folded = text[: text.index("The formulas of the front")].split("<details><summary>The other")[1]
    shown = {point["id"] for point in found["front"]["jets"]}
    for model in found["models"]:
        assert f'<th scope="row">{model["id"]}</th>' in text or model["id"] in shown
        assert (f'<th scope="row">{model["id"]}</th>' in folded) <= (model["id"] not in shown)


def test_warnings_stand_first_and_are_never_markup(
    written: tuple[Path, str], summary: dict[str, Any]
) -> None:
    assert summary["warnings"]  # 76 % by logistic regression, and less by the formulas
    text = written[1]
    assert text.index('id="warnings"') < text.index('id="formulas"')
    for one in summary["warnings"]:
        assert one["message"].split(" ", 1)[0] in text and one["place"] in text
    evil = {"kind": "leak", "dataset": "jets", "place": EVIL, "message": EVIL, "figures": {}}
    paths = Inputs(artifacts(written[0]))
    told = render(summary | {"warnings": [evil]}, paths)
    assert "<script>alert" not in told and "Read this first: 1 warning<" in told
    parsed(told)
    assert 'id="warnings"' not in render(summary | {"warnings": []}, paths)


def test_many_choices_are_rows_of_one_table_instead_of_tiles(
    written: tuple[Path, str], tmp_path: Path
) -> None:
    assert '<dl class="tiles">' in written[1] and "at a glance" not in written[1]
    shutil.copytree(written[0], tmp_path, dirs_exist_ok=True)
    names = ("best", "second", "third")
    for name in names[1:]:
        shutil.copytree(tmp_path / "firmware/jets/best", tmp_path / "firmware/jets" / name)
    spec = SPEC.model_copy(update={"choose": list(names)})
    write_report(spec, artifacts(tmp_path), tmp_path / "summary.json", tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    parsed(text)
    table = text.split("at a glance")[1].split("</table>")[0]
    assert '<dl class="tiles">' not in text
    assert [table.count(f'<th scope="row">{name}</th>') for name in names] == [1, 1, 1]
    counts = RESULTS["resources"]["runs"][0]["lut"]
    assert table.count(f'data-value="{counts}"') == 3
    assert table.count(f'data-value="{RESULTS["rtl"]["accuracy_test"]}"') == 3


def test_what_the_accuracy_of_the_hardware_hides_is_said(
    written: tuple[Path, str], summary: dict[str, Any]
) -> None:
    """A constant decision, the measures by class, and how many nodes have no proof."""
    text = html.unescape(re.sub(r"<[^>]+>", "", written[1]))
    assert "best decides every test row to be g" in text
    assert "20.0\u202f% in fixed point" in text
    assert "only 41 of 43 nodes proved" in text
    (row,) = [one for one in summary["firmware"] if one["kind"] == "reference"]
    assert (row["one_class"], row["balanced_accuracy_test"]) == ("g", 0.2)
    assert (row["auc_mean"], row["auc_float_mean"]) == (pytest.approx(0.63), pytest.approx(0.73))
    (front,) = summary["firmware_front"]["jets"]
    assert front["measure"] == "auc" and front["one_class"] == "g"


def test_members_asked_for_a_complexity_instead_of_sparsities(
    written: tuple[Path, str], tmp_path: Path
) -> None:
    shutil.copytree(written[0], tmp_path, dirs_exist_ok=True)
    members = tmp_path / "training/jets/small/members.json"
    value = read_json(members)
    value["members"] = [
        one | {"targets": None, "complexity_target": 7.5} for one in value["members"]
    ]
    write_json(members, value, "members")
    write_report(SPEC, artifacts(tmp_path), tmp_path / "summary.json", tmp_path / "index.html")
    text = "".join(parsed((tmp_path / "index.html").read_text()).text)
    (target,) = read_json(tmp_path / "summary.json", "summary")["targets"]
    assert target["kind"] == "complexity" and target["asked"] == 7.5
    assert f"{target['reached']:.4g}" in text and "(7.5)" in text


def artifacts(folder: Path) -> list[Path]:
    names = {"history.csv", "dataset.npz"}
    return sorted(
        path
        for part in ("data", "training", "peers", "references", "rivals", "firmware")
        for path in (folder / part).rglob("*")
        if path.name in names or path.suffix in (".tex", ".py", ".c", ".json", ".v")
    )


def multiply_members(folder: Path, times: int) -> None:
    """Repeat the members of a training under new ids."""
    for name in ("members", "metrics", "expressions"):
        value = read_json(folder / f"{name}.json")
        value["members"] = [
            one | {"id": f"{one['id']}{'' if k == 0 else f'-{k}'}"}
            for k in range(times)
            for one in value["members"]
        ]
        write_json(folder / f"{name}.json", value)


def test_every_class_has_its_formula_as_mathml_latex_and_python(
    written: tuple[Path, str],
) -> None:
    text = written[1]
    for name in "gqwzt":
        assert f'aria-label="Formula of class {name}"' in text
    for formula in re.findall(r"<math>.*?</math>", text, re.DOTALL):
        ET.fromstring(formula)
    folder = written[0] / "firmware/jets/best"
    shown = "".join(parsed(text).text)
    for name in ("expressions.tex", "expressions.py", "expressions.c", "rtl/src/symbolnet.v"):
        assert (folder / name).read_text().strip() in shown
    for name in ("rtl/vhdl/symbolnet.vhd", "testbench/README.txt"):
        assert f'href="../firmware/jets/best/{name}"' in text


def test_formulas_stand_in_the_units_of_the_data_too(written: tuple[Path, str]) -> None:
    chosen = read_json(written[0] / "firmware/jets/best/expressions.json")["members"][0]
    raw, nodes = chosen["raw"]["complexity_mean"], chosen["complexity_mean"]
    told = f"In the units of the data: complexity {raw:.1f} instead of {nodes:.1f}"
    assert told in "".join(parsed(written[1]).text)
    for name in "gqwzt":
        assert f'aria-label="Formula of class {name}, in the units of the data"' in written[1]


def test_what_the_chosen_model_does_is_shown(written: tuple[Path, str]) -> None:
    found = read_json(written[0] / "firmware/jets/best/explanation.json")
    text = "".join(parsed(written[1]).text)
    section = text[text.index("Inputs and classes: what") : text.index("Sparsity is the share")]
    for row in found["confusion"]:
        assert "".join(str(count) for count in row) in section
    for one in found["inputs"]:
        for k in one["used_by"]:
            shown = f"{abs(one['influence'][k]):.3f}"
            assert shown in section or shown == "0.000"
        assert f"Outputs against {one['name']}, all other inputs" in written[1]
    assert "of\nthe scores." in section


def test_the_graph_is_drawn_and_said(written: tuple[Path, str]) -> None:
    graph = read_json(written[0] / "firmware/jets/best/graph.json")
    drawing = written[1][written[1].index('<svg class="circuit"') :]
    drawing = drawing[: drawing.index("</svg>") + 6]
    assert drawing.count("<rect") == len(graph["nodes"])
    ET.fromstring(drawing)


def test_ports_are_listed_by_name(written: tuple[Path, str]) -> None:
    text = re.sub(r"<td[^>]*>", "<td> ", written[1])
    text = " ".join("".join(parsed(text).text).split())
    assert "x_mass <mass> 11…7 yes 2 -9…11 0.25 4.5" in text
    assert "y_top <mass> 11…7 yes -3 -9…11 – –" in text
    assert "raw to word" in text and "Classes: <top>, &." in text


def test_designs_through_one_flow_are_compared(
    written: tuple[Path, str], summary: dict[str, Any]
) -> None:
    text = "".join(parsed(written[1]).text)
    designs = summary["comparison"]["jets"]
    for one in [*designs["symbolic"], *designs["rivals"]]:
        score = f"{100 * one['accuracy_test']:.2f}\u202f%"
        assert f"{one['name']}: accuracy {score} with {one['lut']:,} LUT" in written[1]
        assert f"{one['lut']:,}" in text
    assert "quantised MLP" in text and "oblivious trees" in text


def test_proof_and_clock_rate_are_said_with_their_part(written: tuple[Path, str]) -> None:
    text = " ".join("".join(parsed(written[1]).text).split())
    for told in (
        "only 41 of 43 nodes proved",
        "only 8 of 9 output bits proved",
        "from the Verilog itself",
        "1 of 1 nodes proved",
        "not checked: GHDL is not installed",
        "100 test rows, 20 corners",
    ):
        assert told in text
    assert 'best/bitwise_proof.json"' in written[1]
    assert "verify --deep results/" in text and 'best/netlist_proof.json"' in written[1]
    assert "208.0 to 213.0 MHz over 3 seeds, with 1 adder level per stage" in text
    assert "a latency of 14 cycles (placed here, 1.2, ECP5, not the Virtex)" in text


def test_what_the_nodes_cost_is_shown(written: tuple[Path, str]) -> None:
    text = "".join(parsed(written[1]).text)
    assert "Sum of the nodes: 17 LUT; the whole design: 1,234 LUT." in text
    assert written[1].count("17 LUT alone</title>") == 1


def test_links_lead_to_the_artifacts(written: tuple[Path, str], summary: dict[str, Any]) -> None:
    hrefs = [a.get("href") or "" for tag, a in parsed(written[1]).tags if tag == "a"]
    files = [link for link in hrefs if link.startswith("../")]
    assert {f"../{one['path']}" for one in summary["artifacts"]} <= set(files)
    for link in files:
        assert (written[0] / "report" / link).resolve().is_file(), link


def test_long_verilog_is_left_to_its_link(written: tuple[Path, str], tmp_path: Path) -> None:
    shutil.copytree(written[0], tmp_path, dirs_exist_ok=True)
    verilog = tmp_path / "firmware/jets/best/rtl/src/symbolnet.v"
    verilog.write_text("// unlikely text\n" + "wire w;\n" * 12_000)
    write_report(SPEC, artifacts(tmp_path), tmp_path / "summary.json", tmp_path / "index.html")
    text = (tmp_path / "index.html").read_text()
    assert "unlikely text" not in text and "not shown here" in text
    assert "../firmware/jets/best/rtl/src/symbolnet.v" in text


def test_a_decision_has_no_distance_but_a_share_of_equal_classes(
    written: tuple[Path, str], tmp_path: Path
) -> None:
    shutil.copytree(written[0], tmp_path, dirs_exist_ok=True)
    path = tmp_path / "firmware/jets/best/reference.json"
    changed = {"max_error": None, "rms_error": None, "same_class": 0.9876}
    write_json(path, read_json(path) | changed, "firmware")
    write_report(SPEC, artifacts(tmp_path), tmp_path / "summary.json", tmp_path / "index.html")
    words = "the class of the formulas in floating point on 98.76"
    assert words in (tmp_path / "index.html").read_text() and words not in written[1]
    first = read_json(tmp_path / "summary.json", "summary")["firmware"][0]
    assert first["same_class"] == 0.9876 and first["max_error"] is None


def test_published_figures_say_so(written: tuple[Path, str]) -> None:
    assert "SymbolNet (published)" in written[1]
    assert "EQL with multistage pruning, published: accuracy 0.668 at complexity 27" in written[1]


def test_published_tables_stand_beside_ours(written: tuple[Path, str]) -> None:
    section = written[1].partition('<section id="published"')[2].partition("</section>")[0]
    rows = [re.sub(r"<[^>]+>|\s+", " ", row) for row in section.split("<tr>")]
    published = [row for row in rows if "SymbolNet published" in " ".join(row.split())]
    assert len(published) == 1 and published[0].count("%") == 11 and "71.5" in published[0]
    assert sum("this run" in row for row in rows) >= 4
    (own,) = (" ".join(row.split()) for row in rows if "choice “best” " in row and "nodes" in row)
    assert own.count("nodes") == 6
    assert any("choice “best”" in row and "1,234" in row and "7 cycles" in row for row in rows)
    assert any("KANELE smaller" in row and "166" in row for row in rows)


def test_a_run_of_generated_jets_leads_with_what_it_shows(written: tuple[Path, str]) -> None:
    top = written[1].partition("<dl class=")[2].partition("</dl>")[0]
    assert top.index("Lookup tables") < top.index("Test accuracy")
    assert "The jets were generated by this run: its accuracy is of these" in written[1]


def test_it_is_small_and_holds_no_path_of_this_machine(written: tuple[Path, str]) -> None:
    assert len(written[1].encode()) < 3_000_000
    assert str(written[0]) not in written[1]


ODD = (
    *(EVIL, "mass", "multiplicity", "p1_2", "Δη", "pt<5", "a|b", "size\n(mm)", "E", "lambda"),
    *("__class__", "a b", "a_b", "*/", "{0} %s", "'\"\\"),
)


def test_names_are_never_markup_nor_symbols(tmp_path: Path) -> None:
    names = ODD
    paths = build(tmp_path, dataset(names))
    write_report(SPEC, paths, tmp_path / "summary.json", tmp_path / "index.html")
    text = (tmp_path / "index.html").read_text()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text
    page = parsed(text)
    assert [tag for tag, _ in page.tags].count("script") == 1
    shown = {" ".join(one.split()) for one in page.text}
    assert {" ".join(name.split()) for name in ODD} <= shown
    assert "mMDT" not in text and "<msubsup>" not in text


def test_a_diverged_model_has_a_row_and_a_run_without_choices_a_page(tmp_path: Path) -> None:
    paths = build(tmp_path)
    diverge(tmp_path)
    paths = [path for path in paths if "firmware" not in path.parts]
    spec = SPEC.model_copy(update={"choose": []})
    write_report(spec, paths, tmp_path / "summary.json", tmp_path / "index.html")
    text = "".join(parsed((tmp_path / "index.html").read_text()).text)
    assert all(f"small-00{k}" in text for k in range(4))


def test_the_verb_writes_both(written: tuple[Path, str], tmp_path: Path) -> None:
    inputs = [
        str(p)
        for p in written[0].rglob("*")
        if p.suffix
        in (".npz", ".csv", ".json", ".tex", ".py", ".c", ".v", ".vhd", ".txt", ".safetensors")
    ]
    inputs = [name for name in inputs if not name.endswith("summary.json")]
    page = tmp_path / "index.html"
    arguments = ["--summary", str(tmp_path / "s.json"), "--page", str(page)]
    assert (
        main(["write_report", "--inputs", *inputs, *arguments, "--spec", SPEC.model_dump_json()])
        == 0
    )
    assert page.read_text() == written[1]


def test_an_unreadable_summary_stops_before_the_page(tmp_path: Path, capsys: Any) -> None:
    arguments = ["--inputs", str(tmp_path / "data/jets/dataset.npz")]
    files = ["--summary", str(tmp_path / "s.json"), "--page", str(tmp_path / "p.html")]
    assert main(["write_report", *arguments, *files, "--spec", "{}"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_ticks_are_round_and_inside() -> None:
    assert Axis(0, 1).ticks(5) == [0, 0.2, 0.4, 0.6, 0.8, 1]
    assert Axis(5, 151, log=True).ticks(6) == [5, 10, 20, 50, 100]
    assert Axis(1, 100, log=True).place(10) == pytest.approx(0.5)


def test_axes_survive_what_cannot_be_drawn() -> None:
    assert axis([]).low < axis([]).high
    assert axis([3.0]).low < 3 < axis([3.0]).high
    assert axis([float("nan"), 1, 2]).high < 3
    assert axis([-1, 0, 10], log=True).low > 0


def test_a_gap_interrupts_a_line() -> None:
    drawn = draw("t", Axis(0, 3), Axis(0, 1), [Series("s", [0, 1, 2, 3], [0, float("nan"), 1, 1])])
    path = re.search(r'class="line c0" d="([^"]*)"', drawn)
    assert path and path[1].count("M") == 2


def test_labels_are_escaped() -> None:
    series = Series(EVIL, [1], [1], "c0", "points", titles=[EVIL])
    drawn = draw(EVIL, Axis(0, 2, EVIL), Axis(0, 2, EVIL), [series]) + legend([series])
    assert "<script>" not in drawn
    ET.fromstring(f"<div>{drawn}</div>")


def test_a_histogram_of_nothing_and_a_front_of_nothing_are_drawn() -> None:
    empty = {"edges": [0.0, 1.0, 2.0], "counts": {"a": [0, 0], "b": [1, 3]}}
    ET.fromstring(str(histogram_figure("x", empty, ["a", "b"])))
    ET.fromstring(f"<div>{front_figure([], [], published(16, tuple('gqwzt')))}</div>")
    ET.fromstring(f"<div>{front_figure([], [], None)}</div>")


def test_classes_keep_their_colours_whatever_the_order_in_the_file() -> None:
    histogram = {"edges": [0.0, 1.0, 2.0], "counts": {"a": [4, 0], "z": [0, 4]}}
    drawn = str(histogram_figure("x", histogram, ["z", "a"]))
    first, second = re.findall(r'class="line (c\d)" d="M[\d.]+ ([\d.]+)', drawn)
    assert (first[0], second[0]) == ("c0", "c1")
    assert float(first[1]) > float(second[1])  # z starts at zero, so lower on the page


def test_a_history_is_read_by_member_and_thinned_but_for_its_end(tmp_path: Path) -> None:
    kinds = ("input", "weight", "unary", "binary")
    head = ["member", "epoch", "loss", "loss_mse", "accuracy_validation"]
    lines = [",".join([*head, *(f"sparsity_{kind}" for kind in kinds)])]
    lines += [f"m,{epoch},nan,0.2,0.5,0,{epoch / 1000},0,0" for epoch in range(1, 1001)]
    path = tmp_path / "history.csv"
    path.write_text("\n".join(lines) + "\n")
    history = read_history(path)["m"]
    assert len(history["epoch"]) == 1000
    drawn = sparsity_figure("m", history, dict.fromkeys(kinds, 0.5))
    assert len(drawn) < 20_000
    assert re.search(r"L468 8\b|L468 1\d", drawn)
