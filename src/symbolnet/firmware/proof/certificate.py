"""The certificate: every node of a graph proved against the emitted Verilog, and its re-check."""

import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

from symbolnet.artifact import read_arrays, read_json, sha256
from symbolnet.errors import InputError, ToolError
from symbolnet.firmware.emit.interface import Layout, bits_of, clock_edges
from symbolnet.firmware.graph.graph import Graph, Input, Output, Table, load_graph, sources
from symbolnet.firmware.graph.reference import run
from symbolnet.firmware.proof.design_terms import DesignTerms, words_by_form
from symbolnet.firmware.proof.emitted import Design, read_design, yosys_version
from symbolnet.firmware.proof.graph_terms import node_form
from symbolnet.firmware.proof.lemmas import prove_lemmas
from symbolnet.firmware.proof.terms import Form, Terms, scaled

DATA = ("schema/certificate.json",)
_METHODS = {
    "input": "declared: the port holds the value, inside the interval",
    "linear": "exact integer sums; each adder proved by SAT",
    "multiply": "the same word-level product, of the same two values",
    "table": "every address of the proven interval",
    "quantise": "every value, or the same floor, wrap and clip where there are too many",
    "argmax": "the same matches of two values, each decided by the sign of their exact difference",
    "output": "the same term at the port, all registers on the way counted",
}
COMPOSITION = (
    "Each cell of the Verilog computes what its lemma says, for all inputs. With that, every word"
    " is a term of the inputs, exact integers throughout; the graph gives terms of the same form."
    " An output is proved where both terms are one and every path to it crosses the same number of"
    " registers; a node is proved where a word has its term, or where all outputs that it reaches"
    " are proved. Assumed: inputs inside their intervals, and Yosys reads Verilog rightly."
)


class Check(NamedTuple):
    """One check of a certificate."""

    name: str
    passed: bool
    detail: str


def prove(graph: Path, rtl: Path) -> dict[str, Any]:
    """Return the certificate of a graph and its Verilog; nodes without a proof are listed so."""
    started, built = time.monotonic(), load_graph(graph)
    with TemporaryDirectory() as folder:
        design = read_design(rtl, Path(folder) / "design")
        lemmas = prove_lemmas(design, rtl, Path(folder) / "lemmas")
    fault = "" if all(lemma.proved for lemma in lemmas) else "a lemma on a cell does not hold"
    if design.unknown:
        fault = f"the Verilog has cells that no rule covers: {', '.join(design.unknown)}"
    nodes = _nodes(built, design, rtl, fault)
    return {
        "version": 1,
        "tool": "symbolnet terms and Yosys SAT",
        "tool_version": f"Yosys {design.yosys} ({yosys_version()})",
        "composition": COMPOSITION,
        "graph_sha256": sha256(graph),
        "rtl_sha256": hashes(rtl),
        "lemmas": [{**one._asdict(), "parameters": list(one.parameters)} for one in lemmas],
        "nodes": nodes,
        "nodes_proved": sum(node["proved"] for node in nodes),
        "nodes_total": len(nodes),
        "proof_seconds": round(time.monotonic() - started, 3),
    }


def hashes(rtl: Path) -> dict[str, str]:
    """Return the digest of every file that the proof rests on."""
    paths = [p for p in sorted((rtl / "src").rglob("*")) if p.suffix in (".v", ".mem")]
    paths.append(rtl / "interface.json")
    return {path.relative_to(rtl).as_posix(): sha256(path) for path in paths}


def _nodes(graph: Graph, design: Design, rtl: Path, fault: str) -> list[dict[str, Any]]:
    terms, forms, seconds = Terms(), list[Form](), list[float]()
    for place, node in enumerate(graph.nodes):
        begun = time.monotonic()
        forms.append(node_form(node, place, graph, forms, terms))
        seconds.append(round(time.monotonic() - begun, 6))
    words: dict[Form, str] = {}
    reasons = dict.fromkeys(_outputs(graph), fault)
    if not fault:
        try:
            words, reasons = _compared(graph, design, rtl, terms, forms)
        except InputError as error:
            reasons = dict.fromkeys(_outputs(graph), str(error))
    reasons = _reached(graph, reasons)
    return [
        _record(place, graph, terms, forms[place], words, reasons[place], seconds[place])
        for place in range(len(graph.nodes))
    ]


def _outputs(graph: Graph) -> list[int]:
    return [place for place, node in enumerate(graph.nodes) if isinstance(node, Output)]


