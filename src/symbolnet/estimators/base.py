"""What a classifier and a regressor share: the fit, the front, and formulas in every language."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from symbolnet.config import SymbolNetTraining
from symbolnet.errors import InputError
from symbolnet.estimators import show
from symbolnet.estimators.front import Front
from symbolnet.estimators.rows import Names, Rows
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.store import expression_set
from symbolnet.expression.text import texts
from symbolnet.expression.tree import ExpressionSet

if TYPE_CHECKING:
    import pandas

_FEW = 32  # inputs up to which small formulas are asked for
_POINTS, _WIDE_POINTS = 40, 20  # of each seed that are finished, which takes time by their size


def _symbols(inputs: int) -> tuple[str, ...]:
    return tuple(f"x_{i}" for i in range(inputs))


class SymbolicEstimator(BaseEstimator, ABC):  # type: ignore[misc]  # scikit-learn has no types
    """Base of both estimators; see `SymbolicClassifier` for the parameters."""

    _task: str

    def __init__(
        self,
        *,
        budgets: Sequence[float] | None = None,
        seeds: int = 1,
        operators: Sequence[str] | None = None,
        effort: float = 0.5,
        digits: int = 3,
        validation_fraction: float = 0.2,
        time_limit: float | None = None,
        random_state: Any = 0,
        verbose: bool = False,
    ) -> None:
        self.budgets = budgets
        self.seeds = seeds
        self.operators = operators
        self.effort = effort
        self.digits = digits
        self.validation_fraction = validation_fraction
        self.time_limit = time_limit
        self.random_state = random_state
        self.verbose = verbose

    # Fitting

    def _fit_rows(self, rows: Rows, outputs: Sequence[str]) -> None:
        """Search formulas of the rows, which count what their weights say."""
        # torch is loaded by the first fit, not by the import of the package.
        from symbolnet.estimators.front import front_of
        from symbolnet.estimators.rows import dataset_of, distinct_rows
        from symbolnet.estimators.search import Teller, members_found

        seeds = self._drawn_seeds()
        spec, teller = self._settings(seeds, rows.x.shape[1]), Teller(self.verbose)
        symbols = () if hasattr(self, "feature_names_in_") else _symbols(rows.x.shape[1])
        names = Names(self._column_names(), tuple(outputs), symbols)
        dataset, weights = dataset_of(
            distinct_rows(rows), names, self._task, self.validation_fraction, seeds[0]
        )
        try:
            members = members_found(dataset, weights, spec, self.time_limit, teller)
        finally:
            teller.close()
        self._keep(front_of(members, dataset, weights, spec.digits))
        self.scaler_mean_, self.scaler_scale_ = dataset.scaler_mean, dataset.scaler_scale

    def _drawn_seeds(self) -> list[int]:
        if not isinstance(self.seeds, Integral) or self.seeds < 1:
            raise InputError("a number of seeds of 1 or more", repr(self.seeds), "correct `seeds`")
        draw = check_random_state(self.random_state)
        seeds: dict[int, None] = {}
        while len(seeds) < self.seeds:
            seeds[int(draw.randint(2**31 - 1))] = None
        return list(seeds)

    def _settings(self, seeds: list[int], inputs: int) -> SymbolNetTraining:
        """Return the settings of the pipeline's training; raise ValueError naming a wrong one."""
        if not 0 < self.validation_fraction < 1:
            found = repr(self.validation_fraction)
            raise InputError("a share of rows", found, "correct `validation_fraction`")
        values = {
            "seeds": seeds,
            "budgets": self._budgets(inputs),
            "operators": None if self.operators is None else list(self.operators),
            "effort": self.effort,
            "digits": self.digits,
            "members": _POINTS if inputs <= _FEW else _WIDE_POINTS,
            **self._more_settings(),
        }
        try:
            return SymbolNetTraining.model_validate(values)
        except ValidationError as error:
            fault = error.errors()[0]
            name, found = ".".join(map(str, fault["loc"])), repr(fault["input"])
            raise InputError(f"{name}: {fault['msg']}", found, "correct the parameter") from None

    def _budgets(self, inputs: int) -> list[float]:
        if self.budgets is not None:
            return [float(nodes) for nodes in self.budgets]
        return [10.0, 20.0, 30.0] if inputs <= _FEW else [50.0, 100.0]

    def _more_settings(self) -> dict[str, Any]:
        return {}

    def _column_names(self) -> tuple[str, ...]:
        names = getattr(self, "feature_names_in_", None)
        if names is None:
            return tuple(f"x{i}" for i in range(self.n_features_in_))
        return tuple(str(name) for name in names)

    def _keep(self, front: Front) -> None:
        self._front = front
        self.complexity_ = front.entries[front.chosen]["complexity_mean"]

    # What was found

    def _model(self, complexity: float | None) -> ExpressionSet:
        check_is_fitted(self)
        return expression_set(self._front.collection, self._front.at(complexity).id)

    def _values(self, X: Any, complexity: float | None) -> np.ndarray:
        """Return the values (n, k) of the formulas at a point of the front."""
        check_is_fitted(self)
        x = validate_data(self, X, reset=False, dtype=np.float64)
        return evaluate(self._front.at(complexity).raw, x)

    @abstractmethod
    def _by_output(self, values: Sequence[Any]) -> Any:
        """Return what there is one of for each formula as a user is shown it."""

    @property
    def front_(self) -> "pandas.DataFrame":
        """The front as a table, simplest first; scores are accuracies, or R2 of a regression."""
        import pandas

        check_is_fitted(self)
        front = self._front
        rows = [
            {
                "complexity": entry["complexity_mean"],
                "expected_loss": entry["loss"]["expected"],
                "score_train": entry["score_train"],
                "score_validation": entry["score_validation"],
                "chosen": place == front.chosen,
                "formula": self._by_output(texts(member.raw, front.collection.feature_names)),
            }
            for place, (entry, member) in enumerate(
                zip(front.entries, front.collection.members, strict=True)
            )
        ]
        return pandas.DataFrame(rows)

    def formulas(self, complexity: float | None = None) -> ExpressionSet:
        """Return the formulas as the trees that `symbolnet.formulas` makes of text."""
        return self._model(complexity)

    def text(self, complexity: float | None = None) -> Any:
        """Return the formulas as text in the columns' names; `symbolnet.formulas` reads it."""
        model = self._model(complexity)
        return self._by_output(texts(model.raw, model.feature_names))

    def sympy(self, complexity: float | None = None) -> Any:
        """Return the formulas as SymPy expressions of symbols called as the columns."""
        import sympy

        from symbolnet.expression.export.to_sympy import all_to_sympy

        model = self._model(complexity)
        symbols = {
            sympy.Symbol(f"x{i}"): sympy.Symbol(name) for i, name in enumerate(model.feature_names)
        }
        return self._by_output([one.xreplace(symbols) for one in all_to_sympy(model.raw)])

    def latex(self, complexity: float | None = None) -> Any:
        """Return the formulas as LaTeX."""
        from symbolnet.expression.export.latex import formulae

        model = self._model(complexity)
        return self._by_output(formulae(model, model.raw))

    def python(self, complexity: float | None = None) -> str:
        """Return a Python module of the formulas that needs nothing but `math`."""
        from symbolnet.expression.export.python import module

        model = self._model(complexity)
        return module(model, self.scaler_mean_.tolist(), self.scaler_scale_.tolist(), self._task)

    def c(self, complexity: float | None = None) -> str:
        """Return a C99 file of the formulas that needs nothing but `math.h`."""
        from symbolnet.expression.export.c import c_file

        model = self._model(complexity)
        return c_file(model, self.scaler_mean_.tolist(), self.scaler_scale_.tolist(), self._task)

    def onnx(self, complexity: float | None = None) -> Any:
        """Return an ONNX model of the formulas, float64 (n, d) to (n, k); it needs `onnx`."""
        from symbolnet.expression.export.to_onnx import onnx_model

        return onnx_model(self._model(complexity))

    def plot_front(self, ax: Any = None) -> Any:
        """Draw the scores against the complexity, the chosen point marked; return the axes."""
        return show.plot(self.front_, self._measure, ax)

    _measure: str

    # Keeping

    def save(self, path: str | Path) -> None:
        """Write the fitted estimator as JSON; `load` reads it without running any code."""
        from symbolnet.estimators.saved import save

        check_is_fitted(self)
        save(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> Any:
        """Return the fitted estimator of a file that `save` wrote."""
        from symbolnet.estimators.saved import load

        return load(cls, Path(path))

    # Showing

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_front")

    def __repr__(self, N_CHAR_MAX: int = 700) -> str:
        head = super().__repr__(N_CHAR_MAX)
        return head if not hasattr(self, "_front") else f"{head}\n{show.as_text(self)}"

    def _repr_html_(self) -> str:
        return show.as_html(self) if hasattr(self, "_front") else f"<pre>{self!r}</pre>"

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._repr_html_()}
