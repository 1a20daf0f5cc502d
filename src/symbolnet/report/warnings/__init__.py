"""What a reader must be told: results that are worthless, or not what they seem.

Each check reads the summary and yields warnings; the page, the console and `status` tell them in
the same words.
"""

from symbolnet.artifact import Record
from symbolnet.config import ReportSpec
from symbolnet.report.select import chosen, data_of, model_of
from symbolnet.report.warnings.case import Case
from symbolnet.report.warnings.of_choice import OF_CHOICE
from symbolnet.report.warnings.of_data import OF_DATA

__all__ = ["KINDS", "warnings_of"]

KINDS = {
    "leak": "One input explains nearly everything",
    "unreached": "Inputs that should be scaled",
    "diverged": "Members that diverged",
    "constant": "Formulas that are constants",
    "worthless": "No better than a guess",
    "class_missed": "A class that is never told",
    "below_reference": "Worse than a linear model",
    "budget_unused": "Most of a budget is not used",
    "fixed_point": "Fixed point below floating point",
    "constant_decision": "Hardware that always decides alike",
    "unproved": "Nodes that are not proved",
}


def warnings_of(summary: Record, spec: ReportSpec) -> list[Record]:
    """Return the warnings of a summary, those of data first; empty where all is well."""
    found = [one for check in OF_DATA for d in summary["datasets"] for one in check(summary, d)]
    for dataset, choice in chosen(summary):
        model, data = model_of(summary, dataset, choice), data_of(summary, dataset)
        case = Case(summary, spec, data, choice, model)
        found += [one for check in OF_CHOICE for one in check(case)]
    return found
