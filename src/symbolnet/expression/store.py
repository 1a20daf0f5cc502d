"""Expressions as JSON (schema/expressions.json): graphs of nodes, read without evaluating text."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from symbolnet.artifact import read_json, write_json
from symbolnet.errors import InputError
from symbolnet.expression.tree import (
    Apply,
    Constant,
    Expression,
    ExpressionSet,
    Variable,
    complexities,
    distinct,
)

DATA = ("schema/expressions.json",)
CONTRACT = 1
Graph = dict[str, Any]


class Extracted(NamedTuple):
    """What became of one member: its expressions, unrolled and rounded, or why it has none.

    `raw` are the rounded ones in raw inputs (`raw_units`); () where nobody stated them.
    """

    id: str
    diverged: str | None
    unrolled: tuple[Expression, ...]
    rounded: tuple[Expression, ...]
    raw: tuple[Expression, ...] = ()

    @property
    def complexity(self) -> list[int]:
        """Complexity of each rounded expression."""
        return complexities(self.rounded)


class Collection(NamedTuple):
    """The members of one training."""

    digits: int
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    members: tuple[Extracted, ...]
    feature_symbols: tuple[str, ...] = ()


def save_collection(path: Path, collection: Collection) -> None:
    """Write the expressions of all members atomically."""
    write_json(path, collection_value(collection), "expressions")


def collection_value(collection: Collection) -> dict[str, Any]:
    """Return the content of an expressions.json."""
    return {
        "contract": CONTRACT,
        "digits": collection.digits,
        "feature_names": list(collection.feature_names),
        "feature_symbols": list(collection.feature_symbols),
        "class_names": list(collection.class_names),
        "members": [_member_value(member) for member in collection.members],
    }


def load_collection(path: Path) -> Collection:
    """Read and check expressions; raise InputError naming the member and node at fault."""
    return collection_of(read_json(path, "expressions"), path)


def collection_of(value: dict[str, Any], path: Path) -> Collection:
    """Return the members of a content that fits the schema; `path` names it in errors."""
    names = tuple(value["feature_names"])
    classes, symbols = tuple(value["class_names"]), tuple(value.get("feature_symbols", ()))
    fits = len(symbols) in (0, len(names))
    _expect(fits, f"{len(names)} feature_symbols or none", f"{path}: {len(symbols)}")
    members = tuple(
        _member(item, len(names), len(classes), f"{path}: member {item['id']!r}")
        for item in value["members"]
    )
    if len({member.id for member in members}) != len(members):
        raise InputError("every member once", f"{path} with one id twice", "make the file again")
    return Collection(value["digits"], names, classes, members, symbols)


def load_expressions(path: Path) -> ExpressionSet:
    """Read the rounded expressions of a chosen model, the only member of its file."""
    collection = load_collection(path)
    if len(collection.members) != 1:
        found = f"{path} with {len(collection.members)} members"
        raise InputError("the file of a chosen model", found, "give the one `choose_model` wrote")
    return expression_set(collection, collection.members[0].id)


def expression_set(collection: Collection, name: str) -> ExpressionSet:
    """Return the rounded expressions of one member, and those in raw inputs."""
    member = next((member for member in collection.members if member.id == name), None)
    if member is None or member.diverged is not None:
        found = "none of that id" if member is None else f"it diverged: {member.diverged}"
        raise InputError(f"expressions of member {name!r}", found, "choose another member")
    names = collection.feature_names, collection.class_names
    return ExpressionSet(name, member.rounded, *names, collection.feature_symbols, member.raw)


def to_graph(expressions: Iterable[Expression]) -> Graph:
    """Return nodes, each distinct subtree once and after its arguments, and the output nodes."""
    expressions = list(expressions)
    places = {node: place for place, node in enumerate(distinct(expressions))}
    nodes = [_node_value(node, places) for node in places]
    return {"nodes": nodes, "outputs": [places[expression] for expression in expressions]}


def from_graph(graph: Graph, inputs: int, where: str) -> tuple[Expression, ...]:
    """Return the expressions of a graph that fits the schema; `where` names it in errors."""
    nodes: list[Expression] = []
    for place, value in enumerate(graph["nodes"]):
        nodes.append(_node(value, nodes, inputs, f"{where}, node {place}"))
    for output in graph["outputs"]:
        _expect(output < len(nodes), f"outputs below {len(nodes)}", f"{where}: {output}")
    return tuple(nodes[int(output)] for output in graph["outputs"])


def _member_value(member: Extracted) -> dict[str, Any]:
    complexity = member.complexity
    alive = member.diverged is None
    return {
        "id": member.id,
        "diverged": member.diverged,
        "unrolled": to_graph(member.unrolled) if alive else None,
        "rounded": to_graph(member.rounded) if alive else None,
        "complexity": complexity if alive else None,
        "complexity_mean": sum(complexity) / len(complexity) if alive else None,
        "raw": _raw_value(member.raw) if member.raw else None,
    }


def _raw_value(raw: Sequence[Expression]) -> dict[str, Any]:
    complexity = complexities(raw)
    return to_graph(raw) | {
        "complexity": complexity,
        "complexity_mean": sum(complexity) / len(complexity),
    }


def _member(value: dict[str, Any], inputs: int, outputs: int, where: str) -> Extracted:
    if value["diverged"] is not None:
        return Extracted(value["id"], value["diverged"], (), ())
    sets = []
    kinds = ["unrolled", "rounded"] + (["raw"] if value.get("raw") is not None else [])
    for kind in kinds:
        _expect(value[kind] is not None, f"{kind} expressions", f"{where} without any")
        sets.append(from_graph(value[kind], inputs, f"{where}, {kind}"))
        found = f"{where}, {kind}: {len(sets[-1])}"
        _expect(len(sets[-1]) == outputs, f"{outputs} outputs, one per class", found)
    member = Extracted(value["id"], None, *sets)
    _expect_counted(value["complexity"], member.rounded, where)
    if member.raw:
        _expect_counted(value["raw"]["complexity"], member.raw, f"{where}, raw")
    return member


def _expect_counted(stated: list[int], expressions: Sequence[Expression], where: str) -> None:
    counted = complexities(expressions)
    _expect(stated == counted, f"complexity {counted}, as counted", f"{where}: {stated}")


def _node_value(node: Expression, places: dict[Expression, int]) -> dict[str, Any]:
    if isinstance(node, Constant):
        return {"constant": node.value}
    if isinstance(node, Variable):
        return {"variable": node.index}
    return {"apply": node.symbol, "to": [places[argument] for argument in node.arguments]}


def _node(value: dict[str, Any], nodes: list[Expression], inputs: int, where: str) -> Expression:
    kinds = {"constant", "variable", "apply"} & set(value)
    _expect(len(kinds) == 1, "a constant, a variable or a function", f"{where}: {value}")
    if "constant" in value:
        number = value["constant"]
        _expect(math.isfinite(number), "finite constants", f"{where}: {number}")
        return Constant(number)
    if "variable" in value:
        index = value["variable"]
        _expect(index < inputs, f"variables below {inputs}", f"{where}: {index}")
        return Variable(int(index))
    return Apply(value["apply"], _arguments(value, nodes, where))


def _arguments(
    value: dict[str, Any], nodes: list[Expression], where: str
) -> tuple[Expression, ...]:
    symbol, places = value["apply"], value["to"]
    low, high = {"Add": (2, math.inf), "Mul": (2, math.inf), "Pow": (2, 2)}.get(symbol, (1, 1))
    _expect(low <= len(places) <= high, f"other arguments of {symbol}", f"{where}: {len(places)}")
    backward = all(place < len(nodes) for place in places)
    _expect(backward, "arguments before their use", f"{where}: {places}")
    return tuple(nodes[int(place)] for place in places)


def _expect(truth: bool, expected: str, found: str) -> None:
    if not truth:
        raise InputError(expected, found, "make the file again")