def _compared(
    graph: Graph, design: Design, rtl: Path, terms: Terms, forms: Sequence[Form]
) -> tuple[dict[Form, str], dict[int, str]]:
    """Return the words of the Verilog by their terms, and for each output why it is not proved."""
    layout: Layout = read_json(rtl / "interface.json")
    values = DesignTerms(terms, design, rtl)
    inputs = [place for place, node in enumerate(graph.nodes) if isinstance(node, Input)]
    for place, port in zip(inputs, layout["model_inp"], strict=True):
        # an input of a single value has no bits, and da4ml states no fraction for it
        if port["width"] and port["fraction"] != graph.nodes[place].format.fraction:
            raise InputError("ports in the formats of the inputs", port["name"], "write it again")
        values.input(f"input {port['name']}", forms[place], bits_of(design.inputs, port))
    values.evaluate()
    edges = clock_edges(layout)
    reasons = {}
    for place, port in zip(_outputs(graph), layout["model_out"], strict=True):
        form, crossed = values.read(bits_of(design.outputs, port))
        form = terms.wrap(form, port["width"], port["signed"])
        drop = graph.nodes[place].format.fraction - port["fraction"]
        equal = drop >= 0 and scaled(form, 1 << max(drop, 0)) == forms[place]
        late = crossed not in (None, edges)
        reasons[place] = "" if equal and not late else _reason(equal)
    return words_by_form(values.words), reasons


def _reason(equal: bool) -> str:
    return "another latency" if equal else "the Verilog computes another term"


def _reached(graph: Graph, reasons: dict[int, str]) -> dict[int, str]:
    """Return for each node the reason of the first output it reaches that is not proved."""
    found = dict.fromkeys(range(len(graph.nodes)), "") | reasons
    for place in reversed(range(len(graph.nodes))):
        for source in sources(graph.nodes[place]):
            found[source] = found[source] or found[place]
    return found


def _record(
    place: int,
    graph: Graph,
    terms: Terms,
    form: Form,
    words: dict[Form, str],
    reason: str,
    seconds: float,
) -> dict[str, Any]:
    node = graph.nodes[place]
    kind, (low, high) = type(node).__name__.lower(), terms.interval(form)
    inside = node.interval[0] <= low and high <= node.interval[1]
    word = None if isinstance(node, Output) else words.get(form)
    proved = inside and node.format.holds(low, high) and (word is not None or not reason)
    return {
        "node": place,
        "kind": kind,
        "method": _METHODS[kind],
        "word": word,
        "interval": [low, high],
        "values": len(node.entries) if isinstance(node, Table) else None,
        "proved": proved,
        "reason": "" if proved else reason or "values outside the interval of the node",
        "node_seconds": seconds,
    }


def check_certificate(folder: Path) -> list[Check]:
    """Prove everything again from graph.json, rtl/, vectors.npz and hold it to certificate.json."""
    try:
        claimed = read_json(folder / "certificate.json", "certificate")
        made = prove(folder / "graph.json", folder / "rtl")
        vectors = _vectors(folder)
    except (InputError, ToolError) as error:
        return [Check("certificate", False, str(error))]
    proved, total = made["nodes_proved"], made["nodes_total"]
    changed = [n for n, h in claimed["rtl_sha256"].items() if made["rtl_sha256"].get(n) != h]
    changed += [n for n in made["rtl_sha256"] if n not in claimed["rtl_sha256"]]
    same_graph = claimed["graph_sha256"] == made["graph_sha256"]
    stripped = _untimed(claimed["nodes"]) == _untimed(made["nodes"])
    return [
        Check("graph unchanged", same_graph, made["graph_sha256"]),
        Check(
            "RTL unchanged", not changed, ", ".join(changed) or f"{len(made['rtl_sha256'])} files"
        ),
        Check("nodes proved again", proved == total, f"{proved} of {total}"),
        Check("same result as certified", stripped, f"{claimed['nodes_proved']} certified"),
        vectors,
    ]


def _untimed(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: v for key, v in node.items() if key != "node_seconds"} for node in nodes]


def _vectors(folder: Path) -> Check:
    graph, arrays = load_graph(folder / "graph.json"), read_arrays(folder / "vectors.npz")
    wrong = sum(
        int(np.any(run(graph, arrays[f"{k}ports"]) != arrays[f"{k}outputs"], axis=1).sum())
        for k in ("", "corner_")
    )
    return Check("vectors follow from the graph", wrong == 0, f"{wrong} differ")
