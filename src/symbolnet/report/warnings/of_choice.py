"""Warnings about chosen models: their formulas, what they are held against, their hardware."""

from collections.abc import Iterator

from symbolnet.artifact import Record
from symbolnet.report.select import firmware_of
from symbolnet.report.warnings.case import Case, Figures, figure, listed, percent
from symbolnet.report.warnings.of_data import USED

GOOD = 0.99  # a score that leaves nothing to be gained by the rest of a budget
_WORDS = {
    "accuracy_test": "accuracy",
    "balanced_accuracy_test": "balanced accuracy",
    "auc_test": "ROC AUC",
    "r2_test": "R²",
}
_HARDWARE = {
    "accuracy_test": ("accuracy_test", "accuracy_float_test"),
    "balanced_accuracy_test": ("balanced_accuracy_test", "balanced_accuracy_float_test"),
    "auc_test": ("auc_mean", "auc_float_mean"),
    "r2_test": ("r2_test", "r2_float_test"),
}


def _worthless(case: Case) -> Iterator[Record]:
    if case.model["inputs_used"] == 0:
        message = "the formulas name no input: the answer is always the same."
        yield case.warning("constant", message, {"inputs_used": 0})
    elif case.score is None:
        yield case.warning("worthless", "the formulas have no finite values.", {})
    elif not case.is_class and case.score <= 0:
        message = (
            f"test R² is {case.score:.4g}: the mean of the target, which needs no formula, is as"
            " good or better."
        )
        yield case.warning("worthless", message, {"r2_test": case.score})
    elif case.is_class:
        yield from _guessed(case)


def _guessed(case: Case) -> Iterator[Record]:
    """Neither the classes one by one nor the order of the rows is better than chance."""
    errors, figures = case.errors(), case.figures()
    balanced, auc = figures["balanced_accuracy_test"], figures["auc_test"]
    chance = 1 / max(1, sum(rows > 0 for rows in case.class_rows))
    most = max(case.class_rows) / sum(case.class_rows)
    assert case.score is not None and balanced is not None
    is_guess = (
        balanced - chance <= errors["balanced_accuracy_test"]
        and case.score - most <= errors["accuracy_test"]
        and (auc is None or auc - 0.5 <= 2 * errors["auc_test"])
    )
    if is_guess:
        message = (
            f"balanced accuracy {percent(balanced)} where guessing has {percent(chance)}, accuracy"
            f" {percent(case.score)} where always the most frequent class has {percent(most)}."
        )
        found = {**_known(figures), "chance": chance, "most_frequent": most}
        yield case.warning("worthless", message, found)


def _missed_classes(case: Case) -> Iterator[Record]:
    if not case.is_class or case.model["inputs_used"] == 0:
        return
    names = case.data["classes"]
    shares = case.model["expression_class_accuracy"] or []
    missed = [n for n, share in zip(names, shares, strict=False) if share == 0.0]
    if missed:
        rows = sum(case.data["rows"]["test"][name] for name in missed)
        message = (
            f"none of the {rows} test rows of {listed(missed)} is told to be of its class, though"
            f" the accuracy is {percent(case.score)}. Where a class is rare, see `class_weights`"
            " and `by` in config/README.md."
        )
        found = {**_known(case.figures()), "classes_missed": len(missed), "rows": rows}
        yield case.warning("class_missed", message, found)


def _below_references(case: Case) -> Iterator[Record]:
    """Accuracy or R2, and AUC; where classes are weighed AUC alone, which has no threshold."""
    ours, errors = case.figures(), case.errors()
    weighed = case.model["class_weights"] is not None
    names = ("auc_test",) if weighed else ("accuracy_test", "r2_test", "auc_test")
    for one in case.summary["references"]:
        if one["dataset"] != case.data["name"] or one["kind"] != "linear":
            continue
        for name in names:
            formula, theirs = ours[name], one[name]
            if formula is None or theirs is None or name not in errors:
                continue
            if formula < theirs - errors[name]:
                message = (
                    f"test {_WORDS[name]} {figure(name, formula)} ± {figure(name, errors[name])},"
                    f" where {one['model']} has {figure(name, theirs)} on the same rows."
                )
                found = {name: formula, "error": errors[name], "reference": theirs}
                yield case.warning("below_reference", message, found)
                break


def _unused_budgets(case: Case) -> Iterator[Record]:
    if case.score is not None and case.score >= GOOD:
        return
    most, size = case.spec.complexity_max.get(case.choice, 0.0), case.model["complexity_mean"]
    if size is not None and size <= USED * most and not _larger_was_there(case):
        message = f"{size:.4g} nodes are used of {most:g} that the choice allows."
        found = {"complexity_mean": size, "complexity_max": most}
        yield case.warning("budget_unused", message, found)
    for point in case.summary["firmware_front"][case.data["name"]]:
        allowed = point["lut_max"]
        if point["choice"] == case.choice and allowed and point["lut"] <= USED * allowed:
            message = f"{point['lut']:,} LUTs are used of {allowed:,} that the choice allows."
            found = {"lut": point["lut"], "lut_max": allowed}
            yield case.warning("budget_unused", message, found)


def _larger_was_there(case: Case) -> bool:
    """Tell whether the choice could have taken more nodes, and had its reasons not to."""
    most = case.spec.complexity_max.get(case.choice, 0.0)
    key = ("dataset", "training")
    members = [m for m in case.summary["models"] if all(m[k] == case.model[k] for k in key)]
    sizes = [m["complexity_mean"] for m in members if m["complexity_mean"] is not None]
    return any(USED * most < size <= most for size in sizes)


def _fixed_points(case: Case) -> Iterator[Record]:
    """Each figure of the hardware beside that of the float formulas on the same rows."""
    row, errors = _reference(case), case.errors()
    for name, (fixed_key, true_key) in _HARDWARE.items():
        fixed, true = row.get(fixed_key), row.get(true_key)
        if fixed is None or true is None or name not in errors:
            continue
        if true - fixed > errors[name]:
            message = (
                f"test {_WORDS[name]} {figure(name, fixed)} in fixed point, where the formulas have"
                f" {figure(name, true)} ± {figure(name, errors[name])}."
            )
            found = {name: fixed, "float": true, "error": errors[name]}
            yield case.warning("fixed_point", message, found)


def _decisions(case: Case) -> Iterator[Record]:
    told = _reference(case).get("one_class")
    if told is not None:
        message = f"the hardware decides for {told} on every test row."
        yield case.warning("constant_decision", message, {"rows": case.data["n_test"]})


def _unproved(case: Case) -> Iterator[Record]:
    proof = case.summary["evidence"][case.data["name"]][case.choice]["proof"]
    proved, total = proof["nodes_proved"], proof["nodes_total"]
    if proved < total:
        message = (
            f"{proved} of {total} nodes of the graph are proved to be what the Verilog computes;"
            " the others are tested only."
        )
        found = {"nodes_proved": proved, "nodes_total": total}
        yield case.warning("unproved", message, found)


def _reference(case: Case) -> Record:
    return firmware_of(case.summary, case.data["name"], case.choice)["reference"]


def _known(figures: Figures) -> Figures:
    return {name: value for name, value in figures.items() if value is not None}


OF_CHOICE = (
    _worthless,
    _missed_classes,
    _below_references,
    _unused_budgets,
    _fixed_points,
    _decisions,
    _unproved,
)
