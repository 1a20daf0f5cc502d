"""What `snakemake` takes to find that nothing is to be done in a run of a thousand jobs.

    python benchmarks/noop.py [--datasets 20] [--repeat 5]

In a temporary folder: a config of many data sets, a small file in place of each result, and
`snakemake --touch`, which records them as made by their rules. Then the same command, which has
nothing to do, beside one with no rule at all: the ratio says how much of the time is ours.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("Snakefile", "workflow", "config", "profiles", "src")
FOLDERS = ("rtl", "hls", "hls_lut", "testbench", "source")
TRAININGS, CHOICES = 5, 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--datasets", type=int, default=20)
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = prepared(Path(name), arguments.datasets)
        jobs = made(folder)
        snakemake(folder, "--touch")
        empty = folder / "empty.smk"
        empty.write_text(
            "rule all:\n    default_target: True\n    output: 'Snakefile'\n", encoding="utf-8"
        )
        full = seconds(folder, arguments.repeat)
        bare = seconds(folder, arguments.repeat, "--snakefile", str(empty))
    print(f"{jobs} jobs: nothing to be done after {full:.2f} s; without rules {bare:.2f} s")
    print(f"ratio {full / bare:.2f}")


def prepared(folder: Path, datasets: int) -> Path:
    """Copy the workflow beside a config of many data sets, trainings and choices."""
    for part in COPIED:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, folder / part)
    names = [f"jets{i}" for i in range(datasets)]
    trainings, choices = (
        [f"{k}{i}" for i in range(n)] for k, n in (("t", TRAININGS), ("c", CHOICES))
    )
    source = {"source": "pythia", "chunks": 2, "jets_per_class": 120}
    config = {
        "run": "many",
        "datasets": names,
        "data": {name: {**source, "seed": i + 1} for i, name in enumerate(names)},
        "training": {name: {"method": "paper", "thresholds": "learned"} for name in trainings},
        "train": trainings,
        "choices": {name: {"training": trainings[i]} for i, name in enumerate(choices)},
        "choose": choices,
        "peers": [],
    }
    (folder / "many.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def made(folder: Path) -> int:
    """Write something in place of every output, in the order of the jobs; return their number."""
    plan = snakemake(folder, "--dry-run")
    outputs = re.findall(r"^    output: (.*)", plan, re.MULTILINE)
    for path in (folder / name for line in outputs for name in line.split(", ")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if path.name in FOLDERS else path.write_text(path.name, encoding="utf-8")
    return len(outputs)


def snakemake(folder: Path, *arguments: str) -> str:
    """Run snakemake in the folder and return what it printed; end where it fails."""
    command = [sys.executable, "-m", "snakemake", "--configfile", "many.json", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8")
    if done.returncode:
        sys.exit(done.stdout[-2000:] + done.stderr[-2000:])
    return done.stdout + done.stderr


def seconds(folder: Path, repeat: int, *arguments: str) -> float:
    """Return the least of some times of a run that has nothing to do."""
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        said = snakemake(folder, *arguments)
        times.append(time.perf_counter() - start)
        if "Nothing to be done" not in said:
            sys.exit(f"there was something to do:\n{said[-2000:]}")
    return min(times)


if __name__ == "__main__":
    main()
