"""The one sentence: what was trained on what, how, and what came out."""

from __future__ import annotations

from zoo.core.figures import figure_of
from zoo.reporting.sections import known_task
from zoo.runs.manifest import Manifest
from zoo.runs.report_schema import ReportFacts, SplitFacts, TaskFacts
from zoo.training.methods import METHODS, lora_rank, parse_method
from zoo.training.train_report import epochs_in
from zoo.utils.format import MODALITY_NOUN, duration, plural


def headline(facts: ReportFacts) -> tuple[str, SplitFacts] | None:
    """Return the split that counts: test where there is one, else val."""
    for split in ("test", "val"):
        if split in facts.splits:
            return split, facts.splits[split]
    return next(iter(facts.splits.items()), None)


def decision(manifest: Manifest, facts: ReportFacts) -> str:
    """Return the sentence, plain text."""
    thing = MODALITY_NOUN[facts.data.modality if facts.data else manifest.card.modality or "image"]
    trained = manifest.data.counts.get("train", 0) if manifest.data else 0
    on = f" on {plural(trained, thing)} of {manifest.data.name}" if manifest.data else ""
    way = how(manifest)
    if facts.train.get("head"):
        way = way.replace("with a head on top", "with a fitted linear head")
    text = f"{manifest.card.id}, {way}, was trained{on}{_effort(facts)}"
    found = headline(facts)
    task = known_task(manifest, facts)
    figure = figure_of(task.figures, task.metric)
    if found is None:
        if not manifest.data or any(manifest.data.counts.get(split) for split in ("val", "test")):
            return text + "."
        return text + "; nothing was held out, so how well it does is not known."
    split, held = found
    of = plural(held.examples, thing)
    overlap = held.overlap
    if overlap is not None and overlap.trained_on:
        if not overlap.rest:
            return f"{text}; all {of} of {split} were trained on, so how well it does on others is not known."
        said = _outcome(task, figure.text(overlap.metrics.get(task.metric)))
        return f"{text}; on the {overlap.rest:,} of {of} of {split} that it was not trained on {said}."
    between = ""
    if interval := held.intervals.get(task.metric):
        low, high = figure.text(interval.low), figure.text(interval.high)
        between = f" (95% interval {low} to {high})"
    said = _outcome(task, figure.text(held.metrics.get(task.metric)))
    known = overlap is not None and not overlap.unknown
    which = f"{of} that it was not trained on ({split})" if known else f"{of} of {split}"
    return f"{text}; on {which} {said}{between}."


def how(manifest: Manifest) -> str:
    """Return what was frozen and what began where."""
    total, frozen = len(manifest.stages), manifest.frozen_stages
    start = "from random weights" if manifest.origin == "random" else "pretrained"
    if manifest.parent:
        start = f"as {manifest.parent.model} left it"
    if (rank := lora_rank(manifest.method)) is not None:
        return f"{start}, frozen, with low-rank adapters of rank {rank} and a head"
    if manifest.method:
        return f"{start}, fine-tuned by {manifest.method} ({METHODS[parse_method(manifest.method).name]})"
    if frozen >= total:
        return f"{start} and frozen, with a head on top"
    if not frozen:
        return f"{start}, every layer free"
    return f"{start}, {frozen} of {total} stages frozen"


def _effort(facts: ReportFacts) -> str:
    epochs = epochs_in(facts.train.get("epochs") or ())
    seconds = facts.train.get("seconds")
    during = f" in {duration(seconds)}" if isinstance(seconds, int | float) else ""
    return (f" for {plural(epochs, 'epoch')}" if epochs > 1 else "") + during


def _outcome(task: TaskFacts, value: str) -> str:
    outcome = task.outcome or f"its {figure_of(task.figures, task.metric).title} is {{value}}"
    return outcome.replace("{value}", value)
