"""SIGTERM: the exit code, the files and the tools of a stage."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

SLEEPER = "import time; time.sleep(60)"
STAGE = """
import subprocess, sys, time
from pathlib import Path
from symbolnet.artifact import replacing, scratch
from symbolnet.interrupt import exit_on_sigterm

exit_on_sigterm()
folder, tool = Path(sys.argv[1]), sys.argv[2]
with replacing(folder / "result") as temporary, scratch(folder / "tool") as room:
    temporary.write_text("half")
    try:
        subprocess.run(["sh", "-c", f"{sys.executable} -c '{tool}' & wait"])
    finally:
        print("saving", flush=True)
        time.sleep(0.5)
        (folder / "saved").touch()
"""


def started(folder: Path) -> tuple[subprocess.Popen[str], psutil.Process]:
    """Start a stage that waits for a tool's child; return both processes."""
    command = [sys.executable, "-c", STAGE, str(folder), SLEEPER]
    stage = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        children = psutil.Process(stage.pid).children(recursive=True)
        if len(children) == 2:
            return stage, children[-1]
        time.sleep(0.02)
    stage.kill()
    pytest.fail("the tool did not start")


def test_sigterm_saves_removes_what_is_half_written_and_ends_the_tools(tmp_path: Path) -> None:
    stage, tool = started(tmp_path)
    stage.send_signal(signal.SIGTERM)
    assert stage.stdout is not None and stage.stdout.readline() == "saving\n"
    stage.send_signal(signal.SIGTERM)  # a second one does not stop the saving
    assert stage.wait(30) == 143
    stage.stdout.close()
    assert [path.name for path in tmp_path.iterdir()] == ["saved"]
    psutil.wait_procs([tool], timeout=10)
    assert not tool.is_running()
