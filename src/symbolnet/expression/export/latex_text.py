"""Any text as LaTeX that pdflatex sets with its own fonts (OT1, Computer Modern, amsmath).

What those fonts do not hold is written by its number, [U+4E2D], and `unknown` says what it is.
"""

import unicodedata
from collections.abc import Sequence

# In OT1 these would be read as commands, print as other signs, or join to ligatures.
_ASCII = {"\\": r"\textbackslash{}", "~": r"{\ttfamily\char126}", "^": r"{\ttfamily\char94}"}
_ASCII |= {character: "\\" + character for character in "&%$#_{}"}
_ASCII |= {"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}"}
_ASCII |= {'"': r"{\ttfamily\char34}", "'": r"{\ttfamily\char13}", "`": r"{\ttfamily\char18}"}
# A bracket or a star behind a line's end would be its option.
_ASCII |= {"[": "{[}", "]": "{]}", "*": "{*}"}
_GREEK = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa",
    "lambda", "mu", "nu", "xi", "omicron", "pi", "rho", "varsigma", "sigma", "tau", "upsilon",
    "phi", "chi", "psi", "omega",
)  # fmt: skip
_LATIN_CAPITALS = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True))
_SIGNS = {
    "→": "rightarrow", "←": "leftarrow", "↔": "leftrightarrow", "⇒": "Rightarrow",
    "⇐": "Leftarrow", "⇔": "Leftrightarrow", "↑": "uparrow", "↓": "downarrow", "±": "pm",
    "∓": "mp", "×": "times", "÷": "div", "·": "cdot", "∙": "cdot", "⋅": "cdot", "∗": "ast",
    "µ": "mu", "≤": "leq", "≥": "geq", "≪": "ll", "≫": "gg", "≠": "neq",
    "≈": "approx", "≡": "equiv", "≃": "simeq", "∼": "sim", "∝": "propto", "∞": "infty",
    "∂": "partial", "∇": "nabla", "∑": "sum", "∏": "prod", "√": "surd", "∫": "int", "∈": "in",
    "∉": "notin", "∩": "cap", "∪": "cup", "⊂": "subset", "⊃": "supset", "∅": "emptyset",
    "∀": "forall", "∃": "exists", "¬": "neg", "∧": "wedge", "∨": "vee", "⊕": "oplus",
    "⊗": "otimes", "⊥": "perp", "⟂": "perp", "∥": "parallel", "∠": "angle", "⟨": "langle",
    "⟩": "rangle", "′": "prime", "ℓ": "ell", "ℏ": "hbar", "ℜ": "Re", "ℑ": "Im", "ϵ": "epsilon",
    "ϑ": "vartheta", "ϕ": "phi", "ϖ": "varpi", "ϱ": "varrho", "•": "bullet", "★": "star",
    "«": "ll", "»": "gg", "−": "-", "†": "dagger", "‡": "ddagger",
    "§": "mathsection", "¶": "mathparagraph", "£": "mathsterling",
}  # fmt: skip
_LETTERS = {
    "ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}", "œ": r"\oe{}", "Œ": r"\OE{}", "ø": r"\o{}",
    "Ø": r"\O{}", "å": r"\aa{}", "Å": r"\AA{}", "ł": r"\l{}", "Ł": r"\L{}", "ı": r"\i{}",
    "ȷ": r"\j{}", "°": r"\textsuperscript{\ensuremath{\circ}}", "⁄": "/",
    "¡": "!`", "¿": "?`", "–": "--", "—": "---", "‐": "{-}", "‑": "{-}", "…": r"\dots{}",
    "‘": "`", "’": "'", "“": "``", "”": "''",
}  # fmt: skip
_ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u",
    "\u0307": ".", "\u0308": '"', "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0323": "d",
    "\u0327": "c", "\u0331": "b",
}  # fmt: skip
# The same over Greek letters, which are mathematics.
_MATH_ACCENTS = {
    "`": "grave", "'": "acute", "^": "hat", "~": "tilde", "=": "bar", "u": "breve", ".": "dot",
    '"': "ddot", "v": "check",
}  # fmt: skip
_RAISED = {"<super>": r"\textsuperscript{%s}", "<sub>": r"\textsubscript{%s}"}


def escape(text: str) -> str:
    """Return the LaTeX of a text; every blank, line breaks too, is a space that is kept."""
    parts: list[str] = []
    for character in unicodedata.normalize("NFD", text):
        if accented := _accented(parts[-1] if parts else "", character):
            parts[-1] = accented
        elif character.isspace():
            parts.append("\\ " if not parts or parts[-1].endswith(" ") else " ")
        else:
            # Two hyphens would be a dash.
            twice = character == "-" and parts and parts[-1] in ("-", "{-}")
            parts.append("{-}" if twice else _sign(character))
    return "".join(parts)


def _accented(base: str, mark: str) -> str | None:
    """Return a single letter under an accent, None where it cannot be set so."""
    accent = _ACCENTS.get(mark)
    if accent and len(base) == 1 and base.isalpha():
        return f"\\{accent}{{{base}}}"
    if accent in _MATH_ACCENTS and base.startswith(r"\ensuremath{"):
        return base.replace("{", f"{{\\{_MATH_ACCENTS[accent]}{{", 1) + "}"
    return None


def unknown(texts: Sequence[str]) -> list[str]:
    """Return what the characters are that stand by their numbers, one line for each."""
    characters = set(unicodedata.normalize("NFD", "".join(texts)))
    typeset = " ".join(map(escape, texts))
    return [
        f"{_number(c)} {escape(unicodedata.name(c, 'without a name').lower())}"
        for c in sorted(characters)
        if _number(c) in typeset
    ]


def _sign(character: str) -> str:
    """Return the LaTeX of one character that is no blank."""
    if character in _ASCII or character in _LETTERS:
        return _ASCII.get(character) or _LETTERS[character]
    if character.isascii() and character.isprintable():
        return character
    if character in _MATH:
        return rf"\ensuremath{{{_MATH[character]}}}"
    return _alike(character)


def _alike(character: str) -> str:
    """Return plain characters that a character is a form of, or its number."""
    form, _, codes = unicodedata.decomposition(character).rpartition(">")
    whole = "".join(chr(int(code, 16)) for code in codes.split())
    if not whole or not unicodedata.is_normalized("NFC", whole):
        return _number(character)
    signs = [_sign(one) for one in whole]
    known = all(sign != _number(one) for sign, one in zip(signs, whole, strict=True))
    return _RAISED.get(f"{form}>", "%s") % "".join(signs) if known else _number(character)


def _number(character: str) -> str:
    return f"\\texttt{{[U+{ord(character):04X}]}}"


def _math() -> dict[str, str]:
    small = {chr(0x3B1 + place): f"\\{name}" for place, name in enumerate(_GREEK)}
    capital = {c: f"\\{unicodedata.name(c).split()[-1].title()}" for c in "ΓΔΘΛΞΠΣΥΦΨΩ"}
    capital |= {"Λ": r"\Lambda"}  # Unicode calls it LAMDA
    latin = {c: f"\\mathrm{{{letter}}}" for c, letter in _LATIN_CAPITALS.items()}
    signs = {c: name if name == "-" else f"\\{name}" for c, name in _SIGNS.items()}
    return small | {"ο": "o", "ϑ": r"\vartheta"} | capital | latin | signs


_MATH = _math()
