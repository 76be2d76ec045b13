"""The sentence about classes of which there is no example."""

from __future__ import annotations

from collections.abc import Mapping

from zoo.core.figures import Figures, figure_of

_SHOWN = 5


def absent_words(
    per_name: Mapping[str, Mapping[str, float]], metrics: Mapping[str, float], figures: Figures
) -> str:
    """Say which classes do not occur and which metrics leave them out; empty: all occur.

    Args:
        per_name: figures of each class or label, ``count`` among them.
        metrics: of the same examples.
        figures: how they read, and which are means over the classes that occur.
    """
    absent = [name for name, figures in per_name.items() if figures.get("count") == 0]
    found = [figure_of(figures, name) for name in metrics]
    means = [figure.title for figure in found if figure.over_present]
    if not absent:
        return ""
    listed = ", ".join(absent[:_SHOWN]) + (f" and {len(absent) - _SHOWN:,} more" if absent[_SHOWN:] else "")
    text = f"no example of {len(absent):,} of {len(per_name):,} classes ({listed})"
    if not means:
        return text
    return f"{text}: {' and '.join(means)} {'are means' if len(means) > 1 else 'is a mean'} without them"
