"""Feature tables to a data set: joined, divided, scaled."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from symbolnet.config import Prepare, Scale, Split
from symbolnet.data.dataset import Dataset
from symbolnet.data.scaler import Scaler, fit_scaler, out_of_reach
from symbolnet.data.table import FeatureTable
from symbolnet.errors import InputError

Halves = tuple[np.ndarray, np.ndarray]
_Rows = dict[str, np.ndarray]
_BLOCK = 8192  # rows scaled at a time: float64 in between costs twice the memory of the result


def held_out(rows: np.ndarray, fraction: float, seed: int, name: str) -> Halves:
    """Return the rows that stay and those held out, exactly as scikit-learn shuffles them."""
    from sklearn.model_selection import train_test_split

    _expect_some(len(rows), fraction, name)
    stay, held = train_test_split(rows, test_size=fraction, random_state=seed)
    return stay, held


def held_out_by_class(
    rows: np.ndarray, label: np.ndarray, fraction: float, seed: int, name: str
) -> Halves:
    """Return the same with the share `fraction` of every class (label of each row, (n,)) held out.

    Of a class one row is held out at the least, and one stays; in all there are as many as without
    classes, but for a table of hardly more rows than classes. Raises InputError where a class has a
    single row.
    """
    _expect_some(len(rows), fraction, name)
    classes, place = np.unique(label, return_inverse=True)
    sizes = np.bincount(place, minlength=len(classes))
    if sizes.min() < 2:
        found = f"{(sizes < 2).sum()} with a single row among {len(rows)}"
        do = "give more rows, leave the class out, or set `split.stratify` to false"
        raise InputError(f"at least two rows of every class, to hold one out for {name}", found, do)
    random = np.random.default_rng(seed)
    order = random.permutation(len(rows))
    counts = _shares(sizes, fraction)
    # The rank of each shuffled row within its class: the first ones are held out.
    ranks = np.empty(len(rows), dtype=np.int64)
    for k in range(len(classes)):
        mine = place[order] == k
        ranks[mine] = np.arange(mine.sum())
    first = ranks < counts[place[order]]
    return rows[order[~first]], rows[order[first]]


def _shares(sizes: np.ndarray, fraction: float) -> np.ndarray:
    """Return how many rows of each class to hold out: by largest remainders, one at the least."""
    exact = fraction * sizes
    counts = np.clip(np.floor(exact).astype(np.int64), 1, sizes - 1)
    missing = int(np.ceil(fraction * sizes.sum())) - int(counts.sum())
    largest = np.argsort(-(exact - counts), kind="stable")[: max(0, missing)]
    counts[largest] += 1
    result: np.ndarray = np.minimum(counts, sizes - 1)
    return result


def _expect_some(rows: int, fraction: float, name: str) -> None:
    if not 0 < np.ceil(fraction * rows) < rows:
        found = f"{rows} rows and {name}_fraction = {fraction}"
        do = f"give more rows or a {name}_fraction above 0"
        raise InputError(f"at least one row for {name} and one for train", found, do)


def prepare(train: Sequence[FeatureTable], test: Sequence[FeatureTable], spec: Prepare) -> Dataset:
    """Make a data set of feature tables; without `test` tables, of a share of `train`.

    The order is that of the paper's code: shuffle and divide as scikit-learn does (of every class
    alike with `stratify`), keep the first `limit` rows of each half, hold out validation rows from
    what is left of train. The scaler is fitted on all of the train half but the validation rows.
    Raises InputError where a class or a split is empty, where tables do not fit together or a file
    is used twice, or where inputs are too large to be left unscaled.
    """
    tables, names = [*train, *test], train[0].feature_names
    _expect_alike(tables)
    features = tables[0].features  # not copied where it is one table
    if len(tables) > 1:
        features = np.concatenate([table.features for table in tables])
    label = np.concatenate([table.label for table in tables])
    rows, fitted = divide(train, test, spec)
    if train[0].task == "classification":
        _expect_classes(rows, label, train[0].class_names)
    scaler = fit_scaler(features, fitted, spec.scale)
    inputs = {name: scaled(features, chosen, scaler) for name, chosen in rows.items()}
    return Dataset(
        x_train=inputs["train"],
        x_validation=inputs["validation"],
        x_test=inputs["test"],
        y_train=label[rows["train"]],
        y_validation=label[rows["validation"]],
        y_test=label[rows["test"]],
        scaler_mean=scaler.mean,
        scaler_scale=scaler.scale,
        feature_names=names,
        class_names=train[0].class_names,
        provenance={
            "train": [table.provenance for table in train],
            "test": [table.provenance for table in test],
            "settings": spec.model_dump(mode="json"),
            "rows": {name: len(chosen) for name, chosen in rows.items()},
            "constant_features": _named(names, scaler.constant),
            "coarse_features": _named(names, scaler.coarse),
            "unreached_features": _named(names, _unreached(inputs["train"], names, spec.scale)),
        },
        task=train[0].task,
        feature_symbols=train[0].symbols,
    )


def divide(
    train: Sequence[FeatureTable], test: Sequence[FeatureTable], spec: Prepare
) -> tuple[_Rows, np.ndarray]:
    """Return the rows of each split, and those that the scaler is fitted on.

    Rows are counted through all tables, those of train first.
    """
    if spec.split.stratify and train[0].task != "classification":
        raise InputError("classes, to stratify by", "a quantity", "leave `split.stratify` out")
    held = [np.ones(len(table.label), dtype=bool) for table in test]
    label = np.concatenate([table.label for table in (*train, *test)])
    return _divided(np.concatenate([*map(_held, train), *held]), label, spec)


def _held(table: FeatureTable) -> np.ndarray:
    """Return the mask (n,) of the rows that a training file itself holds out for the test."""
    return np.zeros(len(table.label), dtype=bool) if table.test is None else table.test


def _divided(tested: np.ndarray, label: np.ndarray, spec: Prepare) -> tuple[_Rows, np.ndarray]:
    """Return the rows of each split, and the rows that the scaler is fitted on.

    The rows `tested` (n,), if any, are the test set; the others may be trained on.
    """
    half, test = np.flatnonzero(~tested), np.flatnonzero(tested)
    if not len(test):
        half, test = _halves(half, label, spec.split, "test")
    kept, beyond = half[: spec.limit], half[len(half[: spec.limit]) :]
    kept, validation = _halves(kept, label, spec.split, "validation")
    rows = {"train": kept, "validation": validation, "test": test[: spec.limit]}
    return rows, np.concatenate([kept, beyond])


def _halves(rows: np.ndarray, label: np.ndarray, split: Split, name: str) -> Halves:
    fraction = split.test_fraction if name == "test" else split.validation_fraction
    if split.stratify:
        return held_out_by_class(rows, label[rows], fraction, split.seed, name)
    return held_out(rows, fraction, split.seed, name)


@np.errstate(over="ignore")  # the data set is checked for infinities
def scaled(features: np.ndarray, rows: np.ndarray, scaler: Scaler) -> np.ndarray:
    """Return the standardised rows: in float64 to the last step, stored in float32."""
    inputs = np.empty((len(rows), features.shape[1]), dtype=np.float32)
    for start in range(0, len(rows), _BLOCK):
        block = slice(start, start + _BLOCK)
        inputs[block] = (features[rows[block]] - scaler.mean) / scaler.scale
    return inputs


def _unreached(x: np.ndarray, names: Sequence[str], scale: Scale) -> np.ndarray:
    """Return the mask (d,) of the features that would have to be scaled, and are not."""
    return out_of_reach(x, names) if scale == "none" else np.zeros(len(names), dtype=bool)


def _named(names: Sequence[str], chosen: np.ndarray) -> list[str]:
    """Return the names of the features that a mask (d,) chooses."""
    return [name for name, is_chosen in zip(names, chosen, strict=True) if is_chosen]


def _expect_alike(tables: Sequence[FeatureTable]) -> None:
    for table in tables:
        for field in ("feature_names", "class_names"):
            one, other = getattr(tables[0], field), getattr(table, field)
            if one != other:
                found = f"{', '.join(one)} and {', '.join(other)}"
                do = "use files of one kind, or name the classes in the config"
                raise InputError(f"the same {field} in all files", found, do)
    _expect_distinct([table.provenance for table in tables])


def _expect_distinct(sources: Sequence[dict[str, Any]]) -> None:
    """A row that is both trained and tested on would make the test worthless."""
    count = Counter(source["sha256"] for source in sources if "sha256" in source)
    for source in sources:
        if count[source.get("sha256")] > 1:
            found = f"the content of {source.get('file')} more than once"
            raise InputError("each file once, in train or in test", found, "correct the config")


def _expect_classes(rows: _Rows, label: np.ndarray, names: Sequence[str]) -> None:
    for split, chosen in rows.items():
        count = np.bincount(label[chosen], minlength=len(names))
        absent = [name for name, number in zip(names, count, strict=True) if not number]
        if absent:
            found = f"none of {', '.join(absent)} among {len(chosen)} rows"
            do = "give more rows, or take the class out of the config"
            raise InputError(f"rows of every class in {split}", found, do)
