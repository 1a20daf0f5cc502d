"""The stages that are run again from stored artifacts: what each reads, and what it must write.

Generation and training are not among them: they take the time that a run takes.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from symbolnet.artifact import write_text
from symbolnet.audit.check import Check, failed, judged, unchecked
from symbolnet.audit.difference import difference
from symbolnet.config import (
    Config,
    Settings,
    choice_settings,
    feature_settings,
    graph_settings,
    prepare_settings,
    search_settings,
)
from symbolnet.data.sources import Part, parts
from symbolnet.errors import InputError

# Need a compiler, a simulator or Yosys, and most of the time.
SLOW = frozenset(
    {"simulate_rtl", "simulate_hls", "count_resources", "prove_graph", "place_and_route"}
)


class Replay(NamedTuple):
    """One job: paths by parameter, relative to the run (raw files from outside: absolute)."""

    stage: str
    job: str
    reads: dict[str, list[str]]
    writes: dict[str, str]
    spec: Settings | None = None

    @property
    def name(self) -> str:
        """What the check is called."""
        return f"{self.stage} {self.job}"


def replays(config: Config, run: Path) -> Iterator[Replay]:
    """Yield every job that can be run again, the longest kinds first."""
    pairs = [(d, choice) for d in config.datasets for choice in config.selected("choose", d)]
    for dataset, choice in pairs:
        yield from _firmware(config, dataset, choice)
    for dataset in config.datasets:
        for name in config.selected("train", dataset):
            yield from _training(config, dataset, name)
        yield from _data(config, run, dataset)


def _data(config: Config, run: Path, dataset: str) -> Iterator[Replay]:
    folder = f"data/{dataset}"
    settings, table = config.data[dataset], [f"{folder}/dataset.npz"]
    found = raw_parts(config, run, dataset)
    tables = {
        split: [f"{folder}/features/{part.name}.npz" for part in found if part.split == split]
        for split in ("train", "test")
    }
    for part in found:
        raw = [str(path.absolute()) for path in part.files]
        made = {"features": f"{folder}/features/{part.name}.npz"}
        job = f"{dataset}/{part.name}"
        yield Replay("compute_features", job, {"raw": raw}, made, feature_settings(settings))
    made, spec = {"dataset": table[0]}, prepare_settings(settings)
    if found:
        yield Replay("prepare_dataset", dataset, tables, made, spec)
    made = {"description": f"{folder}/description.json"}
    yield Replay("describe_dataset", dataset, {"dataset": table}, made)


def raw_parts(config: Config, run: Path, dataset: str) -> list[Part]:
    """Return the raw files of a data set; none where they do not lie here."""
    raw, folder = run / "data" / dataset / "raw", Path(config.data_dir)
    downloads = Path("downloads") if Path("downloads").is_dir() else folder
    try:
        return parts(config.data[dataset], folder, raw, downloads)
    except InputError:
        return []


def _training(config: Config, dataset: str, name: str) -> Iterator[Replay]:
    folder, job = f"training/{dataset}/{name}", f"{dataset}/{name}"
    trained = {
        "network": [f"{folder}/network.safetensors"],
        "dataset": [f"data/{dataset}/dataset.npz"],
    }
    expressions = f"{folder}/expressions.json"
    made = {"expressions": expressions}
    yield Replay("extract_expressions", job, trained, made, config.rounding_of(dataset))
    made = {"metrics": f"{folder}/metrics.json"}
    yield Replay("evaluate_models", job, {**trained, "expressions": [expressions]}, made)
    if any(
        config.choices[choice].training == name and config.choices[choice].lut_max is not None
        for choice in config.selected("choose", dataset)
    ):
        reads = {"expressions": [expressions], "dataset": trained["dataset"]}
        made, spec = {"formats": f"{folder}/formats.json"}, search_settings(config)
        yield Replay("search_formats", job, reads, made, spec)


def _firmware(config: Config, dataset: str, choice: str) -> Iterator[Replay]:
    folder, job = f"firmware/{dataset}/{choice}", f"{dataset}/{choice}"
    settings, firmware = choice_settings(config, choice), config.firmware
    training = f"training/{dataset}/{settings.training}"
    data = {"dataset": [f"data/{dataset}/dataset.npz"]}
    chosen = {"chosen": [f"{folder}/expressions.json"]}
    graph, vectors = {"graph": [f"{folder}/graph.json"]}, {"vectors": [f"{folder}/vectors.npz"]}

    made = {"resources": f"{folder}/resources.json"}
    reads = {"rtl": [f"{folder}/rtl"], **graph, **vectors}
    yield Replay("count_resources", job, reads, made, firmware)
    made = {"rtl": f"{folder}/rtl", "result": f"{folder}/rtl.json"}
    yield Replay("simulate_rtl", job, {**graph, **vectors, **data}, made, firmware)
    made = {"certificate": f"{folder}/certificate.json"}
    yield Replay("prove_graph", job, {**graph, "rtl": [f"{folder}/rtl"]}, made)
    if config.firmware.timing is not None:
        made = {"timing": f"{folder}/timing.json"}
        yield Replay("place_and_route", job, {**graph, **vectors}, made, config.firmware.timing)
    yield Replay("write_testbench", job, reads, {"testbench": f"{folder}/testbench"})
    made = {
        "hls": f"{folder}/hls",
        "result": f"{folder}/hls.json",
        "hls_lut": f"{folder}/hls_lut",
        "result_lut": f"{folder}/hls_lut.json",
    }
    yield Replay("simulate_hls", job, {**chosen, **data}, made, firmware)
    made = {"graph": f"{folder}/graph.json", "precision": f"{folder}/precision.json"}
    formats = {"formats": [f"{training}/formats.json"]} if settings.lut_max is not None else {}
    spec = graph_settings(config, choice)
    yield Replay("build_graph", job, {**chosen, **data, **formats}, made, spec)
    made = {"vectors": f"{folder}/vectors.npz", "reference": f"{folder}/reference.json"}
    yield Replay("evaluate_graph", job, {**graph, **chosen, **data}, made)
    reads = {name: [f"{training}/{name}.json"] for name in ("expressions", "metrics")}
    yield Replay("choose_model", job, reads | formats, {"chosen": chosen["chosen"][0]}, settings)
    made = {
        "latex": f"{folder}/expressions.tex",
        "python": f"{folder}/expressions.py",
        "c": f"{folder}/expressions.c",
    }
    yield Replay("export_expressions", job, {**chosen, **data}, made)
    made = {"explanation": f"{folder}/explanation.json"}
    yield Replay("explain_model", job, {**chosen, **data}, made)


def repeat(replay: Replay, run: Path, scratch: Path, tolerance: float) -> Check:
    """Run a stage again in the scratch folder and compare what it writes with what is stored."""
    missing = [n for paths in replay.reads.values() for n in paths if not (run / n).exists()]
    if missing:
        from_data = missing[0].startswith(("data/", "/"))  # a bundle may leave out data alone
        lost = Path(missing[0]).name if missing[0].startswith("/") else missing[0]
        return (unchecked if from_data else failed)(replay.name, f"{lost} is not here")
    absent = [n for n in replay.writes.values() if n.startswith("data/") and not (run / n).exists()]
    if absent:  # left out of a bundle, or missing, which the check of the hashes says
        return unchecked(replay.name, f"{absent[0]} is not here to be compared")
    done = subprocess.run(
        _command(replay, run, scratch),
        # As snakemake gives it for one thread, and `common.smk`.
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONSAFEPATH": "1", "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        return judged(replay.name, [lines[-1]], "")
    found = (difference(run / n, scratch / n, tolerance) for n in replay.writes.values())
    faults = [one for one in found if one is not None]
    made = ", ".join(name.rsplit("/", 1)[1] for name in replay.writes.values())
    return judged(replay.name, faults, f"made again: {made}")


def _command(replay: Replay, run: Path, scratch: Path) -> list[str]:
    command = [sys.executable, "-m", "symbolnet", replay.stage]
    for option, paths in replay.reads.items():
        command += [_flag(option), *(str(run / name) for name in paths)]
    for option, name in replay.writes.items():
        (scratch / name).parent.mkdir(parents=True, exist_ok=True)
        command += [_flag(option), str(scratch / name)]
    return command if replay.spec is None else [*command, "--spec", _settings(replay.spec, scratch)]


def _settings(spec: Settings, scratch: Path) -> str:
    path = scratch / "settings.json"
    write_text(path, spec.model_dump_json())
    return str(path)


def _flag(parameter: str) -> str:
    return f"--{parameter.replace('_', '-')}"
