"""Does what lies here agree with its manifest: files, crate, report, and the code that looks."""

from collections.abc import Iterable, Mapping, Set
from pathlib import Path
from typing import Any

from symbolnet.artifact import Record, check_schema, read_json, sha256
from symbolnet.audit import machine
from symbolnet.audit.check import Check, judged, passed, unchecked
from symbolnet.audit.contents import REPORT, files
from symbolnet.audit.crate import CRATE, crate_of
from symbolnet.audit.difference import canonical, first_change
from symbolnet.audit.manifest import NAME, code, recorded, seeds
from symbolnet.config import Config, report_settings
from symbolnet.report.collect import collect
from symbolnet.report.inputs import Inputs, read_by_report
from symbolnet.report.page import render
from symbolnet.report.provenance import versions

_NAMED = 3  # modules or packages named in a line


def check_files(entries: Mapping[str, Record], run: Path, left_out: Set[str]) -> Check:
    """Hold every file to its recorded size and hash, `entries` by path."""
    faults = []
    for name, entry in entries.items():
        path = run / name
        if not path.is_file():
            faults += [] if name in left_out else [f"{name} is missing"]
        elif (path.stat().st_size, sha256(path)) != (entry["size"], entry["sha256"]):
            faults.append(f"{name} has another size or sha256 than {NAME} records")
    present = len(entries) - len(left_out & entries.keys())
    return judged("hashes", sorted(faults, key=_missing_first), f"{present} files as recorded")


def _missing_first(fault: str) -> bool:
    return not fault.endswith("is missing")


def check_unlisted(manifest: Record, config: Config, run: Path) -> Check:
    """Find files of the run that the manifest does not name."""
    return check_listed(files(config, run), recorded(manifest))


def check_listed(names: Iterable[str], entries: Mapping[str, Record]) -> Check:
    """Find files that the entries of a manifest do not name."""
    extra = sorted(set(names) - entries.keys())
    return judged("unlisted files", [f"{name} is not in {NAME}" for name in extra], "none")


def check_left_out(left_out: set[str]) -> list[Check]:
    """Say what a bundle does not hold."""
    if not left_out:
        return []
    return [unchecked("left out", f"{len(left_out)} files of data are not in this bundle")]


def check_inputs(manifest: Record, config: Config) -> list[Check]:
    """Hold raw files from outside the run to their hashes, where they lie here."""
    checks = []
    for entry in manifest["inputs"]:
        name, path = f"raw {entry['path']}", _raw_file(entry["path"], config)
        if path is None:
            reason = f"not in {config.data_dir} or the working folder (name theirs with --data)"
            checks.append(unchecked(name, reason))
        else:
            faults = [] if sha256(path) == entry["sha256"] else ["another sha256 than recorded"]
            checks.append(judged(name, faults, "as recorded"))
    return checks


def _raw_file(name: str, config: Config) -> Path | None:
    """Return where a raw file lies here, by its name in the manifest."""
    folder = Path(config.data_dir)
    here = (folder / name, Path(name), folder / Path(name).name)
    return next((path for path in here if path.is_file()), None)


def changed_inputs(manifest: Record, config: Config, dataset: str) -> list[str]:
    """Return the raw files of a data set that lie here with another content than recorded."""
    found = [(one, _raw_file(one["path"], config)) for one in manifest["inputs"]]
    return [
        entry["path"]
        for entry, path in found
        if entry["dataset"] == dataset and path is not None and sha256(path) != entry["sha256"]
    ]


def check_record(manifest: Record, run: Path) -> Check:
    """Hold the manifest to its own bytes, its config, and the crate made of it."""
    path = run / NAME
    entry = {"size": path.stat().st_size, "sha256": sha256(path)}
    crate = crate_of(manifest, entry)
    faults = (
        [] if canonical(path, sort_keys=False) else [f"{NAME} is not laid out as it was written"]
    )
    if manifest["seeds"] != seeds(manifest["config"]):
        faults.append(f"{NAME} states other seeds than its config")
    change = first_change(read_json(run / CRATE), crate, 0.0)
    if change is not None or not canonical(run / CRATE):
        faults.append(f"{CRATE} does not belong to {NAME}: {change or 'another layout'}")
    return judged("manifest and crate", faults, "belong together")


def check_code(manifest: Record) -> Check:
    """Say whether the code that checks is the code that ran."""
    found, stated = code(), manifest["code"]
    names = sorted(n for n in found.keys() | stated.keys() if found.get(n) != stated.get(n))
    if not names:
        return passed("code", f"{len(found)} modules, as they were in the run")
    return unchecked("code", f"other code here than in the run: {_some(names)}")


def check_packages(manifest: Record) -> Check:
    """Say whether the versions here are those of the run."""
    found, stated = versions(), manifest["environment"]["packages"]
    names = sorted(n for n in stated if found.get(n) != stated[n])
    if not names:
        return passed("versions", f"{len(stated)} packages, as they were in the run")
    pairs = [f"{name} {found.get(name, 'missing')}, was {stated[name]}" for name in names]
    return unchecked("versions", f"other versions here than in the run: {_some(pairs)}")


def _some(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" * (len(names) > _NAMED))


def same_machine(manifest: Record) -> bool:
    """Tell whether processor and versions are those of the run: then figures repeat to the bit."""
    environment = manifest["environment"]
    cpu = environment["hardware"]["cpu"] == machine.hardware()["cpu"]
    return bool(cpu and environment["packages"] == versions())


def report_inputs(manifest: Record, run: Path) -> Inputs:
    """Return the artifacts that summary and page are made of."""
    return Inputs([run / name for name in sorted(recorded(manifest)) if read_by_report(name)])


def check_summary(manifest: Record, config: Config, run: Path, tolerance: float) -> Check:
    """Collect every figure of summary.json again and compare."""
    path = run / REPORT[0]
    stored = read_json(path)
    check_schema(stored, "summary", path)
    fresh = collect(report_settings(config, config.datasets), report_inputs(manifest, run))
    fresh["environment"] |= _stated(manifest)
    change = first_change(stored, fresh, tolerance)
    faults = [f"summary.json: {change}"] if change is not None else []
    faults += [] if canonical(path) else ["summary.json is not laid out as it was written"]
    return judged("summary", faults, f"{_count(stored)} figures collected again")


def _stated(manifest: Record) -> Record:
    """Return what the summary should say of the machine it was made on."""
    return {key: manifest["environment"][key] for key in ("python", "platform", "packages")}


def _count(value: Any) -> int:
    if isinstance(value, dict | list):
        return sum(_count(one) for one in (value.values() if isinstance(value, dict) else value))
    return isinstance(value, int | float) and not isinstance(value, bool)


def check_page(manifest: Record, run: Path) -> Check:
    """Render the page again from the stored summary and compare it letter by letter."""
    text = render(read_json(run / REPORT[0]), report_inputs(manifest, run))
    return as_rendered(run / REPORT[1], text)


def as_rendered(page: Path, text: str) -> Check:
    """Compare a stored page letter by letter with what it is rendered as again."""
    stored = page.read_text(encoding="utf-8")
    pairs = enumerate(zip(stored.split("\n"), text.split("\n"), strict=False), start=1)
    line = next((number for number, (a, b) in pairs if a != b), None)
    same = stored == text
    faults = [] if same else [f"report/index.html differs in line {line or 'after the end'}"]
    return judged("page", faults, f"{len(text):,} characters rendered again")
