"""Whether transfer pays: paired leads over training from scratch, with simultaneous confidence intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from zoo.core.cards import Record
from zoo.core.figures import Figure
from zoo.core.statistics import MARGIN, t_quantile


class Lead(Record):
    """How far a pretrained method is ahead of the same network trained from scratch, as a share (0..1)."""

    method: str
    shots: int
    mean: float
    """Over the draws; below zero where it is behind."""
    low: float | None = None
    high: float | None = None
    """Ends of the confidence interval; None for a single draw."""

    @property
    def ahead(self) -> bool:
        """Whether the whole interval is above zero."""
        return self.low is not None and self.low > 0

    @property
    def no_better(self) -> bool:
        """Whether the whole interval is below the margin of 2 percentage points."""
        return self.high is not None and self.high < MARGIN and not self.ahead


def leads(paired: Mapping[tuple[str, int], Sequence[float]], examples: int) -> tuple[Lead, ...]:
    """Return the mean lead of each comparison with its interval.

    Each interval is that of the paired t test over the draws. With k comparisons each has the level
    1 - 0.05 / k (Bonferroni), so all of them hold together with a probability of at least 95%. A standard
    deviation counts as at least one test example: equal figures of a few draws are no proof of no spread.

    Args:
        paired: differences of the metric, method minus scratch, draw by draw; by method and shots.
        examples: in the test part, all draws share it.
    """
    found = []
    for (method, shots), differences in paired.items():
        mean, seeds = float(np.mean(differences)), len(differences)
        if seeds < 2:
            found.append(Lead(method=method, shots=shots, mean=mean))
            continue
        spread = max(float(np.std(differences, ddof=1)), 1 / examples)
        half = t_quantile(seeds - 1, len(paired)) * spread / math.sqrt(seeds)
        found.append(
            Lead(
                method=method, shots=shots, mean=mean, low=max(-1.0, mean - half), high=min(1.0, mean + half)
            )
        )
    return tuple(found)


def verdict(found: Sequence[Lead], seeds: int, examples: int, figure: Figure) -> str:
    """Return sentences: where transfer pays, where scratch is as good, what is inconclusive, and how sure.

    Args:
        found: see :func:`leads`.
        seeds: of examples.
        examples: in the test part.
        figure: how the metric reads.
    """
    if seeds < 2:
        return "One draw of examples cannot show whether transfer pays: ask for more, --seeds 5."
    pays, level, open_ = [], [], []
    for shots in dict.fromkeys(one.shots for one in found):
        here = [one for one in found if one.shots == shots]
        best = max(here, key=lambda one: one.mean)
        ahead = [one for one in here if one.ahead]
        if ahead:
            pays.append((shots, max(ahead, key=lambda one: one.mean)))
        elif all(one.no_better for one in here):
            level.append((shots, best))
        else:
            open_.append((shots, best))
    said = [f"Transfer pays {_listed(pays, figure)}."] if pays else []
    if level:
        said.append(
            f"Scratch is at least as good, to within {100 * MARGIN:.0f} points, {_listed(level, figure)}."
        )
    if open_:
        said.append(f"Inconclusive {_listed(open_, figure)}; more draws narrow it (--seeds {2 * seeds}).")
    intervals = "Intervals are simultaneous" if len(found) > 1 else "The interval is"
    basis = f"{intervals}: paired t over {seeds} draws"
    basis += f", Bonferroni for {len(found)} comparisons" if len(found) > 1 else ""
    return " ".join(
        [*said, f"{basis}. All draws share one test part (n={examples:,}); another test part may differ."]
    )


def _listed(rows: Sequence[tuple[int, Lead]], figure: Figure) -> str:
    return "; ".join(
        f"at {shots} example{'' if shots == 1 else 's'} per class "
        f"({one.method} {figure.difference(one.mean)} points, 95% CI "
        f"{_end(one.low, figure)} to {_end(one.high, figure)})"
        for shots, one in rows
    )


def _end(value: float | None, figure: Figure) -> str:
    assert value is not None
    return figure.difference(value)
