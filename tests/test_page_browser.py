"""The page in a real browser: sorts, reports no error, asks the network for nothing."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from report_case import SPEC, build
from symbolnet.stages.write_report import write_report

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--enable-logging=stderr",
    "--virtual-time-budget=3000",
)
PROBE = """
<script>
const table = document.querySelector("#models table.sortable");
const column = () => [...table.tBodies[0].rows].map((row) => +row.cells[3].dataset.value);
const button = table.tHead.rows[0].cells[3].querySelector("button");
button.click();
const up = column();
button.click();
const state = {
  up: up.every((v, i) => i === 0 || up[i - 1] <= v),
  down: column().every((v, i, all) => i === 0 || all[i - 1] >= v),
  sort: table.tHead.rows[0].cells[3].getAttribute("aria-sort"),
  wide: document.documentElement.scrollWidth > innerWidth,
  copy: [...document.querySelectorAll("button.copy")].every((b) => !b.hidden),
};
document.title = "probe " + JSON.stringify(state);
</script>
"""


@pytest.fixture(scope="module")
def browser() -> str:
    found = next((name for name in NAMES if shutil.which(name)), None)
    if found is None:
        pytest.skip("no Chromium on PATH")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1280])
def test_it_sorts_and_fits_and_reports_no_error(browser: str, tmp_path: Path, width: int) -> None:
    paths = build(tmp_path)
    page = tmp_path / "report/index.html"
    write_report(SPEC, paths, tmp_path / "summary.json", page)
    page.write_text(page.read_text().replace("</body>", PROBE + "</body>"))
    command = [browser, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}"]
    command += [f"--window-size={width},900", "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    title = re.search(r"<title>probe (\{.*?\})</title>", done.stdout)
    assert title, done.stderr
    assert '"up":true,"down":true,"sort":"descending","wide":false' in title[1]
    assert '"copy":true' in title[1]
    assert "CONSOLE" not in done.stderr
