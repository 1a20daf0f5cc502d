"""LaTeX of any name compiles with pdflatex alone and shows the signs of the name."""

import random
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from symbolnet.expression.export.latex import document
from symbolnet.expression.export.latex_text import escape
from symbolnet.expression.tree import Apply, Constant, Expression, ExpressionSet, Variable

needs_latex = pytest.mark.skipif(
    shutil.which("pdflatex") is None, reason="no pdflatex (Debian: texlive-latex-base)"
)

# What a PDF shows of each name: blanks apart, and the glyphs that one font has for two characters.
NAMES = {
    "mass": "mass",
    "Δη": "Δη",
    "pt<5": "pt<5",
    "a|b": "a|b",
    "τ→μ": "τ→μ",
    "E>10": "E>10",
    "size\n(mm)": "size(mm)",
    "[x]": "[x]",
    "*y": "*y",
    "a--b": "a--b",
    "\"uo'te`s": "\"uo'te`s",
    "~^\\": "~^\\",
    "x²₁": "x21",
    "½ µm": "1/2μm",
    "50 % & $ # {z}_1": "50%&$#{z}1",
    "中": "[U+4E2D]",
    "<<,,>>?`!`": "<<,,>>?`!`",
    "\\input{/etc/passwd}": "\\input{/etc/passwd}",
}


def typeset(names: list[str], classes: list[str], symbols: tuple[str, ...] = ()) -> str:
    squares: list[Expression] = [
        Apply("Mul", (Constant(-2.5), Apply("Pow", (Variable(i), Constant(2))), Variable(0)))
        for i in range(1, len(names))
    ]
    whole = Apply("Add", (Variable(0), *squares))
    model = ExpressionSet("m", (whole,) * len(classes), tuple(names), tuple(classes), symbols)
    return document(model, [0.0] * len(names), [1.0] * len(names))


def compiled(text: str, folder: Path) -> str:
    """The text of the PDF without blanks; fails on any complaint of pdflatex."""
    (folder / "e.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "e.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="latin-1")
    log = (folder / "e.log").read_text(encoding="latin-1")
    assert done.returncode == 0, re.findall(r"^!.*", log, re.MULTILINE)
    assert "Missing character" not in log
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext (Debian: poppler-utils) to read the PDF with")
    command = ["pdftotext", "-layout", "e.pdf", "-"]
    shown = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8").stdout
    return re.sub(r"\s", "", shown.replace("∆", "Δ").replace("µ", "μ"))


@needs_latex
def test_every_name_is_shown_as_it_is(tmp_path: Path) -> None:
    shown = compiled(typeset(list(NAMES), ["τ→μ", "E>10"]), tmp_path)
    rows = shown[shown.index("inputmeanscale") :]
    for text in NAMES.values():
        assert re.search(rf"(?:scale|01){re.escape(text)}01", rows), text
    assert "τ→μ=" in shown and "E>10=" in shown
    assert "[U+4E2D]cjkunifiedideograph-4e2d" in shown


@needs_latex
@pytest.mark.parametrize("seed", range(3))
def test_names_of_any_characters_compile(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    planes = [(0, 0x80), (0x80, 0x250), (0x2B0, 0x500), (0x2000, 0x2C00), (0, 0x11000)]
    points = [dice.randrange(*dice.choice(planes)) for _ in range(1500)]
    kept = [chr(n) for n in points if not 0xD800 <= n < 0xE000]
    names = ["".join(kept[i : i + 7]) for i in range(0, len(kept), 7)]
    compiled(typeset(names, names[:3]), tmp_path)


@needs_latex
def test_symbols_of_the_source_are_typeset(tmp_path: Path) -> None:
    text = typeset(["mass_mmdt", "zlogz", "p0_1"], ["t"], ("m_mMDT", "(∑ z ln z)", "C_1^(1)"))
    assert r"m_{\mathrm{mMDT}}" in text and r"\left(C_{1}^{(1)}\right)^{2}" in text
    assert r"\cdot" not in text
    assert "mass_mmdt" in compiled(text, tmp_path).replace("massmmdt", "mass_mmdt")


def test_words_have_a_product_sign_between_them() -> None:
    text = typeset(["mean smoothness", "texture error"], ["t"])
    assert r"2.5 \cdot \text{mean smoothness} \cdot \text{texture error}^{2}" in text
    assert r"\cdot" not in typeset(["a", "b"], ["t"])


def test_a_name_is_no_command() -> None:
    assert escape("\\input{x}") == r"\textbackslash{}input\{x\}"
