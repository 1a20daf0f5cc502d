"""The settings of each job as a file, and what a job of a training needs of a machine.

The file is named by a digest of its content, so that another name means other settings: Snakemake
runs a job again then, and a job that still waits on a cluster keeps the settings it was given.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

from symbolnet.artifact import write_text
from symbolnet.config import (
    BaselineJob,
    Config,
    FormulaJob,
    GenerateChunk,
    GeneratedJets,
    JetClass,
    ReferenceJob,
    Settings,
    Solver,
    Timing,
    TrainingSettings,
    TrainJob,
    choice_settings,
    chunk_settings,
    distil_settings,
    feature_settings,
    graph_settings,
    prepare_settings,
    report_settings,
    rival_settings,
    search_settings,
    selected,
    shards_of,
    vendor_settings,
)
from symbolnet.pipeline.jobs import Wildcards, scope_of

Given = Mapping[str, str]  # wildcards of a job


def _chunk(config: Config, given: Given) -> GenerateChunk:
    data = config.data[given["dataset"]]
    assert isinstance(data, GeneratedJets)  # only those have chunks
    return chunk_settings(data, cast(JetClass, given["jet"]), int(given["chunk"]))


def _training(config: Config, given: Given) -> TrainJob:
    return TrainJob(training=config.training[given["training"]])


def _shard(config: Config, given: Given) -> TrainJob:
    """Return the settings of a shard; its parts count from 1."""
    shards = shards_of(config.training[given["training"]], int(given["shards"]))
    return TrainJob(training=shards[int(given["part"]) - 1])


def _baseline(config: Config, given: Given) -> BaselineJob:
    rounding = config.rounding_of(given["dataset"])
    return BaselineJob(baseline=config.baselines[given["peer"]], rounding=rounding)


def _timing(config: Config, _given: Given) -> Timing:
    timing = config.firmware.timing
    assert timing is not None  # only then is the stage asked for
    return timing


def _solver(config: Config, _given: Given) -> Solver:
    solver = config.firmware.solver
    assert solver is not None  # as with the timing
    return solver


# By stage; a stage that is not here has no settings.
SETTINGS: dict[str, Callable[[Config, Given], Settings]] = {
    "generate_jets": _chunk,
    "compute_features": lambda config, given: feature_settings(config.data[given["dataset"]]),
    "prepare_dataset": lambda config, given: prepare_settings(config.data[given["dataset"]]),
    "simulate_bodies": lambda config, given: config.distil.simulations[given["system"]],
    "train_graph_networks": lambda config, given: config.distil.networks[given["networks"]],
    "distil_laws": lambda config, given: config.distil.laws,
    "fit_directly": lambda config, given: config.distil.laws,
    "judge_laws": lambda config, given: config.distil.judge,
    "draw_halos": lambda config, given: config.distil.mocks[given["mock"]],
    "train_halo_network": lambda config, given: config.distil.halo_network,
    "distil_halos": lambda config, given: config.distil.halo_search,
    "write_distil_report": lambda config, given: distil_settings(config),
    "write_distil_manifest": lambda config, given: distil_settings(config),
    "train": _training,
    "train_shard": _shard,
    "join_shards": _training,
    "extract_expressions": lambda config, given: config.rounding_of(given["dataset"]),
    "train_baseline": _baseline,
    "train_reference": lambda config, given: ReferenceJob.model_validate({"kind": given["kind"]}),
    "search_formats": lambda config, given: search_settings(config),
    "read_formulas": lambda config, given: FormulaJob(choice=given["choice"]),
    "choose_model": lambda config, given: choice_settings(config, given["choice"]),
    "build_graph": lambda config, given: graph_settings(config, given["choice"]),
    "simulate_rtl": lambda config, given: config.firmware,
    "simulate_hls": lambda config, given: config.firmware,
    "count_resources": lambda config, given: config.firmware,
    "prove_bitwise": _solver,
    "prove_netlist": _solver,
    "place_and_route": _timing,
    "write_board": lambda config, given: config.firmware,
    "run_vendor": lambda config, given: vendor_settings(config),
    "train_rival": lambda config, given: rival_settings(config, given["rival"]),
    "write_report": lambda config, given: report_settings(config, scope_of(config, given)),
    "write_manifest": lambda config, given: selected(config),
}


class Specs:
    """The settings of the jobs of one run, by their wildcards: the name of a file of each."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._folder = Path("results") / config.run / "settings"
        self._texts: dict[Path, str] = {}

    def of(self, stage: str) -> Callable[[Wildcards], str]:
        """Return the file of the settings of a stage's job."""
        settings = SETTINGS[stage]
        return lambda wildcards: self._file(settings(self.config, dict(wildcards.items())))

    def write(self) -> None:
        """Write the settings of every job that has been asked for, where they do not lie there."""
        for path, text in self._texts.items():
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                write_text(path, text)

    def _file(self, settings: Settings) -> str:
        text = settings.model_dump_json(indent=1) + "\n"
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        path = self._folder / f"{type(settings).__name__}-{digest}.json"
        self._texts[path] = text
        return str(path)

    def trainings(self, whole: bool) -> str:
        """Return a pattern of the trainings that one job makes, or that several jobs share."""
        items = self.config.training.items()
        names = [re.escape(name) for name, one in items if (one.shards == 1) == whole]
        return "|".join(names) or "(?!)"

    def threads(self, wildcards: Wildcards) -> int:
        """Return the threads of a training."""
        return self._training(wildcards).threads

    def graph_threads(self, wildcards: Wildcards) -> int:
        """Return the threads of a training of graph networks."""
        return self.config.distil.networks[dict(wildcards.items())["networks"]].threads

    def halo_threads(self, wildcards: Wildcards) -> int:
        """Return the threads of the training of the network of haloes."""
        return self.config.distil.halo_network.threads

    def gpus(self, wildcards: Wildcards) -> int:
        """Return the GPUs of a training."""
        return int(getattr(self._training(wildcards), "device", "cpu") == "cuda")

    def _training(self, wildcards: Wildcards) -> TrainingSettings:
        return self.config.training[dict(wildcards.items())["training"]]

    def tools(self, wildcards: Wildcards) -> list[str]:
        """The vendor's tools on PATH: a job reruns when there are others."""
        from symbolnet.firmware.evidence.vendor import find_tools

        found = {} if self.config.firmware.vendor == "off" else find_tools()
        return [f"{tool.name} {tool.version}" for tool in found.values()]
