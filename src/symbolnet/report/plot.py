"""Series of numbers into one inline SVG: small, deterministic, coloured by the page's own style.

Colours are CSS classes (`c0`, `c1`, ...), so that the figures follow light and dark mode; text is
real text, so that it can be read aloud and copied.
"""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

from markupsafe import Markup, escape

from symbolnet.data import digits

Kind = Literal["line", "step", "points"]
_STEPS = 100  # an axis is longer than so many of the smallest steps of a number
_CHARACTER = 6.5  # width of a character of a label, about
MARKERS = ("disc", "circle", "square", "triangle", "cross", "diamond")


class Axis(NamedTuple):
    """Range and label of one axis."""

    low: float
    high: float
    label: str = ""
    log: bool = False

    def place(self, value: float) -> float:
        """Return where `value` lies on the axis: 0 at its start, 1 at its end."""
        low, high, at = (math.log(v) if self.log else v for v in (self.low, self.high, value))
        return (at - low) / (high - low)

    def ticks(self, count: int) -> list[float]:
        """Return about `count` round values inside the range."""
        return _log_ticks(self, count) if self.log else _linear_ticks(self, count)


class Series(NamedTuple):
    """One set of points; a step series has one more x (the edges) than y."""

    label: str
    x: Sequence[float]
    y: Sequence[float]
    style: str = "c0"
    kind: Kind = "line"
    marker: str = "disc"
    titles: Sequence[str] = ()


class Size(NamedTuple):
    """Size of a drawing in its own units, and the margins left for the labels."""

    width: float = 480
    height: float = 300
    left: float = 60
    right: float = 12
    top: float = 10
    bottom: float = 42
    x_ticks: int = 6
    y_ticks: int = 5


def axis(values: Sequence[float], label: str = "", log: bool = False, pad: float = 0.04) -> Axis:
    """Return an axis around finite `values`, with some room at both ends."""
    inside = [v for v in values if math.isfinite(v) and (v > 0 or not log)] or [1.0]
    low, high = min(inside), max(inside)
    if log:
        return Axis(low / (1 + 3 * pad), max(high, 1.01 * low) * (1 + 3 * pad), label, True)
    room = pad * (high - low)
    least = math.ulp(max(abs(low), abs(high))) * _STEPS
    if not room > least:  # one value, or as good as one
        room = 0.5 if least < 0.5 else 0.5 * abs(high)
    return Axis(low - room, high + room, label)


def draw(title: str, x: Axis, y: Axis, series: Sequence[Series], size: Size = Size()) -> Markup:  # noqa: B008
    """Draw the series in one panel; `title` is what a screen reader says of it."""
    head = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
        _number(size.width), _number(size.height), title
    )
    body = [*_grid(x, y, size), *(_series(one, x, y, size) for one in series)]
    return head + Markup("").join([*body, *_labels(x, y, size)]) + Markup("</svg>")


def legend(series: Sequence[Series]) -> Markup:
    """Name the series, each beside its line or marker, as a list."""
    items = [Markup("<li>{}{}</li>").format(_key(one), one.label) for one in series]
    return Markup('<ul class="legend">{}</ul>').format(Markup("").join(items))


def _key(one: Series) -> Markup:
    swatch = (
        _marker(one.marker, 14, 7)
        if one.kind == "points"
        else Markup('<path class="line" d="M1 7H27"/>')
    )
    return Markup('<svg class="key {}" viewBox="0 0 28 14" aria-hidden="true">{}</svg>').format(
        one.style, swatch
    )


def _series(one: Series, x: Axis, y: Axis, size: Size) -> Markup:
    if one.kind == "points":
        return Markup('<g class="{}">{}</g>').format(one.style, _points(one, x, y, size))
    xs, ys = _stairs(one) if one.kind == "step" else (one.x, one.y)
    return Markup('<path class="line {}" d="{}"/>').format(one.style, _path(xs, ys, x, y, size))


def _stairs(one: Series) -> tuple[list[float], list[float]]:
    xs = [edge for edge in one.x for _ in range(2)][1:-1]
    return xs, [value for value in one.y for _ in range(2)]


def _path(xs: Sequence[float], ys: Sequence[float], x: Axis, y: Axis, size: Size) -> str:
    """Return SVG path data; values that cannot be drawn interrupt the line."""
    steps, pen = [], "M"
    for a, b in zip(xs, ys, strict=True):
        if not (math.isfinite(a) and math.isfinite(b)) or (y.log and b <= 0):
            pen = "M"
            continue
        steps.append(f"{pen}{_number(_across(a, x, size))} {_number(_up(b, y, size))}")
        pen = "L"
    return "".join(steps)


