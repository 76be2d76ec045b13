"""What controls say of a run, in plain words."""

from __future__ import annotations

from zoo.controls.facts import Control, Controls, Gain
from zoo.reporting.gains import amount
from zoo.utils.format import figure, named, plural

FEW = 50
"""Held-out examples below which little can be told apart."""

FEW_STEPS = 200
"""Steps below which a network that begins with random weights has hardly begun."""


def verdict(found: Controls) -> tuple[str, ...]:
    """The sentences; none where nothing was compared."""
    said = [_best(found, found.best)] if found.best else []
    if found.scratch is not None and found.scratch.gain is not None:
        said.append(_scratch(found.scratch.gain))
        if (found.scratch.steps or FEW_STEPS) < FEW_STEPS:
            steps = plural(found.scratch.steps or 0, "step")
            said.append(f"That is after {steps}, few for random weights: more epochs may change it.")
    if not said:
        return ()
    if found.asked < FEW:
        said.append(f"With {found.asked} held-out examples little can be told apart.")
    best = found.best
    if best and best.name != "majority" and best.learned < found.trained:
        said.append(
            f"The controls learned from {best.learned:,} of the {found.trained:,} training examples; some of "
            "the lead may be that of more examples."
        )
    return tuple(said)


def _best(found: Controls, best: Control | None) -> str:
    assert best is not None
    assert best.gain is not None
    gain, what = best.gain, f"{best.words} ({figure(found.metric, best.metrics.get(found.metric))})"
    measure = f"in {named(gain.metric)}, {amount(gain)}"
    if gain.certain:
        return f"The run is ahead of its best control, {what}: {measure}."
    if gain.far:
        return f"Whether the run beats its best control, {what}, cannot be told: {measure}."
    learned = "transfer" if found.pretrained else "this training"
    return (
        f"The run does not beat its best control, {what}{_by(gain, ', ')}: {measure}. So {learned} "
        "probably does not help on these data."
    )


def _scratch(gain: Gain) -> str:
    measure = f"in {named(gain.metric)}, {amount(gain)}"
    if gain.certain:
        return f"It is ahead of the same network trained from random weights: {measure}."
    if gain.far:
        return f"Whether it beats the same network trained from random weights cannot be told: {measure}."
    return (
        f"It does not beat the same network trained from random weights{_by(gain)}: {measure}. So pretrained "
        "weights probably do not help on these data with this budget."
    )


def _by(gain: Gain, comma: str = " ") -> str:
    return "" if gain.standard_error is None else f"{comma}by two standard errors"
