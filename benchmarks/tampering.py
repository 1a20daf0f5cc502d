"""How many single tamperings of a finished run `verify` notices: one byte or one figure each.

    python benchmarks/tampering.py results/smoke --count 100 --seed 0 --out tampering.json

The forger goes three ways in turn: leaves the rest as it was; writes hash and size of the changed
file into manifest and crate; or makes summary, page, manifest and crate anew from the changed file,
so that only derivation can find it. What --quick does not notice is tried with all checks.
"""

import argparse
import contextlib
import json
import random
import shutil
import tempfile
import time
from pathlib import Path

from symbolnet.artifact import read_json, sha256, write_json, write_text
from symbolnet.audit.contents import REPORT
from symbolnet.audit.crate import CRATE, crate_of
from symbolnet.audit.integrity import report_inputs
from symbolnet.audit.manifest import NAME, load_manifest
from symbolnet.audit.verify import opened, verify
from symbolnet.config import load_config, report_settings
from symbolnet.errors import InputError
from symbolnet.pipeline.declared import replays
from symbolnet.report.collect import collect
from symbolnet.report.page import render

KINDS = {  # what is tampered with, and where it lies
    "artifacts": ("training/*/*/*", "peers/*/*/*", "data/*/*.*", "firmware/*/*/*.*"),
    "vectors": ("firmware/*/*/vectors.npz", "firmware/*/*/reference.json"),
    "RTL": (
        "firmware/*/*/rtl/src/*.v",
        "firmware/*/*/rtl/src/static/*.v",
        "firmware/*/*/rtl/vhdl/*",
        "firmware/*/*/testbench/*",
    ),
    "tables": ("firmware/*/*/rtl/src/memfiles/*", "firmware/*/*/graph.json"),
    "summary": ("summary.json", "report/index.html"),
}


DIGITS = b"0123456789"
BINARY = (".npz", ".safetensors")
WAYS = ("file alone", "manifest forged too", "summary, page and manifest forged too")


def targets(run: Path, kind: str) -> list[str]:
    """Return the files of one kind."""
    found = {path for pattern in KINDS[kind] for path in run.glob(pattern) if path.is_file()}
    return sorted(p.relative_to(run).as_posix() for p in found if p.stat().st_size)


def change_byte(path: Path, generator: random.Random) -> str:
    """Give one byte of a file another value; half the time a digit another digit, if it is text."""
    content = bytearray(path.read_bytes())
    digits = [place for place, value in enumerate(content) if value in DIGITS]
    subtle = path.suffix not in BINARY and digits and generator.random() < 0.5
    place = generator.choice(digits) if subtle else generator.randrange(len(content))
    before, choice = content[place], DIGITS if subtle else range(256)
    content[place] = generator.choice([value for value in choice if value != before])
    path.write_bytes(content)
    return f"byte {place}: {before} -> {content[place]}"


def change_figure(path: Path, generator: random.Random) -> str:
    """Give one number of a JSON file another value, in the last places that are read."""
    value = read_json(path)
    places = list(numbers(value))
    holder, key, name = generator.choice(places)
    before = holder[key]
    step = 1 if isinstance(before, int) else generator.choice([1e-3, -1e-3])
    holder[key] = before + step if isinstance(before, int) else before * (1 + step) + 1e-9
    write_json(path, value)
    return f"{name}: {before} -> {holder[key]}"


def numbers(value, path="$"):
    """Yield holder, key and name of every number of JSON content."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in pairs:
        if isinstance(one, dict | list):
            yield from numbers(one, f"{path}.{key}")
        elif isinstance(one, int | float) and not isinstance(one, bool):
            yield value, key, f"{path}.{key}"


def tamper(run: Path, kind: str, generator: random.Random) -> tuple[str, str]:
    """Change one file of a kind; return its name and what was done."""
    name = generator.choice(targets(run, kind))
    figures = name.endswith(".json") and generator.random() < 0.5
    figures = figures and any(numbers(read_json(run / name)))
    before = (run / name).read_bytes()
    done = (change_figure if figures else change_byte)(run / name, generator)
    return (name, done) if (run / name).read_bytes() != before else tamper(run, kind, generator)


def cover_up(run: Path) -> None:
    """Write hash and size of every file into the manifest, and make the crate anew."""
    manifest = load_manifest(run)
    for entry in [*manifest["files"], *manifest["environment"]["files"]]:
        if entry["sha256"] is not None:
            path = run / entry["path"]
            entry |= {"sha256": sha256(path), "size": path.stat().st_size}
    write_json(run / NAME, manifest, sort_keys=False)
    entry = {"size": (run / NAME).stat().st_size, "sha256": sha256(run / NAME)}
    write_json(run / CRATE, crate_of(manifest, entry))


def report_again(run: Path, name: str) -> None:
    """Make summary and page anew, as if the changed file were right; a broken one stays."""
    manifest = load_manifest(run)
    inputs, summary = report_inputs(manifest, run), read_json(run / "summary.json")
    if name not in REPORT:
        fresh = collect(report_settings(load_config(manifest["config"])), inputs)
        kept = {k: v for k, v in summary["environment"].items() if k != "sha256"}
        summary = fresh | {"environment": fresh["environment"] | kept}
        write_json(run / "summary.json", summary)
    if name != "report/index.html":
        write_text(run / "report/index.html", render(summary, inputs))


def noticed(run: Path, quick: bool) -> str | None:
    """Return the first check that fails, None if all pass; a refusal to read counts as one."""
    try:
        with opened(run) as audited:
            again = list(replays(audited.config, audited.folder))
            checks = verify(audited, again, quick, jobs=1 + (not quick))
            return next((check.name for check in checks if check.outcome == "failed"), None)
    except InputError as refusal:
        return str(refusal)


def attempt(run: Path, folder: Path, number: int, seed: int, covered: int) -> dict:
    """Tamper with a copy of the run once and verify it."""
    kind = list(KINDS)[number % len(KINDS)]
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(run, folder, ignore=shutil.ignore_patterns("logs"))
    name, done = tamper(folder, kind, random.Random(1000 * seed + number))
    if covered == 2:
        with contextlib.suppress(Exception):  # nothing can be made of a file that is broken
            report_again(folder, name)
    if covered:
        cover_up(folder)
    failed = noticed(folder, quick=True) or noticed(folder, quick=False)
    return {"kind": kind, "file": name, "change": done, "way": WAYS[covered], "failed": failed}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    found = []
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(options.count):
            covered = (number // len(KINDS)) % len(WAYS)
            folder = Path(scratch) / options.run.name
            found.append(attempt(options.run, folder, number, options.seed, covered))
            print(number, json.dumps(found[-1]), flush=True)
    for way in WAYS:
        some = [one for one in found if one["way"] == way]
        hits = sum(one["failed"] is not None for one in some)
        print(f"{way}: {hits} of {len(some)} noticed")
    print(f"{time.monotonic() - start:.0f} s")
    if options.out:
        write_json(options.out, found)


if __name__ == "__main__":
    main()