def _points(one: Series, x: Axis, y: Axis, size: Size) -> Markup:
    titles = one.titles or [""] * len(one.x)
    return Markup("").join(
        Markup("<g{}>{}{}</g>").format(
            Markup(' class="point"') if title else "",
            Markup("<title>{}</title>").format(title) if title else "",
            _marker(one.marker, _across(a, x, size), _up(b, y, size)),
        )
        for a, b, title in zip(one.x, one.y, titles, strict=True)
    )


def _marker(name: str, a: float, b: float) -> Markup:
    at = f"{_number(a)} {_number(b)}"
    shapes = {
        "disc": f'<circle class="full" cx="{_number(a)}" cy="{_number(b)}" r="4"/>',
        "circle": f'<circle class="open" cx="{_number(a)}" cy="{_number(b)}" r="3.6"/>',
        "square": f'<path class="open" d="M{at}m-3.4 -3.4h6.8v6.8h-6.8z"/>',
        "triangle": f'<path class="open" d="M{at}m0 -4.4l4.2 7.4h-8.4z"/>',
        "diamond": f'<path class="open" d="M{at}m0 -4.4l4.4 4.4l-4.4 4.4l-4.4 -4.4z"/>',
        "cross": f'<path class="open" d="M{at}m-3.4 -3.4l6.8 6.8m0 -6.8l-6.8 6.8"/>',
    }
    return Markup(shapes[name])  # only numbers of our own in it


def _grid(x: Axis, y: Axis, size: Size) -> list[Markup]:
    right, floor = size.width - size.right, size.height - size.bottom
    lines = [f"M{size.left:g} {_number(_up(v, y, size))}H{right:g}" for v in y.ticks(size.y_ticks)]
    marks = [f"M{_number(_across(v, x, size))} {floor:g}v4" for v in x.ticks(size.x_ticks)]
    base = f"M{size.left:g} {floor:g}H{right:g}"
    return [
        Markup('<path class="grid" d="{}"/>').format("".join(lines)),
        Markup('<path class="axis" d="{}"/>').format(base + "".join(marks)),
    ]


def _labels(x: Axis, y: Axis, size: Size) -> list[Markup]:
    floor = size.height - size.bottom
    below = [
        _text(_across(v, x, size), floor + 17, _tick(v, x), "middle") for v in x.ticks(size.x_ticks)
    ]
    beside = [
        _text(size.left - 6, _up(v, y, size) + 4, _tick(v, y), "end") for v in y.ticks(size.y_ticks)
    ]
    middle = (size.left + size.width - size.right) / 2
    names = [_text(middle, size.height - 6, _cut(x.label, size.width), "middle", "name")]
    names = names if x.label else []
    if y.label:
        names.append(_upright(13, (size.top + floor) / 2, _cut(y.label, size.height)))
    return [*below, *beside, *names]


def _text(a: float, b: float, text: str, anchor: str, style: str = "tick") -> Markup:
    return Markup('<text class="{}" x="{}" y="{}" text-anchor="{}">{}</text>').format(
        style, _number(a), _number(b), anchor, escape(text)
    )


def _cut(text: str, room: float) -> str:
    """Return as much of a label as there is room for; the whole stands in the drawing's title."""
    fitting = int(room / _CHARACTER)
    return text if len(text) <= fitting else text[: fitting - 1] + "…"


def _upright(a: float, b: float, text: str) -> Markup:
    return Markup(
        '<text class="name" text-anchor="middle" transform="translate({} {}) rotate(-90)">{}</text>'
    ).format(_number(a), _number(b), text)


def _across(value: float, x: Axis, size: Size) -> float:
    return size.left + x.place(value) * (size.width - size.left - size.right)


def _up(value: float, y: Axis, size: Size) -> float:
    place = min(max(y.place(value), -0.02), 1.02)
    return size.height - size.bottom - place * (size.height - size.top - size.bottom)


def _linear_ticks(one: Axis, count: int) -> list[float]:
    raw = (one.high - one.low) / count
    scale = 10.0 ** math.floor(math.log10(raw))
    step = scale * min(m for m in (1, 2, 5, 10) if m * scale >= raw * 0.999)
    first, last = math.ceil(one.low / step - 1e-9), math.floor(one.high / step + 1e-9)
    return [digits.rounded(k * step, step) for k in range(first, last + 1)]


def _log_ticks(one: Axis, count: int) -> list[float]:
    decades = range(math.floor(math.log10(one.low)), math.ceil(math.log10(one.high)) + 1)
    choices = [
        [m * 10.0**d for d in decades for m in mantissas if one.low <= m * 10.0**d <= one.high]
        for mantissas in ((1,), (1, 3), (1, 2, 5), (1, 2, 3, 5, 7))
    ]
    return next((ticks for ticks in choices if len(ticks) >= min(count, 4)), choices[-1])


def _tick(value: float, one: Axis) -> str:
    if one.log and not 1e-4 <= value < 1e5:
        return f"{value:.0e}"
    return digits.text(value, one.high - one.low).replace("-", "−")


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
