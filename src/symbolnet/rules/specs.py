"""The settings of each job as a file, and what a job of a training needs of a machine.

The file is named by a digest of its content, so that another name means other settings: Snakemake
runs a job again then, and a job that still waits on a cluster keeps the settings it was given.
"""

import hashlib
import re
from pathlib import Path
from typing import Any

from symbolnet.artifact import write_text
from symbolnet.config import (
    BaselineJob,
    Config,
    GeneratedJets,
    ReferenceJob,
    Settings,
    TrainJob,
    choice_settings,
    chunk_settings,
    feature_settings,
    graph_settings,
    mlp_settings,
    prepare_settings,
    report_settings,
    search_settings,
    selected,
    shards_of,
    vendor_settings,
)
from symbolnet.firmware.vendor import find_tools
from symbolnet.rules.files import Files


class Specs:
    """The settings of the jobs of one run, by their wildcards: the name of a file of each."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._folder = Path("results") / config.run / "settings"
        self._texts: dict[Path, str] = {}

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

    def chunk(self, wildcards: Any) -> str:
        """Settings of `generate_jets`."""
        data = self.config.data[wildcards.dataset]
        assert isinstance(data, GeneratedJets)  # only those have chunks
        return self._file(chunk_settings(data, wildcards.jet, int(wildcards.chunk)))

    def features(self, wildcards: Any) -> str:
        """Settings of `compute_features`."""
        return self._file(feature_settings(self.config.data[wildcards.dataset]))

    def dataset(self, wildcards: Any) -> str:
        """Settings of `prepare_dataset`."""
        return self._file(prepare_settings(self.config.data[wildcards.dataset]))

    def training(self, wildcards: Any) -> str:
        """Settings of `train`, and of `join_shards`."""
        return self._file(TrainJob(training=self.config.training[wildcards.training]))

    def shard(self, wildcards: Any) -> str:
        """Settings of `train_shard`, whose parts count from 1."""
        training = self.config.training[wildcards.training]
        shards = shards_of(training, int(wildcards.shards))
        return self._file(TrainJob(training=shards[int(wildcards.part) - 1]))

    def trainings(self, whole: bool) -> str:
        """Return a pattern of the trainings that one job makes, or that several jobs share."""
        items = self.config.training.items()
        names = [re.escape(name) for name, one in items if (one.shards == 1) == whole]
        return "|".join(names) or "(?!)"

    def threads(self, wildcards: Any) -> int:
        """Return the threads of a training."""
        return self.config.training[wildcards.training].threads

    def gpus(self, wildcards: Any) -> int:
        """Return the GPUs of a training."""
        settings = self.config.training[wildcards.training]
        return int(getattr(settings, "device", "cpu") == "cuda")

    def baseline(self, wildcards: Any) -> str:
        """Settings of `train_baseline`."""
        baseline = self.config.baselines[wildcards.peer]
        rounding = self.config.rounding_of(wildcards.dataset)
        return self._file(BaselineJob(baseline=baseline, rounding=rounding))

    def reference(self, wildcards: Any) -> str:
        """Settings of `train_reference`."""
        return self._file(ReferenceJob(kind=wildcards.kind))

    def rounding(self, wildcards: Any) -> str:
        """Settings of `extract_expressions`."""
        return self._file(self.config.rounding_of(wildcards.dataset))

    def rival(self, wildcards: Any) -> str:
        """Settings of `train_mlp`."""
        return self._file(mlp_settings(self.config, wildcards.rival))

    def search(self, wildcards: Any) -> str:
        """Settings of `search_formats`."""
        return self._file(search_settings(self.config))

    def choice(self, wildcards: Any) -> str:
        """Settings of `choose_model`."""
        return self._file(choice_settings(self.config, wildcards.choice))

    def graph(self, wildcards: Any) -> str:
        """Settings of `build_graph`."""
        return self._file(graph_settings(self.config, wildcards.choice))

    def firmware(self, wildcards: Any) -> str:
        """Settings of the simulations and of `count_resources`."""
        return self._file(self.config.firmware)

    def timing(self, wildcards: Any) -> str:
        """Settings of `place_and_route`."""
        timing = self.config.firmware.timing
        assert timing is not None  # only then is the stage asked for
        return self._file(timing)

    def vendor(self, wildcards: Any) -> str:
        """Settings of `run_vendor`."""
        return self._file(vendor_settings(self.config))

    def tools(self, wildcards: Any) -> list[str]:
        """The vendor's tools on PATH: a job reruns when there are others."""
        found = {} if self.config.firmware.vendor == "off" else find_tools()
        return [f"{tool.name} {tool.version}" for tool in found.values()]

    def report(self, wildcards: Any) -> str:
        """Settings of `write_report`."""
        return self._file(report_settings(self.config, Files(self.config).scope(wildcards)))

    def run(self, wildcards: Any) -> str:
        """Settings of `write_manifest`: everything that is selected."""
        return self._file(selected(self.config))
