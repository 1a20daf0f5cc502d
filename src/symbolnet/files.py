"""Every file of a run by its name: where it lies, and what the page says that it holds.

The one table of them. Parameters of the stages are called after its rows (`pipeline/marks.py`), the
rules of `workflow/` spell the same paths, and tests hold both to it.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from symbolnet.config import Config, Kind, Selection

RESULTS = "<results>"  # the folder of the run, as the rules of the workflow call it
_FORMULAS = "formulas, complexity"


class File(NamedTuple):
    """A file or folder: its name in its folder, and how the page calls it, if it is read for it.

    Of a folder, `parts` are the files that are read for the page, by their pattern.
    """

    name: str
    holds: str | None = None
    parts: Mapping[str, str] = {}

    @property
    def shown(self) -> bool:
        """Tell whether the page is made of it."""
        return self.holds is not None or bool(self.parts)


class Folder(NamedTuple):
    """Where files lie, the list of the config that its last name is selected by, and the files."""

    path: str
    kind: Kind | None
    files: Mapping[str, File]


FOLDERS: dict[str, Folder] = {
    "downloads": Folder("downloads", None, {"file": File("{file}")}),
    "given": Folder("<given>", None, {"given": File("{formulas}")}),
    "data": Folder(
        "<results>/data/{dataset}",
        None,
        {
            "raw": File("raw/{jet}-{chunk}.root"),
            "features": File("features/{part}.npz"),
            "dataset": File("dataset.npz", "the data set: counts, scaler"),
            "description": File("description.json", "distributions, distances"),
        },
    ),
    "training": Folder(
        "<results>/training/{dataset}/{training}",
        "train",
        {
            "shard": File("{part}-of-{shards}.shard"),
            "network": File("network.safetensors", "weights and masks of the networks"),
            "history": File("history.csv", "loss and sparsity per epoch"),
            "members": File("members.json", "targets, sparsities, seconds"),
            "metrics": File("metrics.json", "scores of the models"),
            "expressions": File("expressions.json", _FORMULAS),
            "formats": File("formats.json"),
        },
    ),
    "peer": Folder(
        "<results>/peers/{dataset}/{peer}",
        "peers",
        {
            "members": File("members.json", "targets, sparsities, seconds"),
            "metrics": File("metrics.json", "scores of the models"),
            "expressions": File("expressions.json", _FORMULAS),
        },
    ),
    "formulas": Folder(
        "<results>/formulas/{dataset}/{choice}",
        "choose",
        {
            "members": File("members.json", "targets, sparsities, seconds"),
            "metrics": File("metrics.json", "scores of the models"),
            "expressions": File("expressions.json", _FORMULAS),
        },
    ),
    "reference": Folder(
        "<results>/references/{dataset}/{kind}",
        "references",
        {"scores": File("scores.json", "scores of a reference")},
    ),
    "firmware": Folder(
        "<results>/firmware/{dataset}/{choice}",
        "choose",
        {
            "chosen": File("expressions.json", _FORMULAS),
            "latex": File("expressions.tex", "formulas as LaTeX"),
            "python": File("expressions.py", "formulas as Python"),
            "c": File("expressions.c", "formulas as C"),
            "explanation": File("explanation.json", "inputs used, influence, confusion"),
            "graph": File("graph.json", "the fixed-point graph"),
            "precision": File("precision.json", "formats searched"),
            "vectors": File("vectors.npz"),
            "reference": File("reference.json", "integer reference"),
            "rtl": File(
                "rtl",
                parts={
                    "src/symbolnet*.v": "Verilog",
                    "vhdl/symbolnet*.vhd": "VHDL",
                    "interface.json": "what the bits of the ports stand for",
                },
            ),
            "rtl_result": File("rtl.json", "simulation of the RTL"),
            "hls": File("hls"),
            "hls_result": File("hls.json", "run of the HLS C model"),
            "hls_lut": File("hls_lut"),
            "hls_lut_result": File("hls_lut.json", "the same with tables"),
            "resources": File("resources.json", "synthesis counts"),
            "vendor": File("vendor.json", "reports of the vendor's tools"),
            "certificate": File("certificate.json", "proof, node by node"),
            "bitwise_proof": File("bitwise_proof.json", "second proof, node by node"),
            "distance": File("distance.json", "bounds of hardware against formulas"),
            "netlist_proof": File("netlist_proof.json", "proof of the netlist, bit by bit"),
            "timing": File("timing.json", "clock rate on an ECP5"),
            "emulator": File("emulator"),
            "emulator_result": File("emulator.json", "run of the emulators"),
            "board": File("board"),
            "board_result": File("board.json", "run of the stream for a board"),
            "testbench": File("testbench", parts={"README.txt": "commands of the testbenches"}),
        },
    ),
    "rival": Folder(
        "<results>/rivals/{dataset}/{rival}",
        "rivals",
        {
            "graph": File("graph.json"),
            "vectors": File("vectors.npz"),
            "reference": File("reference.json", "integer reference"),
            "rtl": File("rtl"),
            "rtl_result": File("rtl.json", "simulation of the RTL"),
            "resources": File("resources.json", "synthesis counts"),
        },
    ),
    "system": Folder(
        "<results>/distil/{system}",
        None,
        {
            "simulations": File("simulations.npz", "the simulations"),
            "direct": File("direct.json", "laws of motion found without a network"),
        },
    ),
    "networks": Folder(
        "<results>/distil/{system}/{networks}",
        None,
        {
            "trained": File("network.safetensors", "weights of the graph networks"),
            "errors": File("errors.csv", "error and live messages along the training"),
            "timing_of_training": File("training.json", "seconds of the training"),
            "laws": File("laws.json", "laws of the messages, R2, choices"),
            "judged": File("judged.json", "errors and motion of networks and laws"),
        },
    ),
    "mock": Folder(
        "<results>/distil/{mock}",
        None,
        {
            "halos": File("halos.npz", "the haloes of a mock"),
            "halo_forms": File("forms.json", "forms of overdensities, refitted"),
            "halo_network": File("halo_network.safetensors", "weights of the network of haloes"),
            "halo_timing": File("halo_training.json", "seconds of the training"),
            "halo_formulas": File("formulas.json", "formulas of the network of haloes"),
        },
    ),
    "distil": Folder(
        "<results>/distil",
        None,
        {
            "distil_summary": File("summary.json"),
            "distil_page": File("report/index.html"),
            "distil_manifest_file": File("manifest.json"),
        },
    ),
    "results": Folder(
        RESULTS,
        None,
        {
            "summary": File("{scope}summary.json"),
            "page": File("{scope}report/index.html"),
            "manifest": File("manifest.json"),
            "crate": File("ro-crate-metadata.json"),
            "source": File("source"),
        },
    ),
}

OF_DISTIL = ("system", "networks", "mock")  # folders of `snakemake distil`
OF_DATASETS = tuple(name for name, row in FOLDERS.items() if "{dataset}" in row.path)


def home_of(name: str) -> str:
    """Return the folder that a file is asked for in where none is named: the first that has it."""
    return next(folder for folder, row in FOLDERS.items() if name in row.files)


def template(name: str, folder: str = "") -> str:
    """Return the path of a file with its wildcards, as `<results>/data/{dataset}/dataset.npz`."""
    row = FOLDERS[folder or home_of(name)]
    return f"{row.path}/{row.files[name].name}"


def file_of(name: str) -> str:
    """Return what a file is called in its folder."""
    return FOLDERS[home_of(name)].files[name].name


def folders(selection: Selection, folder: str, datasets: Sequence[str]) -> Iterator[dict[str, str]]:
    """Yield the wildcards of every folder of a kind that a run selects for some data sets."""
    path, kind, _ = FOLDERS[folder]
    if folder in OF_DISTIL:
        yield from _of_distil(selection, folder)
        return
    for dataset in datasets:
        if kind is None:
            yield {"dataset": dataset}
        else:
            wildcard = path.rpartition("{")[2].removesuffix("}")
            for name in selection.selected(kind, dataset):
                yield {"dataset": dataset, wildcard: name}


def _of_distil(selection: Selection, folder: str) -> Iterator[dict[str, str]]:
    """Yield the wildcards of the folders of a distillation, if the selection is a whole config."""
    if not isinstance(selection, Config):
        return
    if folder == "mock":
        yield from ({"mock": mock} for mock in selection.distil.halos)
        return
    for system in selection.distil.systems:
        if folder == "system":
            yield {"system": system}
        else:
            yield from ({"system": system, "networks": one} for one in selection.distil.train)


def origin_of(config: Config, choice: str) -> tuple[str, dict[str, str]]:
    """Return the folder of the models that a choice is made from, and its last wildcard."""
    training = config.choices[choice].training
    if training is None:
        return "formulas", {"choice": choice}
    return "training", {"training": training}


def formula_file(config: Config, choice: str) -> Path | None:
    """Return where the file of formulas of a choice lies; None where it is made of a training."""
    name = config.choices[choice].formulas
    return None if name is None else Path(config.data_dir) / name


def asked_for(config: Config, folder: str, name: str, wildcards: Mapping[str, str]) -> bool:
    """Tell whether the settings ask for a file of a folder that is selected; most always do."""
    if folder == "formulas":
        return config.choices[wildcards["choice"]].formulas is not None
    if name == "timing":
        return config.firmware.timing is not None
    if name in ("netlist_proof", "bitwise_proof"):
        return config.firmware.solver is not None
    if name in ("board", "board_result"):
        return config.firmware.board
    if name == "formats":
        choices = [config.choices[one] for one in config.selected("choose", wildcards["dataset"])]
        limited = {one.training for one in choices if one.lut_max is not None}
        return wildcards["training"] in limited
    return True


def shown(folder: str) -> list[str]:
    """Return the names of the files of a folder that the page is made of."""
    return [name for name, file in FOLDERS[folder].files.items() if file.shown]


def beside(folder: str) -> list[str]:
    """Return the names of the other files that each such folder of a finished run has, once."""
    files = FOLDERS[folder].files.items()
    return [name for name, file in files if not file.shown and "{" not in file.name]
