"""Stage `read_formulas`: formulas of any origin as the models of a choice, judged like others."""

from pathlib import Path
from typing import Annotated, Any

from symbolnet.artifact import write_json
from symbolnet.config import FormulaJob
from symbolnet.data.dataset import Dataset, load_dataset
from symbolnet.expression.assess import metrics_record
from symbolnet.expression.given import read_models
from symbolnet.expression.raw_units import standardised
from symbolnet.expression.store import Collection, Extracted, save_collection
from symbolnet.expression.tree import variables
from symbolnet.pipeline.marks import In, Writes

DATA = ("schema/metrics.json", "schema/members.json")
_DIGITS = 17  # constants stay what was written


def read_formulas(
    given: In,
    dataset: In,
    expressions: Annotated[Path, Writes(folder="formulas")],
    metrics: Annotated[Path, Writes(folder="formulas")],
    members: Annotated[Path, Writes(folder="formulas")],
    spec: FormulaJob,
) -> None:
    """Read formulas in raw inputs, standardise them, and measure them as those of a training."""
    data = load_dataset(dataset)
    models = read_models(given, data.feature_names, data.class_names)
    width = len(str(len(models) - 1))
    found = tuple(
        _member(f"{spec.choice}-{i:0{width}d}" if len(models) > 1 else spec.choice, raw, data)
        for i, raw in enumerate(models)
    )
    names = data.feature_names, data.class_names
    save_collection(expressions, Collection(_DIGITS, *names, found, data.feature_symbols))
    record = metrics_record(Collection(_DIGITS, *names, found), {}, data)
    write_json(metrics, record, "metrics")
    entries = [_entry(*pair, data) for pair in zip(found, record["members"], strict=True)]
    about = {"training": spec.choice, "method": "formulas", "members": entries}
    write_json(members, about, "members")
    print(f"{len(found)} model{'s' * (len(found) != 1)} of {given.name}")


def _member(name: str, raw: tuple[Any, ...], data: Dataset) -> Extracted:
    own = standardised(raw, data)
    return Extracted(name, None, own, own, raw)


def _entry(member: Extracted, measured: dict[str, Any], data: Dataset) -> dict[str, Any]:
    """Return a member as members.json has it; nothing was trained or pruned."""
    used, measure = variables(member.rounded), "accuracy" if data.task == "classification" else "r2"
    score = measured["rounded"][f"{measure}_validation"]
    unused = 1 - len(used) / len(data.feature_names)
    return {
        "id": member.id,
        "seed": 0,
        "targets": None,
        "sparsity": {"input": unused, "weight": 0.0, "unary": 0.0, "binary": 0.0},
        "inputs_kept": used,
        f"{measure}_validation": score,
        f"{measure}_validation_best": score,
        "diverged": False,
        "failed": None,
        "train_seconds": 0,
    }
