"""Stage `write_distil_report`: a distillation to its summary and its page."""

from pathlib import Path

from symbolnet.artifact import read_json, write_json, write_text
from symbolnet.config import DistilSpec
from symbolnet.pipeline.marks import Out
from symbolnet.report.distil.collect import SCHEMA, collect
from symbolnet.report.distil.page import render


def write_distil_report(
    spec: DistilSpec, inputs: list[Path], distil_summary: Out, distil_page: Out
) -> None:
    """Write the summary of a distillation, which holds every figure of its page, and the page.

    The files that it is made of lie beside the summary; `inputs` names them for the workflow.
    """
    assert inputs
    write_json(distil_summary, collect(spec, distil_summary.parent), SCHEMA)
    summary = read_json(distil_summary, SCHEMA)
    write_text(distil_page, render(summary))
    for row in summary["counts"]:
        print(f"{row['variant']}: {row['found']} of {row['members']} laws chosen blind are true")
