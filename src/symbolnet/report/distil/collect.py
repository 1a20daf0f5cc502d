"""The artifacts of a distillation into its summary: every figure of the page.

Beside them stands what Cranmer et al. 2020 (arXiv:2006.11287) publish. Table 1: R2 of messages
against forces; Table 3: test loss, sum of |error| over the graph; Table 5: whether the law was
found. Theirs are trained for 200 epochs of 10,000 simulations.
"""

import csv
import platform
from pathlib import Path

import numpy as np

from symbolnet.artifact import Record, read_json, sha256
from symbolnet.config import DistilSpec, Simulation
from symbolnet.distil.halos.file import load_halos
from symbolnet.distil.laws.hidden import in_units_of
from symbolnet.distil.laws.terms import Term, law_text
from symbolnet.distil.laws.truth import TRUTHS
from symbolnet.distil.simulation.file import load_simulations
from symbolnet.files import FOLDERS
from symbolnet.report.provenance import versions

# Mean absolute error of overdensities (section 5), of haloes of another simulation than ours.
HALO_ERRORS = {"constant": 0.421, "by hand": 0.121, "without mass": 0.120, "with mass": 0.0882}
_VARIANTS = ("standard", "bottleneck", "l1", "kl", "flathgn")
_R2 = {
    ("charge", 2): (0.016, 0.947, 0.004, 0.185),
    ("charge", 3): (0.013, 0.980, 0.002, 0.425),
    ("r1", 2): (0.000, 1.000, 1.000, 0.796),
    ("r1", 3): (0.000, 1.000, 1.000, 0.332),
    ("r2", 2): (0.004, 0.993, 0.990, 0.770),
    ("r2", 3): (0.002, 0.994, 0.977, 0.214),
    ("spring", 2): (0.032, 1.000, 1.000, 0.883),
    ("spring", 3): (0.036, 0.995, 1.000, 0.214),
}
_LOSS = {
    ("charge", 2): (48.688, 50.012, 51.906, 59.927, 54.962),
    ("charge", 3): (1.174, 0.986, 0.940, 4.201, 3.538),
    ("damped", 2): (0.299, 0.328, 0.300, 1.466, 0.346),
    ("damped", 3): (0.415, 0.449, 0.400, 3.297, 0.474),
    ("discontinuous", 2): (0.064, 0.074, 0.044, 1.804, 0.075),
    ("discontinuous", 3): (0.199, 0.177, 0.126, 4.191, 0.139),
    ("r1", 2): (0.077, 0.069, 0.079, 3.463, 0.050),
    ("r1", 3): (0.051, 0.050, 0.055, 3.523, 0.017),
    ("r2", 2): (1.613, 1.640, 1.184, 9.252, 1.284),
    ("r2", 3): (3.976, 3.591, 3.366, 9.788, 2.476),
    ("spring", 2): (0.047, 0.046, 0.045, 1.659, 0.016),
    ("spring", 3): (0.111, 0.110, 0.090, 3.797, 0.010),
}
_FOUND = {
    "charge": (False, True, False, False),
    "r1": (False, True, True, True),
    "r2": (False, True, True, False),
    "spring": (False, True, True, True),
}


SCHEMA = "distil_summary"
DATA = ("schema/distil_summary.json",)


def artifact_names(spec: DistilSpec) -> list[str]:
    """Return the files of a distillation, relative to its folder."""
    names = []
    for system in spec.distil.systems:
        names += [f"{system}/{one.name}" for one in FOLDERS["system"].files.values()]
        for network in spec.distil.train:
            files = FOLDERS["networks"].files.values()
            names += [f"{system}/{network}/{one.name}" for one in files]
    for mock in spec.distil.halos:
        names += [f"{mock}/{one.name}" for one in FOLDERS["mock"].files.values()]
    return names


def collect(spec: DistilSpec, folder: Path) -> Record:
    """Return the summary of a distillation whose files lie in a folder."""
    systems = [_system(spec, folder, name) for name in spec.distil.systems]
    timed = {
        f"{system}/{network}": f"{system}/{network}/training.json"
        for system in spec.distil.systems
        for network in spec.distil.train
    } | {mock: f"{mock}/halo_training.json" for mock in spec.distil.halos}
    seconds = {name: read_json(folder / path)["train_seconds"] for name, path in timed.items()}
    lasting = [name for name in artifact_names(spec) if name not in timed.values()]
    return {
        "run": spec.run,
        "settings": spec.distil.model_dump(mode="json"),
        "systems": systems,
        "mocks": [_mock(folder / name, name) for name in spec.distil.halos],
        "counts": _counts(systems),
        "artifacts": {name: sha256(folder / name) for name in lasting},
        "environment": {
            "python": platform.python_version(),
            "platform": platform.platform(),
            "packages": versions(),
            "train_seconds": seconds,
        },
    }


def _system(spec: DistilSpec, folder: Path, name: str) -> Record:
    found = load_simulations(folder / name / "simulations.npz")
    settings, direct = found.settings, read_json(folder / name / "direct.json", "direct")
    judged = read_json(folder / name / spec.distil.train[0] / "judged.json", "judged")
    members = [
        one
        for network in spec.distil.train
        for one in _members(folder / name / network, network, settings)
    ]
    return {
        "name": name,
        "force": settings.force,
        "dimension": settings.dimension,
        "bodies": settings.bodies,
        "truth": _truth(settings.force),
        "drift_median": float(np.median(found.energy_drift)),
        "drift_largest": float(found.energy_drift.max()),
        "kinds": settings.kinds,
        "limit": settings.limit,
        "direct": direct | {"scores": judged["direct"], "told": _told(direct, judged)},
        "truth_path": judged["truth"],
        "members": members,
        "over_seeds": over_seeds(members),
    }


