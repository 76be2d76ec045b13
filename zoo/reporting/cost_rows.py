"""Rows of the page's tables of facts."""

from __future__ import annotations

from typing import Any

from zoo.core.cards import AnyInput, AudioInput, ImageInput
from zoo.core.figures import Figures, figure_of
from zoo.runs.manifest import Manifest
from zoo.runs.report_schema import Cost, Energy, ReportFacts, TaskFacts
from zoo.training.train_report import epochs_in, head_alone
from zoo.utils.format import duration, named, plural, shown, size

Rows = list[tuple[str, str]]
_EACH = {"tokens": "token"}
"""What there is a vector of, by the kind of features; otherwise the input."""
_SHOWN_ELSEWHERE = {
    "epochs", "best_epoch", "chose", "steps", "seconds", "examples_per_second", "stopped", "metrics",
    "per_name", "settings", "notes", "head", "reference_scores",
}  # fmt: skip


def costs(manifest: Manifest, facts: ReportFacts) -> Rows:
    """Return what the run cost, where, with which versions; and whatever else its training reported."""
    train = facts.train
    rows: Rows = []
    if "seconds" in train:
        rows.append(("time to train", f"{duration(train['seconds'])}: reading, training, evaluation"))
    if facts.parts:
        name = "of which" if train.get("sessions", 1) == 1 else "of which, in the last session"
        rows.append((name, parts_words(facts)))
    if facts.features_per_second:
        rows.append(("features", f"{facts.features_per_second:,.4g} inputs a second"))
    if train.get("examples_per_second") and not head_alone(train):
        rows.append(("speed", f"{train['examples_per_second']:,.4g} training examples a second"))
    if train.get("steps"):
        early = ", stopped early: no better for as long as patience allows"
        stopped = early if train.get("stopped") == "patience" else ""
        epochs = plural(epochs_in(train.get("epochs") or ()), "epoch")
        rows.append(("steps", f"{plural(train['steps'], 'step')} in {epochs}{stopped}"))
    if facts.device:
        rows.append(("device", f"{facts.device}; {facts.machine}"))
    if facts.peak_memory:
        rows.append(("peak memory", f"{size(facts.peak_memory)} of main memory, the whole process"))
    if facts.device_memory:
        rows.append(("peak memory of the device", size(facts.device_memory)))
    if facts.energy:
        rows.append(("energy", energy_words(facts.energy)))
        rows += [(f"energy of {name}", part) for name, part in energy_parts(facts.energy)]
    extras = {name: value for name, value in train.items() if name not in _SHOWN_ELSEWHERE}
    rows += [(named(name), shown(value)) for name, value in flat(extras).items() if value not in (None, "")]
    rows.append(("versions", ", ".join(f"{name} {one}" for name, one in manifest.versions.items())))
    return rows  # fmt: skip


def parts_words(cost: Cost) -> str:
    """``features 1.2 s, head 0.3 s, evaluation 0.1 s; then baselines 2.0 s``."""
    own = {name: seconds for name, seconds in cost.parts.items() if name != "baselines"}
    said = ", ".join(f"{name} {duration(seconds)}" for name, seconds in own.items())
    return said + (
        f"; then baselines {duration(cost.parts['baselines'])}" if "baselines" in cost.parts else ""
    )


def cost_words(cost: Cost, where: str) -> str:
    """Return all of it in a line: parts, ``where`` it ran, memory, energy."""
    said = f"{parts_words(cost)}, on {where}"
    if cost.peak_memory:
        said += f"; {size(cost.peak_memory)} of main memory at most"
    if cost.device_memory:
        said += f", {size(cost.device_memory)} of the device's"
    return said + (f"; {energy_words(cost.energy)}" if cost.energy else "")


def energy_words(energy: Energy) -> str:
    """``0.012 kWh, 0.7 g CO2e (FRA, 56 g a kWh), estimated by codecarbon 3.3.2``."""
    how = "measured" if energy.measured else "estimated"
    if any(part.measured for part in energy.parts.values()) and not energy.measured:
        how = "partly measured, partly estimated"
    return (
        f"{_kwh(energy.kwh)}, {1000 * energy.kg_co2:.3g} g CO2e ({energy.country}, "
        f"{energy.grams_per_kwh:.3g} g a kWh), {how} by {energy.tool}"
    )


def energy_parts(energy: Energy) -> list[tuple[str, str]]:
    """Return each part's share and how it is known."""
    return [
        (name, f"{_kwh(part.kwh)}, {'measured' if part.measured else 'estimated'}: {part.how}")
        for name, part in energy.parts.items()
    ]


def _kwh(value: float) -> str:
    return f"{value:.3g} kWh" if value >= 0.1 else f"{1000 * value:.3g} Wh"


def model_rows(manifest: Manifest, task: TaskFacts, thing: str) -> Rows:
    """Return what the model is and takes."""
    features = manifest.features
    each = _EACH.get(features.kind) or _EACH.get(task.requires, thing)
    what = "a map" if features.kind == "map" else "a vector"
    return [
        ("model", manifest.card.id + (f"@{manifest.revision}" if manifest.revision else "")),
        ("architecture", manifest.card.architecture or "not stated"),
        ("input", input_words(manifest.input)),
        ("features", f"{what} for each {each}, {features.width:,} wide"),
        ("framework", manifest.framework),
        *([("method", manifest.method)] if manifest.method else []),
    ]


def metric_rows(metrics: dict[str, float | None], figures: Figures) -> Rows:
    """Return metrics as rows."""
    found = [(figure_of(figures, name), value) for name, value in metrics.items()]
    return [(figure.title, figure.text(value)) for figure, value in found]


def input_words(form: AnyInput) -> str:
    """Return what a model takes, in words."""
    if isinstance(form, ImageInput):
        return f"{form.width} x {form.height} pixels"
    if isinstance(form, AudioInput):
        return f"audio clips of {form.rate:,} samples a second" + (
            f", cut off after {form.max_seconds:g} s" if form.max_seconds else ""
        )
    what = "texts or pairs of texts" if form.pair else "texts"
    return what + (f", cut off after {form.max_length} tokens" if form.max_length else "")


def flat(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return a tree as one level with dotted names."""
    found: dict[str, Any] = {}
    for name, value in tree.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = value
    return found
