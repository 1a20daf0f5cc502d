"""Whether the number of a class can be wanted of a data set."""

from symbolnet.data.dataset import Dataset
from symbolnet.errors import InputError


def check_classes(data: Dataset, argmax: bool) -> None:
    """Raise InputError where the number of a class is wanted of data without classes."""
    if argmax and data.task != "classification":
        do = "set firmware.argmax to false"
        raise InputError("classes for firmware.argmax to tell apart", f"a {data.task}", do)