def _mock(folder: Path, name: str) -> Record:
    """Return what is known of the haloes of a mock, with and without a network."""
    settings = load_halos(folder / "halos.npz").settings
    forms = read_json(folder / "forms.json", "halo_forms")
    peers = [one | {"published": HALO_ERRORS.get(one["name"])} for one in forms["peers"]]
    about: Record = {"name": name} | {
        key: getattr(settings, key) for key in ("box", "radius", "smoothing")
    }
    found = read_json(folder / "formulas.json", "halo_formulas")
    return {**about, **forms, "peers": peers, "found": found}


def _told(direct: Record, judged: Record) -> Record | None:
    """Return the law of a library that is told the hidden charges."""
    told: Record | None = direct["told"]
    return None if told is None else told | {"scores": judged["direct_told"]}


def _truth(force: str) -> str:
    truth = TRUTHS[force]
    terms: list[Term] = list(truth)
    return law_text(terms, list(truth.values()))


def _members(folder: Path, network: str, settings: Simulation) -> list[Record]:
    laws, judged = (read_json(folder / f"{name}.json", name) for name in ("laws", "judged"))
    rows = list(csv.DictReader((folder / "errors.csv").read_text(encoding="utf-8").splitlines()))
    ours = settings.kinds or settings.limit is not None  # the paper has no such system
    force, found = "" if ours else settings.force, []
    for law, score in zip(laws["members"], judged["members"], strict=True):
        name = f"{law['variant']}-{law['seed']}"
        own = [row for row in rows if row["member"] == name]
        found.append(
            {
                "network": network,
                "variant": law["variant"],
                "seed": law["seed"],
                "r2": law["r2"],
                "share_of_variance": law["share_of_variance"],
                "live": int(float(own[-1]["messages"])),
                "law": _chosen(law, "chosen"),
                "law_by_drop": _chosen(law, "chosen_by_drop"),
                "front": [[one["complexity"], one["error"], one["text"]] for one in law["front"]],
                "on_front": any(one["equal"] for one in law["front"]),
                "points": law["points"],
                "paths": score["paths"],
                "network_scores": score["network"],
                "law_scores": score["law"],
                "mean_size": judged["mean_size"],
                "published": published(force, settings.dimension, law["variant"]),
                "charges": _charges(_chosen(law, "chosen"), settings),
            }
        )
    return found


def _chosen(law: Record, key: str) -> Record | None:
    return None if law[key] is None else law["front"][law[key]]


def _charges(law: Record | None, settings: Simulation) -> list[float]:
    """Return hidden charges as the law of motion has them, in units that suit the true ones."""
    if law is None or not settings.kinds:
        return []
    found, true = np.array(law["of_motion"]["charges"]), np.array(settings.kinds)
    scaled: list[float] = in_units_of(true, found).tolist()
    return scaled


def _counts(systems: list[Record]) -> list[Record]:
    """Return how many laws each variant found: by our choice, by the paper's, on the front."""
    members = [one for system in systems for one in system["members"]]
    variants = dict.fromkeys(one["variant"] for one in members)
    rows = []
    for variant in variants:
        own = [one for one in members if one["variant"] == variant]
        rows.append(
            {
                "variant": variant,
                "members": len(own),
                "found": sum(_equal(one["law"]) for one in own),
                "found_by_drop": sum(_equal(one["law_by_drop"]) for one in own),
                "on_front": sum(one["on_front"] for one in own),
            }
        )
    return rows


def over_seeds(members: list[Record]) -> list[Record]:
    """Return mean and spread over the seeds of each network and variant; no spread of one seed."""
    kinds = dict.fromkeys((one["network"], one["variant"]) for one in members)
    rows = []
    for network, variant in kinds:
        own = [one for one in members if (one["network"], one["variant"]) == (network, variant)]
        figures = {
            "r2": [one["r2"]["robust"] for one in own],
            "r2_free": [one["r2"]["free"] for one in own],
            "error_trained": [one["network_scores"]["error_trained"] for one in own],
            "loss": [one["network_scores"]["loss"] for one in own],
        }
        about = {
            "network": network,
            "variant": variant,
            "seeds": len(own),
            "found": sum(_equal(one["law"]) for one in own),
            "found_by_drop": sum(_equal(one["law_by_drop"]) for one in own),
        }
        rows.append(about | {name: _spread(values) for name, values in figures.items()})
    return rows


def _spread(values: list[float]) -> Record:
    """Return mean and sample deviation, None where there is but one value."""
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return {"mean": float(np.mean(values)), "deviation": deviation}


def _equal(law: Record | None) -> bool:
    return law is not None and bool(law["equal"])


def published(force: str, dimension: int, variant: str) -> dict[str, float | bool | None]:
    """Return R2, loss and whether the law was found; None for what is not published."""
    k = _VARIANTS.index(variant) if variant in _VARIANTS else len(_VARIANTS)
    rows = {
        "r2": _R2.get((force, dimension), ()),
        "loss": _LOSS.get((force, dimension), ()),
        "found": _FOUND.get(force, ()),
    }
    return {name: row[k] if k < len(row) else None for name, row in rows.items()}
