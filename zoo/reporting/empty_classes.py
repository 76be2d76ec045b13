"""The sentence about classes of which there is no example."""

from __future__ import annotations

from collections.abc import Mapping

from zoo.utils.format import named

_SHOWN = 5
_OVER_CLASSES = ("balanced_accuracy", "f1", "macro_f1")


def absent_words(per_name: Mapping[str, Mapping[str, float]], metrics: Mapping[str, float]) -> str:
    """Say which classes do not occur and which metrics leave them out; empty: all occur.

    Args:
        per_name: figures of each class or label, ``count`` among them.
        metrics: of the same examples.
    """
    absent = [name for name, figures in per_name.items() if figures.get("count") == 0]
    means = [named(name) for name in _OVER_CLASSES if name in metrics]
    if not absent or not means:
        return ""
    listed = ", ".join(absent[:_SHOWN]) + (f" and {len(absent) - _SHOWN:,} more" if absent[_SHOWN:] else "")
    return (
        f"no example of {len(absent):,} of {len(per_name):,} classes ({listed}): {' and '.join(means)} "
        f"{'are means' if len(means) > 1 else 'is a mean'} without them"
    )
