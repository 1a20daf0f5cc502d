"""The estimators on scikit-learn's own tables beside logistic regression on the same rows.

    python benchmarks/estimators.py [splits] [tables]

A quarter of the rows, of every class alike, is the test set of each split. Formulas: those that the
defaults choose, and the best of at most 30 nodes (digits 100). Seconds of CPU of one fit.
"""

import sys
import time

import numpy as np
from sklearn import datasets
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from symbolnet import SymbolicClassifier

MOST = {"wine": 30, "iris": 30, "breast_cancer": 30, "digits": 100}


def one(name: str, split: int) -> list[float]:
    """Return seconds, accuracy and nodes of the choice, accuracy and nodes up to `MOST`, and LR."""
    x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    x, x_test, y, y_test = train_test_split(x, y, random_state=split, stratify=y)
    began = time.process_time()
    model = SymbolicClassifier(random_state=split).fit(x, y)
    seconds = time.process_time() - began
    linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000)).fit(x, y)
    most = MOST[name]
    front = model.front_
    return [
        seconds,
        100 * model.score(x_test, y_test),
        model.complexity_,
        100 * model.score(x_test, y_test, complexity=most),
        front.loc[front["complexity"] <= most, "complexity"].max(),
        100 * linear.score(x_test, y_test),
    ]


def main() -> None:
    """Print a line for each table: means, and the error of the mean of both accuracies."""
    splits = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    for name in sys.argv[2:] or MOST:
        rows = []
        for split in range(splits):
            rows.append(one(name, split))
            print(name, split, *(f"{v:.1f}" for v in rows[-1]), flush=True)
        mean, error = np.mean(rows, axis=0), np.std(rows, axis=0) / np.sqrt(splits)
        print(name, "mean", *(f"{v:.1f}" for v in mean), "error", *(f"{v:.1f}" for v in error))


if __name__ == "__main__":
    main()
