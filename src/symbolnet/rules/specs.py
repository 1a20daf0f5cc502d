"""The settings of each job as JSON, and what a job of a training needs of a machine."""

import re
from typing import Any

from symbolnet.config import (
    BaselineJob,
    Config,
    GeneratedJets,
    ReferenceJob,
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
    """The settings of the jobs of one run, by their wildcards."""

    def __init__(self, config: Config) -> None:
        self.config = config

    def chunk(self, wildcards: Any) -> str:
        """Settings of `generate_jets`."""
        data = self.config.data[wildcards.dataset]
        assert isinstance(data, GeneratedJets)  # only those have chunks
        return chunk_settings(data, wildcards.jet, int(wildcards.chunk)).model_dump_json()

    def features(self, wildcards: Any) -> str:
        """Settings of `compute_features`."""
        return feature_settings(self.config.data[wildcards.dataset]).model_dump_json()

    def dataset(self, wildcards: Any) -> str:
        """Settings of `prepare_dataset`."""
        return prepare_settings(self.config.data[wildcards.dataset]).model_dump_json()

    def training(self, wildcards: Any) -> str:
        """Settings of `train`, and of `join_shards`."""
        return TrainJob(training=self.config.training[wildcards.training]).model_dump_json()

    def shard(self, wildcards: Any) -> str:
        """Settings of `train_shard`, whose parts count from 1."""
        training = self.config.training[wildcards.training]
        shards = shards_of(training, int(wildcards.shards))
        return TrainJob(training=shards[int(wildcards.part) - 1]).model_dump_json()

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
        return BaselineJob(baseline=baseline, rounding=rounding).model_dump_json()

    def reference(self, wildcards: Any) -> str:
        """Settings of `train_reference`."""
        return ReferenceJob(kind=wildcards.kind).model_dump_json()

    def rounding(self, wildcards: Any) -> str:
        """Settings of `extract_expressions`."""
        return self.config.rounding_of(wildcards.dataset).model_dump_json()

    def rival(self, wildcards: Any) -> str:
        """Settings of `train_mlp`."""
        return mlp_settings(self.config, wildcards.rival).model_dump_json()

    def search(self, wildcards: Any) -> str:
        """Settings of `search_formats`."""
        return search_settings(self.config).model_dump_json()

    def choice(self, wildcards: Any) -> str:
        """Settings of `choose_model`."""
        return choice_settings(self.config, wildcards.choice).model_dump_json()

    def graph(self, wildcards: Any) -> str:
        """Settings of `build_graph`."""
        return graph_settings(self.config, wildcards.choice).model_dump_json()

    def firmware(self, wildcards: Any) -> str:
        """Settings of the simulations and of `count_resources`."""
        return self.config.firmware.model_dump_json()

    def timing(self, wildcards: Any) -> str:
        """Settings of `place_and_route`."""
        timing = self.config.firmware.timing
        assert timing is not None  # only then is the stage asked for
        return timing.model_dump_json()

    def vendor(self, wildcards: Any) -> str:
        """Settings of `run_vendor`."""
        return vendor_settings(self.config).model_dump_json()

    def tools(self, wildcards: Any) -> list[str]:
        """The vendor's tools on PATH: a job reruns when there are others."""
        found = {} if self.config.firmware.vendor == "off" else find_tools()
        return [f"{tool.name} {tool.version}" for tool in found.values()]

    def report(self, wildcards: Any) -> str:
        """Settings of `write_report`."""
        return report_settings(self.config, Files(self.config).scope(wildcards)).model_dump_json()

    def run(self, wildcards: Any) -> str:
        """Settings of `write_manifest`: everything that is selected."""
        return selected(self.config).model_dump_json()
