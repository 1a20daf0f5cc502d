"""All artifacts of a run to its summary and its page."""

from pathlib import Path

from symbolnet.artifact import read_json, write_json, write_text
from symbolnet.config import ReportSpec
from symbolnet.pipeline.marks import Out
from symbolnet.pipeline.told import line
from symbolnet.report.collect import SCHEMA, collect
from symbolnet.report.inputs import Inputs
from symbolnet.report.page import render


def write_report(spec: ReportSpec, inputs: list[Path], summary: Out, page: Out) -> None:
    """Write `summary.json`, which holds every figure of the page, and the page itself.

    `inputs` are the artifacts of the run; each is known by the last parts of its path,
    `data/<dataset>/<file>` or `<training or firmware>/<dataset>/<name>/<file>`.
    """
    files = Inputs(inputs)
    found = collect(spec, files)
    write_json(summary, found, SCHEMA)
    # From the file, whose keys are sorted: so it can be made again of the file alone.
    write_text(page, render(read_json(summary, SCHEMA), files))
    for warning in found["warnings"]:
        print(f"warning: {line(warning)}")
