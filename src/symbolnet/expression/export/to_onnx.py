"""Expressions as an ONNX model of standard operators, float64 (n, d) to (n, k)."""

from typing import Any

import numpy as np

from symbolnet.expression.tree import Apply, Constant, Expression, ExpressionSet, Variable, distinct
from symbolnet.extras import naming_extras

_OPSET, _IR = 18, 9  # of 2023: runtimes of today read them
_CALLED = {
    "exp": "Exp",
    "log": "Log",
    "sin": "Sin",
    "cos": "Cos",
    "tan": "Tan",
    "sinh": "Sinh",
    "cosh": "Cosh",
    "tanh": "Tanh",
    "Abs": "Abs",
    "sqrt": "Sqrt",
}
_FOLDED = {"Add": "Add", "Mul": "Mul"}


def onnx_model(model: ExpressionSet) -> Any:
    """Return a ModelProto of the formulas in the units of the data; `onnx` must be there."""
    with naming_extras():
        import onnx
    expressions = model.raw or model.expressions
    writer = _Writer(onnx)
    for node in distinct(expressions):
        writer.write(node)
    outputs = [writer.column(writer.names[one]) for one in expressions]
    writer.add("Concat", outputs, "scores", axis=1)
    helper, kind = onnx.helper, onnx.TensorProto.DOUBLE
    graph = helper.make_graph(
        writer.nodes,
        "symbolnet",
        [helper.make_tensor_value_info("x", kind, ["n", len(model.feature_names)])],
        [helper.make_tensor_value_info("scores", kind, ["n", len(expressions)])],
        writer.tensors,
    )
    opset = helper.make_opsetid("", _OPSET)
    made = helper.make_model(graph, opset_imports=[opset], producer_name="symbolnet")
    made.ir_version = _IR
    for key, names in (("inputs", model.feature_names), ("outputs", model.class_names)):
        entry = made.metadata_props.add()
        entry.key, entry.value = key, "\n".join(names)
    onnx.checker.check_model(made)
    return made


class _Writer:
    """Nodes and constants of a graph; `names` are those of trees' values, (n, 1) or (1, 1)."""

    def __init__(self, onnx: Any) -> None:
        self._onnx = onnx
        self.nodes: list[Any] = []
        self.tensors: list[Any] = []
        self.names: dict[Expression, str] = {}

    def add(self, kind: str, inputs: list[str], name: str | None = None, **options: Any) -> str:
        """Add a node and return the name of its value."""
        name = name or f"v{len(self.nodes)}"
        self.nodes.append(self._onnx.helper.make_node(kind, inputs, [name], **options))
        return name

    def constant(self, array: np.ndarray) -> str:
        """Add a constant and return its name."""
        name = f"c{len(self.tensors)}"
        self.tensors.append(self._onnx.numpy_helper.from_array(array, name))
        return name

    def write(self, node: Expression) -> None:
        """Add the value of a node whose arguments are there."""
        if isinstance(node, Constant):
            name = self.constant(np.array([[node.value]], np.float64))
        elif isinstance(node, Variable):
            name = self.add("Gather", ["x", self.constant(np.array([node.index]))], axis=1)
        else:
            name = self._applied(node, [self.names[one] for one in node.arguments])
        self.names[node] = name

    def column(self, name: str) -> str:
        """Return a value as a column (n, 1), a constant in every row."""
        rows = self.add("Shape", ["x"], start=0, end=1)
        shape = self.add("Concat", [rows, self.constant(np.array([1]))], axis=0)
        return self.add("Expand", [name, shape])

    def _applied(self, node: Apply, arguments: list[str]) -> str:
        if node.symbol in _CALLED:
            return self.add(_CALLED[node.symbol], arguments)
        if node.symbol == "Pow":
            return self.add("Pow", arguments)
        name = arguments[0]
        for other in arguments[1:]:
            name = self.add(_FOLDED[node.symbol], [name, other])
        return name
