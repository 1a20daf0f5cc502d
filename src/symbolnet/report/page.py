"""The summary, the chosen formulas and the artifacts behind them into one HTML page."""

from markupsafe import Markup

from symbolnet.report.formulas import chosen_formulas
from symbolnet.report.inputs import Inputs
from symbolnet.report.measures import OF_TASK, size_text
from symbolnet.report.provenance import artifact_rows
from symbolnet.report.sections.firmware import firmware_view
from symbolnet.report.sections.headlines import headlines, warnings_view
from symbolnet.report.sections.insight import insight
from symbolnet.report.sections.models import data_view, histories, models_of, weighed
from symbolnet.report.sections.published import published_view
from symbolnet.report.select import Summary, chosen, data_of, model_of
from symbolnet.report.template import environment, text_of

DATA = (
    "report/templates/page.html.j2",
    "report/templates/macros.html.j2",
    "report/templates/warnings.html.j2",
    "report/templates/formulas.html.j2",
    "report/templates/models.html.j2",
    "report/templates/insight.html.j2",
    "report/templates/training.html.j2",
    "report/templates/data.html.j2",
    "report/templates/firmware.html.j2",
    "report/templates/published.html.j2",
    "report/templates/provenance.html.j2",
    "report/templates/page.css",
    "report/templates/page.js",
)


def render(summary: Summary, inputs: Inputs) -> str:
    """Return the page; every figure on it is taken from the summary or from an artifact."""
    keys = chosen(summary)
    formulas = [_formulas(summary, *key, inputs) for key in keys]
    measures = [
        OF_TASK[task] for task in OF_TASK if task in {d["task"] for d in summary["datasets"]}
    ]
    shown = {(f["dataset"], f["model"]["id"]) for f in formulas}
    return (
        environment({"size": size_text})
        .get_template("page.html.j2")
        .render(
            summary=summary,
            measures=measures,
            outputs=measures[0].outputs if len(measures) == 1 else "outputs",
            titles={data["name"]: data["title"] for data in summary["datasets"]},
            style=Markup(text_of("page.css")),
            script=Markup(text_of("page.js")),
            headlines=headlines(summary),
            warnings=warnings_view(summary),
            formulas=formulas,
            insights=[insight(*key, inputs) for key in keys],
            datasets=[_dataset(summary, data, formulas, inputs) for data in summary["datasets"]],
            besides=published_view(summary),
            histories=histories(summary, inputs),
            histories_open=len(shown),
            weighed=weighed(summary),
            artifacts=artifact_rows(summary),
        )
    )


def _formulas(summary: Summary, dataset: str, choice: str, inputs: Inputs) -> Summary:
    data, model = data_of(summary, dataset), model_of(summary, dataset, choice)
    found = chosen_formulas(model, choice, data["rows"]["test"], inputs)
    return found | {"measure": OF_TASK[data["task"]]}


def _dataset(summary: Summary, data: Summary, formulas: list[Summary], inputs: Inputs) -> Summary:
    """Return what the page shows of one data set, its models and its firmware."""
    mine = [one for one in formulas if one["dataset"] == data["name"]]
    return {
        **data,
        "measure": OF_TASK[data["task"]],
        **models_of(summary, data, mine, inputs),
        **data_view(data, mine),
        **firmware_view(summary, data, inputs),
    }
