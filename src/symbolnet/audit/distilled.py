"""The manifest of a distillation, and the checks that derive its figures again."""

import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from symbolnet.artifact import Record, read_json
from symbolnet.audit import integrity, machine
from symbolnet.audit.check import Check, guarded, judged, unchecked
from symbolnet.audit.difference import canonical, first_change
from symbolnet.audit.manifest import code, sized
from symbolnet.audit.replay import Replay, repeat
from symbolnet.config import DistilSpec
from symbolnet.report.distil.collect import SCHEMA, artifact_names, collect
from symbolnet.report.distil.page import render
from symbolnet.report.provenance import versions

DATA = ("schema/distil_manifest.json",)
MANIFEST = "distil_manifest"
_PAGES = ("summary.json", "report/index.html")
_ELSEWHERE = 1e-6  # on another machine sums have other last bits, and fits end beside each other


def distil_manifest(spec: DistilSpec, folder: Path) -> Record:
    """Return the manifest of a finished distillation in a folder."""
    return {
        "kind": "distillation",
        "settings": spec.model_dump(mode="json"),
        "code": code(),
        "files": [sized(name, folder) for name in _names(spec)],
        "environment": {
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "packages": versions(),
            "hardware": machine.hardware(),
        },
    }


def _names(spec: DistilSpec) -> list[str]:
    """Return the files of a finished distillation but its manifest."""
    return sorted([*artifact_names(spec), *_PAGES])


def is_distillation(folder: Path) -> bool:
    """Tell whether a folder holds a distillation."""
    path = folder / "manifest.json"
    value = read_json(path) if path.is_file() else None
    return isinstance(value, dict) and value.get("kind") == "distillation"


def spec_of(folder: Path) -> DistilSpec:
    """Return the settings of the distillation in a folder."""
    return DistilSpec.model_validate(read_json(folder / "manifest.json", MANIFEST)["settings"])


def distil_checks(folder: Path, again: Iterable[Replay]) -> Iterator[Check]:
    """Yield every check of a distillation, the cheap ones first; trainings are not run again."""
    manifest, spec = read_json(folder / "manifest.json", MANIFEST), spec_of(folder)
    tolerance = 0.0 if integrity.same_machine(manifest) else _ELSEWHERE
    entries = {one["path"]: one for one in manifest["files"]}
    yield guarded("hashes", partial(integrity.check_files, entries, folder, frozenset()))
    yield guarded("unlisted files", partial(integrity.check_listed, _names(spec), entries))
    yield integrity.check_code(manifest)
    yield integrity.check_packages(manifest)
    yield guarded("summary", partial(_check_summary, spec, folder, tolerance))
    yield guarded("page", partial(_check_page, folder))
    with tempfile.TemporaryDirectory(prefix="symbolnet-") as scratch:
        for replay in again:
            place = Path(scratch) / replay.name.replace("/", "-").replace(" ", "-")
            check = partial(repeat, replay, folder.absolute().parent, place, tolerance)
            yield guarded(replay.name, check)
    trained = {"train_graph_networks": spec.distil.systems, "train_halo_network": spec.distil.halos}
    for stage, names in trained.items():
        reason = f"not run again here; `snakemake --forcerun {stage} distil` does"
        yield from (unchecked(f"training of {name}", reason) for name in names)


def _check_summary(spec: DistilSpec, folder: Path, tolerance: float) -> Check:
    stored = read_json(folder / "summary.json", SCHEMA)
    fresh = collect(spec, folder)
    fresh["environment"] = stored["environment"]
    change = first_change(stored, fresh, tolerance)
    faults = [] if change is None else [f"summary.json: {change}"]
    faults += [] if canonical(folder / "summary.json") else ["summary.json has another layout"]
    return judged("summary", faults, "collected again")


def _check_page(folder: Path) -> Check:
    text = render(read_json(folder / "summary.json", SCHEMA))
    return integrity.as_rendered(folder / "report/index.html", text)
