"""Files that the figures come from, by hash, with links that work from disk."""

from urllib.parse import quote

from symbolnet.report.select import Summary

HOLDS = {
    "dataset.npz": "the data set: counts, scaler",
    "description.json": "distributions, distances",
    "network.safetensors": "weights and masks of the networks",
    "history.csv": "loss and sparsity per epoch",
    "members.json": "targets, sparsities, seconds",
    "metrics.json": "scores of the models",
    "scores.json": "scores of a reference",
    "expressions.json": "formulas, complexity",
    "expressions.tex": "formulas as LaTeX",
    "expressions.py": "formulas as Python",
    "expressions.c": "formulas as C",
    "explanation.json": "inputs used, influence, confusion",
    "graph.json": "the fixed-point graph",
    "precision.json": "formats searched",
    "reference.json": "integer reference",
    "rtl.json": "simulation of the RTL",
    "hls.json": "run of the HLS C model",
    "hls_lut.json": "the same with tables",
    "resources.json": "synthesis counts",
    "vendor.json": "reports of the vendor's tools",
    "certificate.json": "proof, node by node",
    "timing.json": "clock rate on an ECP5",
    "README.txt": "commands of the testbenches",
}
_CODE = {"v": "Verilog", "vhd": "VHDL"}


def artifact_rows(summary: Summary) -> list[Summary]:
    """Return what each artifact holds, its link and its hash."""
    return [_artifact(summary, one) for one in summary["artifacts"]]


def _artifact(summary: Summary, artifact: Summary) -> Summary:
    path = artifact["path"]
    timed = artifact["sha256"] is None
    name = path.rsplit("/", 1)[1]
    return {
        "path": path,
        "link": "../" + quote(path),  # from report/index.html
        "holds": HOLDS.get(name, _CODE.get(name.rsplit(".", 1)[1], name)),
        "timed": timed,
        "digest": summary["environment"]["sha256"][path] if timed else artifact["sha256"],
    }
