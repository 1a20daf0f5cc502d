"""Stage `simulate_hls`: the hls4ml project of the expressions, its C model run on the test set."""

from importlib.metadata import version
from pathlib import Path

from symbolnet.artifact import replacing, scratch
from symbolnet.config import Firmware
from symbolnet.expression.evaluate import evaluate
from symbolnet.firmware.chosen import load_chosen
from symbolnet.firmware.hls import check_tools, run_model, type_name, write_project
from symbolnet.firmware.result import distances, test_scores, write_result


def simulate_hls(chosen: Path, dataset: Path, hls: Path, result: Path, spec: Firmware) -> None:
    """Write the project, compile its C model and compare it with the expressions."""
    check_tools()
    expressions, data = load_chosen(chosen, dataset)
    with scratch(hls) as folder:
        write_project(expressions, folder / "hls", spec)
        fixed = run_model(folder / "hls", folder / "model.so", data.x_test, len(data.class_names))
        true = evaluate(expressions.expressions, data.x_test)
        with replacing(hls) as final:
            (folder / "hls").rename(final)
    figures = {
        "label": "hls4ml project as a C model: functions in double precision, not bit-accurate to"
        " the vendor's cores",
        "origin": "measured here by the compiled C model",
        "tool": "hls4ml",
        "tool_version": version("hls4ml"),
        "part": spec.part,
        "precision": type_name(spec),
        **test_scores(data, fixed, true),
        **distances(fixed, true),
        "vectors": len(fixed),
    }
    write_result(result, "hls", figures)
