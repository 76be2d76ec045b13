"""Predicted against true values."""

from __future__ import annotations

from markupsafe import Markup

from zoo.reporting.charts.axis import Scale, labels, ticks
from zoo.runs.report_blocks import Points

SIDE, LEFT, TOP, RIGHT, BOTTOM = 320, 56, 12, 26, 44


def scatter(points: Points) -> Markup:
    """Return a square; on the diagonal the prediction is right. Empty without points."""
    if not points.truth:
        return Markup("")
    values = [*points.truth, *points.said]
    marks = ticks(min(values), max(values))
    across = Scale(marks[0], marks[-1], LEFT, SIDE - RIGHT)
    up = Scale(marks[0], marks[-1], SIDE - BOTTOM, TOP)
    title = f"predicted against true {points.name}"
    parts = [
        Markup('<svg class="chart square" viewBox="0 0 {0} {0}" role="img" aria-label="{1}">').format(
            SIDE, title
        )
    ]
    for value, text in zip(marks, labels(marks, False), strict=True):
        x, y = across(value), up(value)
        parts.append(
            Markup(
                '<path class="rule" d="M{0} {1}H{2}M{3} {4}V{5}"/>'
                '<text x="{6}" y="{7:g}" text-anchor="end">{9}</text>'
                '<text x="{3}" y="{8}" text-anchor="middle">{9}</text>'
            ).format(
                LEFT, y, SIDE - RIGHT, x, TOP, SIDE - BOTTOM, LEFT - 6, y + 4, SIDE - BOTTOM + 16, text
            )
        )  # fmt: skip
    parts.append(
        Markup('<path class="kept" d="M{} {}L{} {}"/>').format(LEFT, SIDE - BOTTOM, SIDE - RIGHT, TOP)
    )
    radius = 3 if len(points.truth) <= 200 else 2
    # Zero-length strokes with round caps: a dot costs a dozen bytes.
    dots = "".join(f"M{across(x):g} {up(y):g}h0" for x, y in zip(points.truth, points.said, strict=True))
    parts.append(Markup('<path class="dots" stroke-width="{}" d="{}"/>').format(2 * radius, dots))
    parts.append(
        Markup(
            '<text x="{}" y="{}" text-anchor="middle">true</text>'
            '<text transform="translate(11 {}) rotate(-90)" text-anchor="middle">predicted</text></svg>'
        ).format((LEFT + SIDE - RIGHT) / 2, SIDE - 8, (SIDE - BOTTOM + TOP) / 2)
    )
    return Markup("").join(parts)
