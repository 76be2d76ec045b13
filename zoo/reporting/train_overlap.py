"""The sentence about evaluated inputs that were trained on."""

from __future__ import annotations

from zoo.core.figures import Figures, figure_of
from zoo.runs.report_schema import Overlap
from zoo.utils.format import plural


def overlap_words(found: Overlap, thing: str, metric: str, figures: Figures) -> str:
    """Say how many inputs were trained on and the metric on the others; no full stop.

    Args:
        found: of one split.
        thing: what to call an input.
        metric: the one to state, of those in ``found.metrics``.
        figures: how metrics read.
    """
    of = plural(found.examples, thing)
    if not found.trained_on:
        if found.unknown:
            return f"whether any of the {of} was trained on is not known: {found.unknown}"
        return f"none of the {of} was trained on"
    if not found.rest:
        return f"all {of} were trained on, so nothing here measures other {thing}s"
    were = "was" if found.trained_on == 1 else "were"
    text = f"{found.trained_on:,} of the {of} {were} trained on"
    if metric in found.metrics:
        figure = figure_of(figures, metric)
        text += f"; {figure.title} on the other {found.rest:,}: {figure.text(found.metrics[metric])}"
    if found.unknown:
        text += f"; more of them may have been: {found.unknown}"
    return text
