"""SIGKILL at random moments of the smoke run; what goes on from there ends in the same bytes.

`make test-kill KILLS=20` sets how many; the moments come from a fixed seed.
"""

import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workflow_case import SMOKE, copy_workflow, digests, environment, snakemake

pytestmark = pytest.mark.kill

KILLS = int(os.environ.get("KILLS", "3"))
STARTUP, LONGEST = 2.5, 16.0  # seconds into a start of Snakemake between which it is killed


def run_for(folder: Path, seconds: float) -> str | None:
    """Kill Snakemake and all its jobs after a time; return what ended last, None if all did."""
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--rerun-incomplete", *SMOKE]
    output = folder / "snakemake.log"
    with output.open("w") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(folder), stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        try:
            assert process.wait(seconds) == 0, output.read_text()[-4000:]
            return None
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    ended = re.findall(r"^\[ *\d+ of \d+] (.+),", output.read_text(), re.MULTILINE)
    return ended[-1] if ended else "start"


def test_killed_runs_recover_to_the_same_artifacts(tmp_path: Path) -> None:
    expected_in = copy_workflow(tmp_path / "whole")
    snakemake(expected_in)
    expected = digests(expected_in)
    moments, struck, runs = random.Random(1), [], 0
    folder = copy_workflow(tmp_path / "killed-0", expected_in)
    while len(struck) < KILLS:
        running = run_for(folder, moments.uniform(STARTUP, LONGEST))
        if running is None:
            assert digests(folder) == expected
            runs += 1
            folder = copy_workflow(tmp_path / f"killed-{runs}", expected_in)
            continue
        struck.append(running)
        print(f"kill {len(struck)}: after {running}", flush=True)
        snakemake(folder, "--unlock")
    begun = time.monotonic()
    snakemake(folder, "--rerun-incomplete")
    print(f"the rest took {time.monotonic() - begun:.0f} s", flush=True)
    found = digests(folder)
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []
