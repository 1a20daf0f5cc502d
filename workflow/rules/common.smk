# Turns the config into the files and the settings of each job; the package does the computing.
import sys
from pathlib import Path

from symbolnet.code import fingerprint, run_fingerprint
from symbolnet.config import (
    BaselineJob,
    TrainJob,
    chunk_settings,
    feature_settings,
    load_config,
    prepare_settings,
    report_settings,
    selected,
)
from symbolnet.data.sources import parts
from symbolnet.errors import InputError

NAME = r"[A-Za-z0-9_.]+(?:-[A-Za-z0-9_.]+)*"


def checked(function, *arguments):
    """The value of a call; a fault of the user's ends the run with its message alone."""
    try:
        return function(*arguments)
    except InputError as fault:
        sys.exit(f"symbolnet: {fault}")


SETTINGS = checked(load_config, config)

# The stages run in the environment that snakemake runs in, activated or not.
shell.prefix(f"export PATH={Path(sys.executable).parent}:$PATH; ")


def code(stage):
    """Fingerprint of a stage's code: a job reruns when it changes, and the reason names it."""
    return fingerprint(f"symbolnet.stages.{stage}")


def parts_of(dataset):
    """The raw files of a data set: local, downloaded or generated."""
    raw = Path("results") / SETTINGS.run / "data" / dataset / "raw"
    folder, downloads = Path(SETTINGS.data_dir), Path("downloads")
    return checked(parts, SETTINGS.data[dataset], folder, raw, downloads)


PARTS = {
    (dataset, part.name): part
    for dataset in SETTINGS.datasets
    for part in parts_of(dataset)
}


def raw_files(wildcards):
    return [str(file) for file in PARTS[wildcards.dataset, wildcards.part].files]


def feature_files(split):
    """An input function: the feature tables of one split of a data set."""

    def paths(wildcards):
        names = [
            p.name
            for (d, _), p in PARTS.items()
            if (d, p.split) == (wildcards.dataset, split)
        ]
        return [
            f"<results>/data/{wildcards.dataset}/features/{name}.npz" for name in names
        ]

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


def training_threads(wildcards):
    return SETTINGS.training[wildcards.training].threads


def baseline_spec(wildcards):
    baseline = SETTINGS.baselines[wildcards.peer]
    return BaselineJob(baseline=baseline, rounding=SETTINGS.rounding).model_dump_json()


def choice_spec(wildcards):
    return SETTINGS.choices[wildcards.choice].model_dump_json()


def choice_files(name):
    """The file `name` of every selected choice for every selected data set."""
    return expand(
        f"<results>/firmware/{{dataset}}/{{choice}}/{name}",
        dataset=SETTINGS.datasets,
        choice=SETTINGS.choose,
    )


def training_files(name):
    """The file `name` of every selected training of every selected data set."""
    return expand(
        f"<results>/training/{{dataset}}/{{training}}/{name}",
        dataset=SETTINGS.datasets,
        training=SETTINGS.train,
    )


def peer_files(name):
    """The file `name` of every selected baseline of every selected data set."""
    return expand(
        f"<results>/peers/{{dataset}}/{{peer}}/{name}",
        dataset=SETTINGS.datasets,
        peer=SETTINGS.peers,
    )


def data_files(name):
    """The file `name` of every selected data set."""
    return expand(f"<results>/data/{{dataset}}/{name}", dataset=SETTINGS.datasets)


def chosen_training(name):
    """An input function: the file `name` of the training that a choice is made from."""

    def path(wildcards):
        training = SETTINGS.choices[wildcards.choice].training
        return f"<results>/training/{wildcards.dataset}/{training}/{name}"

    return path
