"""The tutorial: it is stored without results, and what it computes is right."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

_TUTORIAL = Path(__file__).resolve().parent.parent / "docs" / "tutorial.ipynb"


def test_it_is_stored_without_results() -> None:
    cells = nbformat.read(_TUTORIAL, 4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert code and not any(cell.outputs or cell.execution_count for cell in code)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """All outputs of the executed tutorial, as text."""
    folder = tmp_path_factory.mktemp("tutorial")
    shutil.copy(_TUTORIAL, folder)
    program = Path(sys.executable).with_name("jupyter-execute")
    done = subprocess.run(
        [program, "--inplace", folder / _TUTORIAL.name],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    notebook = nbformat.read(folder / _TUTORIAL.name, 4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return "\n".join(one.text if "text" in one else one.data["text/plain"] for one in outputs)


def number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    assert found, f"no {pattern} in {text}"
    return float(found[1])


@pytest.mark.slow
def test_formulas_tell_the_flowers_apart_and_find_the_law(said: str) -> None:
    assert number(r"right on ([\d.]+)% of 38 flowers", said) > 90
    assert "x0**2 + 2.5382*cos(x3) - 0.5" in said


@pytest.mark.slow
def test_firmware_is_simulated_proved_counted_and_emulated(said: str) -> None:
    assert number(r"flowers get the same .*, ([\d.]+)% the right one", said) > 85
    assert len(re.findall(r"0 of 112 rows and \d+ corner vectors differ", said)) == 2
    assert 0 < number(r"(\d+) LUT, \d+ FF", said) < 200
    assert re.search(r"(\w+) by the emulator, \1 by the integers", said)


@pytest.mark.slow
def test_a_typed_formula_goes_on_to_proved_firmware(said: str) -> None:
    assert "0 of 100 rows and" in said and "8 of 8 nodes proved" in said
    assert number(r"R2 ([\d.]+), largest error", said) > 0.99
    assert "'relu' at column 5 of the formula" in said
