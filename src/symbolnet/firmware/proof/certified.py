"""A record of how far the hardware may be from its formulas (schema/distance.json)."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np

from symbolnet.artifact import Record, sha256
from symbolnet.data.dataset import Dataset
from symbolnet.errors import InputError, ToolError
from symbolnet.expression.tree import Expression, ExpressionSet
from symbolnet.firmware.build.conversion import expressions_in
from symbolnet.firmware.graph.graph import Graph, load_graph
from symbolnet.firmware.graph.reference import saturated
from symbolnet.firmware.proof.distance import (
    Distance,
    Scored,
    all_mantissas,
    at_rows,
    drawn,
    proved,
)
from symbolnet.firmware.proof.enclosure import checker
from symbolnet.firmware.proof.farthest import farthest

DATA = ("schema/distance.json",)
METHOD = (
    "Every node is paired with the part of the formula that it stands for: ports are off by half a"
    " step, tables by their entry less the function on all of each cell, sums and products by exact"
    " fractions. Inputs are the standardised ones, in the ranges in which no port saturates."
)
# The constants of a formula are multiplied out in float64, which the bounds are widened for.
_ROUNDED = 1e-9
_STARTS = 2000  # random inputs from which the farthest are looked for, beside the rows


class Score(NamedTuple):
    """A score or quantity: its name, the node that holds it, its formula, and the unit of both."""

    name: str
    place: int
    expression: Expression
    unit: float


def certify(path: Path, chosen: ExpressionSet, data: Dataset) -> Record:
    """Return the record for a graph and its formulas; the test rows are those of `data`."""
    graph = load_graph(path)
    scores, rows = _scores(graph, chosen), data.x_test.astype(np.float64)
    inside = ~saturated(graph, rows).any(axis=1)
    distance = Distance(graph)
    bounded, reason = _bounded(distance, scores)
    starts = _starts(graph, rows[inside])
    found = [_scored(graph, *pair, starts) for pair in zip(scores, bounded, strict=True)]
    certain = None
    if data.task == "classification" and not reason:
        certain = int(_certain(graph, scores, [s for s in bounded if s], rows[inside]).sum())
    return {
        "version": 1,
        "tool": "symbolnet",
        "tool_version": version("symbolnet"),
        "checked_by": checker(),
        "method": METHOD,
        "graph_sha256": sha256(path),
        "inputs": [
            {"name": graph.feature_names[number], "low": float(low), "high": float(high)}
            for number, (low, high) in distance.boxes.items()
        ],
        "scores": found,
        "reason": reason,
        "rows": {"total": len(rows), "inside": int(inside.sum()), "certain": certain},
    }


def _scores(graph: Graph, chosen: ExpressionSet) -> list[Score]:
    """Return the scores of a graph; those that a decision compares where that is put out."""
    decision = graph.decision()
    places = [node.sources[0] for node in graph.outputs()] if decision is None else decision.sources
    sizes = [unit.size for unit in graph.units] or [1.0] * len(places)
    formulas = expressions_in(chosen, graph.units).expressions
    pairs = zip(chosen.class_names, places, formulas, sizes, strict=True)
    return [Score(*pair) for pair in pairs]


def _bounded(distance: Distance, scores: Sequence[Score]) -> tuple[list[Scored | None], str]:
    """Return the bound of each score, None where there is none, and the first reason for that."""
    found, reason = list[Scored | None](), ""
    for one in scores:
        try:
            found.append(distance.score(one.place, one.expression))
        except InputError as fault:
            found.append(None)
            reason = reason or f"{one.name}: {fault}"
    return found, reason


def _starts(graph: Graph, rows: np.ndarray) -> np.ndarray:
    """Return rows and random inputs (n, d) in the ranges of the ports."""
    steps = {node.variable: (node.interval, node.format.step) for node in graph.inputs()}
    ends = {variable: (low * step, high * step) for variable, ((low, high), step) in steps.items()}
    return np.concatenate([rows, drawn(ends, rows.shape[1], _STARTS)])


def _scored(graph: Graph, one: Score, scored: Scored | None, starts: np.ndarray) -> Record:
    """Return what is known of a score: bounds of score - formula, and what a search found."""
    seen = farthest(graph, one.place, one.expression, starts)
    row: Record = {"name": one.name, "low": None, "high": None, "proved": False, "tables": []}
    row |= {"seen_low": seen[0] * one.unit, "seen_high": seen[1] * one.unit}
    if scored is None:
        return row
    low, high = (float(end) for end in scored.error)
    low, high = low - _ROUNDED * (1 + abs(low)), high + _ROUNDED * (1 + abs(high))
    if seen[0] < low or seen[1] > high:
        raise ToolError(f"{one.name} is {seen} from its formula, beyond its bound {low}, {high}")
    tables = [
        {"node": claim.node, "low": claim.error[0], "high": claim.error[1]}
        for claim in scored.claims
    ]
    whole = all(proved(claim, graph.nodes) for claim in scored.claims)
    return row | {
        "low": low * one.unit,
        "high": high * one.unit,
        "proved": whole,
        "tables": tables,
    }


def _certain(
    graph: Graph, scores: Sequence[Score], bounded: Sequence[Scored], rows: np.ndarray
) -> np.ndarray:
    """Return for each row (n,) whether the formulas decide as the hardware does: by the bounds for
    all inputs that fall on the row's words.
    """
    seen = all_mantissas(graph, rows)
    held = [seen[one.place] * graph.nodes[one.place].format.step for one in scores]
    low, high = np.empty((len(rows), len(scores))), np.empty((len(rows), len(scores)))
    for number, scored in enumerate(bounded):
        below, above = np.full((2, len(rows)), float(scored.rest))
        for claim in scored.claims:
            error = at_rows(claim, graph.nodes, seen)
            below, above = below + error.low, above + error.high
        low[:, number] = held[number] - above - _ROUNDED
        high[:, number] = held[number] - below + _ROUNDED
    decided = np.stack(held, axis=1).argmax(axis=1)
    own = decided[:, None] == np.arange(len(scores))
    return np.asarray(low[own] > np.where(own, -np.inf, high).max(axis=1))
