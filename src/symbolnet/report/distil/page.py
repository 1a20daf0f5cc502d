"""The summary of a distillation into one HTML page."""

import math
from typing import Any

from markupsafe import Markup

from symbolnet.artifact import Record
from symbolnet.report.plot import Axis, Series, Size, axis, draw
from symbolnet.report.template import environment, text_of

DATA = ("report/templates/distil.html.j2", "report/templates/page.css")
_PANEL = Size(width=230, height=200, left=44, right=8, top=8, bottom=38, x_ticks=4, y_ticks=4)
_SQUARE = Size(width=230, height=220, left=34, right=8, top=8, bottom=24, x_ticks=4, y_ticks=4)
_REACH = 2.0  # of the axes of messages, in their 90 % quantiles


def render(summary: Record) -> str:
    """Return the page; every figure on it is taken from the summary."""
    figures = {system["name"]: _figures(system) for system in summary["systems"]}
    template = environment({"short": short, "spread": spread}).get_template("distil.html.j2")
    hidden = [system for system in summary["systems"] if system["kinds"]]
    style = Markup(text_of("page.css"))
    clouds = {mock["name"]: _clouds(mock["found"]["points"]) for mock in summary["mocks"]}
    return template.render(
        summary=summary, style=style, figures=figures, hidden=hidden, clouds=clouds
    )


def short(value: float | None, digits: int = 3) -> str:
    """Return a number in few digits, a dash for none."""
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:.{digits}g}".replace("-", "−")


def spread(value: Record, digits: int = 3) -> str:
    """Return mean ± deviation, the mean alone of one seed."""
    mean, deviation = short(value["mean"], digits), value["deviation"]
    return mean if deviation is None else f"{mean} ± {short(deviation, 2)}"


def _figures(system: Record) -> list[Record]:
    return [
        {
            "member": one,
            "messages": _messages(one),
            "front": _front(one),
            "paths": [
                ("truth", _paths(system["truth_path"], "truth", system["truth_path"])),
                *((name, _paths(path, name, system["truth_path"])) for name, path in _ordered(one)),
            ],
        }
        for one in system["members"]
    ]


def _ordered(member: Record) -> list[tuple[str, Any]]:
    names = [name for name in ("network", "law") if name in member["paths"]]
    return [(name, member["paths"][name]) for name in names]


def _messages(member: Record) -> Markup:
    """Draw a message against what the true force says it is; other components are alike."""
    points = [
        (x, y)
        for x, y in zip(member["points"]["x"], member["points"]["y"], strict=True)
        if max(abs(x), abs(y)) <= _REACH
    ]
    line = Series("", [-_REACH, _REACH], [-_REACH, _REACH], "ink")
    cloud = Series("", [x for x, _ in points], [y for _, y in points], "c0 cloud", "points")
    x, y = Axis(-_REACH, _REACH, "fit of true forces"), Axis(-_REACH, _REACH, "message")
    return draw(f"Messages of {member['variant']} against forces", x, y, [line, cloud], _PANEL)


def _clouds(points: Record) -> list[Markup]:
    """Draw messages of haloes against their formula, and overdensities against theirs."""
    labels = {
        "messages": ("formula of the message", "message"),
        "overdensities": ("true overdensity", "formula"),
    }
    return [_cloud(points[name], *names) for name, names in labels.items()]


def _cloud(points: Record, across: str, up: str) -> Markup:
    x, y = axis(points["x"], across), axis(points["y"], up)
    ends = [max(x.low, y.low), min(x.high, y.high)]
    line = Series("", ends, ends, "ink")
    cloud = Series("", points["x"], points["y"], "c0 cloud", "points")
    return draw(f"{up.capitalize()} against {across}", x, y, [line, cloud], _PANEL)


def _front(member: Record) -> Markup:
    """Draw the error of the laws against their complexity, the chosen one filled."""
    if not member["front"]:
        return Markup("")
    x, y = ([one[k] for one in member["front"]] for k in (0, 1))
    titles = [f"{text}: error {error:.3g}" for _, error, text in member["front"]]
    line = Series("front", x, y, "c0")
    all_points = Series("laws", x, y, "c0", "points", "circle", titles)
    chosen = member["law"]
    mark = Series("chosen", [chosen["complexity"]], [chosen["error"]], "c1", "points")
    across, up = axis(x, "complexity"), axis(y, "error", log=True)
    return draw(f"Laws of {member['variant']}", across, up, [line, all_points, mark], _PANEL)


def _paths(bodies: Any, name: str, truth: Any) -> Markup:
    """Draw the ways of the bodies of one simulation, on the axes of the true ones."""
    x, y = (axis([at[d] for body in truth for at in body]) for d in (0, 1))
    series = [
        Series(
            f"body {k}",
            [math.nan if at[0] is None else at[0] for at in body],
            [math.nan if at[1] is None else at[1] for at in body],
            f"c{k % 10}",
        )
        for k, body in enumerate(bodies)
    ]
    return draw(f"Ways of the bodies, {name}", x, y, series, _SQUARE)
