# Turns the config into the files and the settings of each job; the package does the computing.
import functools
import itertools
import re
import sys
from pathlib import Path

from symbolnet.code import fingerprint, run_fingerprint
from symbolnet.config import (
    BaselineJob,
    ReferenceJob,
    TrainJob,
    chunk_settings,
    feature_settings,
    graph_settings,
    load_config,
    prepare_settings,
    report_settings,
    vendor_settings,
    selected,
    shards_of,
)
from symbolnet.data.sources import parts
from symbolnet.errors import InputError
from symbolnet.firmware.vendor import find_tools, require_tools
from symbolnet.preflight import begin_run

NAME = r"[A-Za-z0-9_.]+(?:-[A-Za-z0-9_.]+)*"


def checked(function, *arguments):
    """The value of a call; a fault of the user's ends the run with its message alone."""
    try:
        return function(*arguments)
    except InputError as fault:
        sys.exit(f"symbolnet: {fault}")


def default_partition(resources):
    """The partition that the profile or the command line names for all jobs, if any."""
    if not resources or "slurm_partition" not in resources:
        return None
    value = resources["slurm_partition"]
    return str(getattr(value, "raw", value))


SETTINGS = checked(load_config, config)

if SETTINGS.firmware.vendor == "require":
    checked(require_tools)

# The stages run in the environment that snakemake runs in, activated or not.
shell.prefix(f"export PATH={Path(sys.executable).parent}:$PATH; ")


def code(stage):
    """Fingerprint of a stage's code: a job reruns when it changes, and the reason names it."""
    return fingerprint(f"symbolnet.stages.{stage}")


@functools.cache
def parts_of(dataset):
    """The raw files of a data set, by name: local, downloaded or generated."""
    raw = Path("results") / SETTINGS.run / "data" / dataset / "raw"
    folder, downloads = Path(SETTINGS.data_dir), Path("downloads")
    found = checked(parts, SETTINGS.data[dataset], folder, raw, downloads)
    return {part.name: part for part in found}


# Missing files of the data sets to run are found before anything starts.
for dataset in SETTINGS.datasets:
    parts_of(dataset)


def raw_files(wildcards):
    part = parts_of(wildcards.dataset)[wildcards.part]
    return [str(file) for file in part.files]


def feature_files(split):
    """An input function: the feature tables of one split of a data set."""

    def paths(wildcards):
        folder = f"<results>/data/{wildcards.dataset}/features"
        found = parts_of(wildcards.dataset).values()
        return [f"{folder}/{part.name}.npz" for part in found if part.split == split]

    return paths


def chunk_spec(wildcards):
    data = SETTINGS.data[wildcards.dataset]
    return chunk_settings(data, wildcards.jet, int(wildcards.chunk)).model_dump_json()


def feature_spec(wildcards):
    return feature_settings(SETTINGS.data[wildcards.dataset]).model_dump_json()


def prepare_spec(wildcards):
    return prepare_settings(SETTINGS.data[wildcards.dataset]).model_dump_json()


def training_spec(wildcards):
    return TrainJob(training=SETTINGS.training[wildcards.training]).model_dump_json()


def trainings(whole):
    """Pattern of the names of the trainings that one job makes, or that several jobs share."""
    items = SETTINGS.training.items()
    names = [re.escape(name) for name, one in items if (one.shards == 1) == whole]
    return "|".join(names) or "(?!)"


def shard_spec(wildcards):
    training = SETTINGS.training[wildcards.training]
    shards = shards_of(training, int(wildcards.shards))
    return TrainJob(training=shards[int(wildcards.part) - 1]).model_dump_json()


def shard_files(wildcards):
    count = SETTINGS.training[wildcards.training].shards
    folder = f"<results>/training/{wildcards.dataset}/{wildcards.training}"
    return [f"{folder}/{part}-of-{count}.shard" for part in range(1, count + 1)]


def training_threads(wildcards):
    return SETTINGS.training[wildcards.training].threads


def training_gpus(wildcards):
    settings = SETTINGS.training[wildcards.training]
    return int(getattr(settings, "device", "cpu") == "cuda")


def baseline_spec(wildcards):
    baseline = SETTINGS.baselines[wildcards.peer]
    rounding = SETTINGS.rounding_of(wildcards.dataset)
    return BaselineJob(baseline=baseline, rounding=rounding).model_dump_json()


def reference_spec(wildcards):
    return ReferenceJob(kind=wildcards.kind).model_dump_json()


def rounding_spec(wildcards):
    return SETTINGS.rounding_of(wildcards.dataset).model_dump_json()


def rival_spec(wildcards):
    return SETTINGS.mlps[wildcards.rival].model_dump_json()


def choice_spec(wildcards):
    return SETTINGS.choices[wildcards.choice].model_dump_json()


def timing_spec(wildcards):
    return SETTINGS.firmware.timing.model_dump_json()


def vendor_spec(wildcards):
    return vendor_settings(SETTINGS).model_dump_json()


def vendor_tools(wildcards):
    """The vendor's tools on PATH: a job reruns when there are others."""
    found = {} if SETTINGS.firmware.vendor == "off" else find_tools()
    return [f"{tool.name} {tool.version}" for tool in found.values()]


def graph_spec(wildcards):
    return graph_settings(SETTINGS, wildcards.choice).model_dump_json()


def choice_formats(wildcards):
    """The searches that a choice with a limit of LUTs is made from; nothing for any other."""
    limited = SETTINGS.choices[wildcards.choice].lut_max is not None
    return chosen_training("formats.json")(wildcards) if limited else []


def scope(wildcards):
    """The data sets of a report: one, where its file lies in a folder of that name, or all."""
    folder = wildcards.get("scope", "")
    return [folder.split("/")[1]] if folder else SETTINGS.datasets


def report_spec(wildcards):
    return report_settings(SETTINGS, scope(wildcards)).model_dump_json()


def _selected_files(folder, kind, name):
    """An input function: the file `name` of everything selected for the data sets in scope."""

    def paths(wildcards):
        return [
            f"<results>/{folder}/{dataset}/{one}/{name}"
            for dataset in scope(wildcards)
            for one in SETTINGS.selected(kind, dataset)
        ]

    return paths


def choice_files(name):
    """An input function: the file `name` of every selected choice."""
    return _selected_files("firmware", "choose", name)


def timing_files(wildcards):
    """The clock rates of every selected choice; nothing where they are not wanted."""
    wanted = SETTINGS.firmware.timing is not None
    return choice_files("timing.json")(wildcards) if wanted else []


def training_files(name):
    """An input function: the file `name` of every selected training."""
    return _selected_files("training", "train", name)


def peer_files(name):
    """An input function: the file `name` of every selected baseline."""
    return _selected_files("peers", "peers", name)


def rival_files(name):
    """An input function: the file `name` of every selected quantised network."""
    return _selected_files("rivals", "rivals", name)


def reference_files(name):
    """An input function: the file `name` of every selected reference."""
    return _selected_files("references", "references", name)


def data_files(name):
    """An input function: the file `name` of every selected data set."""

    def paths(wildcards):
        return [f"<results>/data/{dataset}/{name}" for dataset in scope(wildcards)]

    return paths


def chosen_training(name):
    """An input function: the file `name` of the training that a choice is made from."""

    def path(wildcards):
        training = SETTINGS.choices[wildcards.choice].training
        return f"<results>/training/{wildcards.dataset}/{training}/{name}"

    return path
