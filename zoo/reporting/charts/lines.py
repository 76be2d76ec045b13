"""Lines over epochs, each named where it ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from zoo.reporting.charts.axis import Scale, labels, ticks, whole

WIDTH, HEIGHT = 440, 230
LEFT, RIGHT, TOP, BOTTOM = 52, 92, 14, 36


@dataclass(frozen=True)
class Line:
    """Points and a name; ``color`` is the number of a colour of the style sheet, from 1."""

    name: str
    x: Sequence[float]
    y: Sequence[float | None]
    color: int = 1

    def points(self) -> list[tuple[float, float]]:
        """Return those that can be drawn."""
        pairs = zip(self.x, self.y, strict=True)
        return [(x, y) for x, y in pairs if y is not None and math.isfinite(y)]


def lines(given: Sequence[Line], title: str, *, percent: bool = False, kept: int | None = None) -> Markup:
    """Return a chart of lines; empty where nothing can be drawn.

    Args:
        given: the lines.
        title: read aloud by a screen reader.
        percent: whether the values are shares.
        kept: an epoch to mark.
    """
    drawn = [(line, points) for line in given if (points := line.points())]
    if not drawn:
        return Markup("")
    xs = [x for _, points in drawn for x, _ in points]
    ys = [y for _, points in drawn for _, y in points]
    marks = ticks(min(ys), max(ys))
    across = Scale(min(xs), max(max(xs), min(xs) + 1), LEFT, WIDTH - RIGHT)
    up = Scale(marks[0], marks[-1], HEIGHT - BOTTOM, TOP)
    parts = [
        Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
            WIDTH, HEIGHT, title
        )
    ]
    parts += [_rule(up(value), text) for value, text in zip(marks, labels(marks, percent), strict=True)]
    for epoch in whole(int(min(xs)), int(max(xs))):
        parts.append(_text(across(epoch), HEIGHT - BOTTOM + 16, str(epoch), "middle"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 4, "epoch", "middle"))
    if kept is not None and min(xs) <= kept <= max(xs) and max(xs) > min(xs):
        x = across(kept)
        parts.append(Markup('<path class="kept" d="M{} {}V{}"/>').format(x, TOP, HEIGHT - BOTTOM))
    for line, points in drawn:
        parts.append(_line(line, [(across(x), up(y)) for x, y in points]))
    ends = [up(points[-1][1]) for _, points in drawn]
    for (line, points), y in zip(drawn, apart(ends, 15, TOP + 4, HEIGHT - BOTTOM), strict=True):
        x = across(points[-1][0])
        parts.append(_text(x + 8, y + 4, _short(line.name), "start", f"name f{line.color}"))
    return Markup("").join([*parts, Markup("</svg>")])


def apart(places: Sequence[float], least: float, low: float, high: float) -> list[float]:
    """Return the places moved so that no two are nearer than ``least``, order kept, within ``low`` and
    ``high``."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    found = list(places)
    last = low - least
    for i in order:
        found[i] = last = max(found[i], last + least)
    last = high + least
    for i in reversed(order):
        found[i] = last = min(found[i], last - least)
    return found


def _line(line: Line, points: list[tuple[float, float]]) -> Markup:
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
    parts = [Markup('<path class="line s{}" d="{}"/>').format(line.color, path)] if len(points) > 1 else []
    if len(points) <= 12:
        parts += [
            Markup('<circle class="f{}" cx="{:g}" cy="{:g}" r="3"/>').format(line.color, *p) for p in points
        ]
    return Markup("").join(parts)


def _rule(y: float, text: str) -> Markup:
    rule = Markup('<path class="rule" d="M{} {}H{}"/>').format(LEFT, y, WIDTH - RIGHT)
    return rule + _text(LEFT - 7, y + 4, text, "end")


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> Markup:
    mark = Markup(' class="{}"').format(kind) if kind else ""
    return Markup('<text x="{:g}" y="{:g}" text-anchor="{}"{}>{}</text>').format(
        x, y, anchor, mark, escape(text)
    )


def _short(name: str) -> str:
    return name if len(name) <= 14 else name[:13] + "…"
