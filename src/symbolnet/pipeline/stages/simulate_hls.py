"""Stage `simulate_hls`: hls4ml projects of the expressions, their C models run on the test set."""

from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from symbolnet.artifact import replacing, scratch
from symbolnet.config import Firmware
from symbolnet.data.dataset import Dataset
from symbolnet.expression.choice import load_chosen
from symbolnet.expression.evaluate import evaluate
from symbolnet.expression.tree import ExpressionSet
from symbolnet.firmware.build.conversion import expressions_in, units_of
from symbolnet.firmware.emit.hls import check_tools, run_model, type_name, write_project
from symbolnet.firmware.emit.hls_tables import Tables, in_words, tables
from symbolnet.firmware.evidence.result import distances, test_scores, write_result
from symbolnet.firmware.graph.scaling import meaning, restored
from symbolnet.pipeline.marks import In, Out, Writes

_CORES = (
    "hls4ml project as a C model: functions in double precision, not bit-accurate to the vendor's"
    " cores"
)
_TABLES = (
    "hls4ml project as a C model, one lookup table for each function; entries are constants,"
    " computed in double precision, addresses as hls4ml computes them"
)


def simulate_hls(
    chosen: In,
    dataset: In,
    hls: Out,
    result: Annotated[Path, Writes("hls_result")],
    hls_lut: Out,
    result_lut: Annotated[Path, Writes("hls_lut_result")],
    spec: Firmware,
) -> None:
    """Write each project, compile its C model and compare it with the expressions.

    The first calls the vendor's functions, the second has a lookup table for each function.
    """
    check_tools()
    expressions, data = load_chosen(chosen, dataset)
    found = tables(expressions_in(expressions, units_of(data)), data.x_train, spec.precision)
    figures = _figures(expressions, data, _run(expressions, data, hls, spec, None))
    stands = meaning(data.class_names, units_of(data))
    words = {"label": _CORES + stands, "precision": type_name(spec)}
    write_result(result, "hls", words | {"part": spec.part} | figures)
    figures = _figures(expressions, data, _run(expressions, data, hls_lut, spec, found))
    words = {"label": _TABLES + stands, "precision": f"{type_name(spec)}; {in_words(found)}"}
    write_result(result_lut, "hls_lut", words | {"part": spec.part} | figures)


def _run(
    chosen: ExpressionSet, data: Dataset, project: Path, spec: Firmware, found: Tables | None
) -> np.ndarray:
    units = units_of(data)
    with scratch(project) as folder:
        write_project(expressions_in(chosen, units), folder / "hls", spec, found)
        outputs = len(data.class_names)
        fixed = run_model(folder / "hls", folder / "model.so", data.x_test, outputs)
        with replacing(project) as final:
            (folder / "hls").rename(final)
    return restored(fixed, units)


def _figures(chosen: ExpressionSet, data: Dataset, fixed: np.ndarray) -> dict[str, Any]:
    true = evaluate(chosen.expressions, data.x_test)
    return {
        "origin": "measured here by the compiled C model",
        "tool": "hls4ml",
        "tool_version": version("hls4ml"),
        **test_scores(data, fixed, true),
        **distances(fixed, true),
        "vectors": len(fixed),
    }
