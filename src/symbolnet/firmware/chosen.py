"""The chosen expressions and the data set they were trained on, checked to belong together."""

from pathlib import Path

from symbolnet.data.dataset import Dataset, load_dataset
from symbolnet.errors import InputError
from symbolnet.expression.store import load_expressions
from symbolnet.expression.tree import ExpressionSet


def check_classes(data: Dataset, argmax: bool) -> None:
    """Raise InputError where the number of a class is wanted of data without classes."""
    if argmax and data.task != "classification":
        do = "set firmware.argmax to false"
        raise InputError("classes for firmware.argmax to tell apart", f"a {data.task}", do)


def load_chosen(chosen: Path, dataset: Path) -> tuple[ExpressionSet, Dataset]:
    """Read both files; raise InputError unless their inputs and classes are the same."""
    expressions, data = load_expressions(chosen), load_dataset(dataset)
    for kind in ("feature_names", "class_names"):
        ours, theirs = getattr(expressions, kind), getattr(data, kind)
        if ours != theirs:
            found = f"{', '.join(theirs)} in {dataset}"
            raise InputError(f"the {kind} {', '.join(ours)}", found, "give the model's own data")
    return expressions, data
