"""The page in a real browser: works by mouse and key, reports no error, asks for nothing."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from report_case import SPEC, build
from symbolnet.pipeline.stages.write_report import write_report

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
<script type="module">
addEventListener("securitypolicyviolation", (event) => console.error(event.blockedURI));
const table = document.querySelector("#models table.sortable");
const column = () => [...table.tBodies[0].rows].map((row) => +row.cells[3].dataset.value);
const button = table.tHead.rows[0].cells[3].querySelector("button");
button.click();
const up = column();
button.click();
const box = [...document.querySelectorAll(".filter input")].at(-1);
const filtered = box.closest(".filter").nextElementSibling.querySelector("tbody");
const total = filtered.rows.length;
box.value = "explanation.json";
box.dispatchEvent(new Event("input"));
const left = [...filtered.rows].filter((row) => !row.hidden);
const mark = document.querySelector("g.point[tabindex='0']");
mark.focus();
const tip = document.querySelector(".tip");
const first = tip.textContent;
mark.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
const images = [...document.images];
const state = {
  filter: total > left.length && left.length === 1 && left[0].textContent.includes("explanation"),
  told: box.closest(".filter").querySelector("output").textContent === `1 of ${total} rows`,
  tip: !tip.hidden && first.includes("at complexity") && first !== tip.textContent,
  named: document.activeElement.getAttribute("aria-label") === tip.textContent,
  stops: [...document.querySelectorAll("figure.marks")].every(
    (one) => one.querySelectorAll("g.point[tabindex='0']").length === 1),
  images: images.every((one) => one.src.startsWith("data:") && one.alt !== ""),
  requests: performance.getEntriesByType("resource").length,
  up: up.every((v, i) => i === 0 || up[i - 1] <= v),
  down: column().every((v, i, all) => i === 0 || all[i - 1] >= v),
  sort: table.tHead.rows[0].cells[3].getAttribute("aria-sort"),
  wide: document.documentElement.scrollWidth > innerWidth,
  copy: [...document.querySelectorAll("button.copy")].every((b) => !b.hidden),
};
document.title = "probe " + JSON.stringify(state);
</script>
"""

PLAIN = """
<script>
const rows = [...document.querySelectorAll("tbody tr")];
const points = [...document.querySelectorAll("g.point")];
const state = {
  tall: document.body.scrollHeight > 3000,
  rows: rows.length > 20 && rows.every((row) => !row.hidden),
  titles: points.length > 0 && points.every((one) => one.querySelector("title")),
  hidden: [...document.querySelectorAll("button.copy, .hint")].every((one) => one.hidden),
  wide: document.documentElement.scrollWidth > innerWidth,
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


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a tiny run."""
    folder = tmp_path_factory.mktemp("run")
    page = folder / "index.html"
    write_report(SPEC, build(folder), folder / "summary.json", page)
    return page.read_text(encoding="utf-8")


def probed(browser: str, folder: Path, text: str, width: int) -> tuple[dict[str, Any], str]:
    """Open a page; return what its probe put into the title, and what the browser logged."""
    page = folder / "index.html"
    page.write_text(text, encoding="utf-8")
    command = [browser, *FLAGS, f"--user-data-dir={folder / 'profile'}"]
    command += [f"--window-size={width},900", "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    title = re.search(r"<title>probe (\{.*?\})</title>", done.stdout)
    assert title, done.stderr
    return json.loads(title[1]), done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1280])
def test_it_sorts_filters_tells_and_fits(
    browser: str, text: str, tmp_path: Path, width: int
) -> None:
    found, log = probed(browser, tmp_path, text.replace("</body>", PROBE + "</body>"), width)
    assert found == {
        "filter": True,
        "told": True,
        "tip": True,
        "named": True,
        "stops": True,
        "images": True,
        "requests": 0,
        "up": True,
        "down": True,
        "sort": "descending",
        "wide": False,
        "copy": True,
    }
    assert "CONSOLE" not in log


@pytest.mark.slow
def test_it_can_be_read_without_scripts(browser: str, text: str, tmp_path: Path) -> None:
    """What scripts add is hidden without them, and nothing else is."""
    assert text.count("<script>") == 1
    plain = re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    found, _ = probed(browser, tmp_path, plain.replace("</body>", PLAIN + "</body>"), 390)
    assert found == {"tall": True, "rows": True, "titles": True, "hidden": True, "wide": False}
