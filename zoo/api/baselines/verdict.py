"""Conclusions from a run and its baselines, in words: by the interval of the lead.

A lead is certain only on examples that did not choose the epoch of the run. Training from scratch chooses
its own epoch on them, as the run did, so that comparison is even. A verdict that claims no lead names what
was tried: that transfer does not help is said only after a linear probe and fine-tuning.
"""

from __future__ import annotations

from zoo.core.figures import Figure
from zoo.core.statistics import Gain
from zoo.runs.baseline_schema import BaselineComparison, BaselineResult
from zoo.runs.gains import amount
from zoo.utils.format import plural

FEW_STEPS = 200
"""Steps below which a network that begins with random weights has hardly begun."""


def verdict(found: BaselineComparison) -> tuple[str, ...]:
    """Return the sentences; none where nothing was compared."""
    said = [_best(found, found.best)] if found.best and found.best.gain else []
    if found.scratch is not None and found.scratch.gain is not None:
        said.append(_scratch(found.scratch.gain, found.figure))
        if (found.scratch.steps or FEW_STEPS) < FEW_STEPS:
            steps = plural(found.scratch.steps or 0, "step")
            said.append(f"That is after {steps}, few for random weights: more epochs may change it.")
    if not said:
        return ()
    best = found.best
    if best and not best.blind and best.learned < found.trained:
        said.append(
            f"The baselines learned from {best.learned:,} of the {found.trained:,} training examples; some "
            "of the lead may be that of more examples."
        )
    return tuple(said)


def _best(found: BaselineComparison, best: BaselineResult) -> str:
    assert best.gain is not None
    gain, run = best.gain, f"the run ({found.tried.words})" if found.tried.words else "the run"
    rival = f"its best baseline, {best.words} ({found.figure.text(best.metrics.get(found.metric))})"
    measure = _measure(gain, found.figure)
    if gain.certain and found.selected:
        return (
            f"Not certain: {run} is ahead of {rival}, by {measure}, but its epoch was chosen on the same "
            f"{found.split} examples. A test split decides (--set split.test=0.1)."
        )
    if gain.certain:
        return f"{_upper(run)} is ahead of {rival}: {measure}."
    if gain.negligible:
        poor = "is behind" if gain.high is not None and gain.high < 0 else "does not beat"
        return f"{_upper(run)} {poor} {rival}: {measure}.{_scope(found, level=True)}"
    return f"Inconclusive: {run} against {rival}: {measure}.{_scope(found, level=False)}"


def _scope(found: BaselineComparison, *, level: bool) -> str:
    """Return what was not tried; where nothing is missing and the baseline is as good, what follows."""
    tried = found.tried
    if not found.pretrained:
        return ""
    if tried.missing:
        return f" {_upper(tried.missing)}."
    if level and tried.probe and tried.tuning:
        return " A linear probe and fine-tuning were both tried: transfer does not help over this baseline."
    return ""


def _scratch(gain: Gain, figure: Figure) -> str:
    rival, measure = "training the same network from scratch", _measure(gain, figure)
    if gain.certain:
        return f"It is ahead of {rival}: {measure}."
    if gain.negligible:
        return f"It does not beat {rival} with this budget: {measure}."
    return f"Inconclusive against {rival}: {measure}."


def _measure(gain: Gain, figure: Figure) -> str:
    """Return the lead with its metric; of an error it is a reduction, which a bare plus would not say."""
    text = f"{amount(gain, figure)} in {figure.title}"
    return f"a reduction of {text}" if figure.better == "min" else text


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
