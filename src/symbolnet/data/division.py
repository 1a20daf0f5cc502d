"""Rows into those that stay and those held out, at random or of every class alike."""

import numpy as np

from symbolnet.errors import InputError

Halves = tuple[np.ndarray, np.ndarray]


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
    return np.minimum(counts, sizes - 1)


def _expect_some(rows: int, fraction: float, name: str) -> None:
    if not 0 < np.ceil(fraction * rows) < rows:
        found = f"{rows} rows and {name}_fraction = {fraction}"
        do = f"give more rows or a {name}_fraction above 0"
        raise InputError(f"at least one row for {name} and one for train", found, do)
