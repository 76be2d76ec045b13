"""What a page shows of a run among its baselines."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from zoo.core.figures import Figure
from zoo.reporting.charts.bars import lead
from zoo.runs.baseline_schema import BaselineComparison, BaselineResult
from zoo.runs.gains import interval
from zoo.utils.format import duration

FORMULAS = {
    "paired proportions": (
        "Differences are paired, example by example; their interval is Bonett and Price's for paired "
        "proportions: the standard error of McNemar's test with one more disagreement on either side."
    ),
    "paired t": (
        "Differences are paired, example by example; their interval is Student's t of the mean; there is "
        "none of fewer than 10 examples, or where all differences are the same."
    ),
    "paired bootstrap": (
        "Differences are paired, example by example; their interval is a percentile bootstrap over the "
        "examples, 1,000 resamples; there is none of fewer than 10 examples, or where every resample has the "
        "same figure."
    ),
}


@dataclass(frozen=True)
class Line:
    """A baseline in the table."""

    words: str
    value: str
    chart: Markup
    ahead: str
    interval: str
    learned: str
    seconds: str
    note: str


@dataclass(frozen=True)
class View:
    """The baselines, ready to be written down."""

    facts: BaselineComparison
    run: str
    unit: str
    lines: list[Line]
    skipped: list[BaselineResult]
    blind: bool
    """Whether one of them looks at no input."""
    formula: str


def baselines_view(found: BaselineComparison | None) -> View | None:
    """Return the view; None where nothing was compared."""
    if found is None or not found.baselines:
        return None
    asked = [one for one in found.baselines if one.gain is not None]
    # What looks at no input is far behind as a rule: drawn too, it would leave no room for the others.
    gains = [one.gain for one in asked if one.gain is not None and not one.blind]
    reach = [0.0, *(value for one in gains for value in (one.value, one.low, one.high) if value is not None)]
    ends = (min(reach), max(reach))
    return View(
        facts=found,
        run=found.figure.text(found.run.get(found.metric)),
        unit=found.figure.points,
        lines=[_line(one, found.figure, ends) for one in asked],
        blind=any(one.blind for one in asked),
        skipped=[one for one in found.baselines if one.gain is None],
        formula=next((FORMULAS[one.gain.formula] for one in asked if one.gain is not None), ""),
    )


def _line(one: BaselineResult, figure: Figure, ends: tuple[float, float]) -> Line:
    gain = one.gain
    assert gain is not None
    drawn = Markup("")
    inside = not one.blind and ends[0] < ends[1]
    if inside and gain.low is not None and gain.high is not None:
        drawn = lead(gain.value, gain.low, gain.high, ends)
    return Line(
        words=one.words,
        value=figure.text(one.metrics.get(gain.metric)),
        chart=drawn,
        ahead=figure.difference(gain.value),
        interval=interval(gain, figure) or "none",
        learned=f"{one.learned:,}",
        seconds=duration(one.seconds),
        note=one.note,
    )
