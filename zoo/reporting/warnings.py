"""What somebody should know before they trust or use a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zoo.core.licences import kind_of
from zoo.reporting.headline import headline
from zoo.reporting.sections import known_task
from zoo.reporting.train_overlap import overlap_words
from zoo.runs.manifest import Manifest
from zoo.runs.report_schema import ReportFacts, TaskFacts
from zoo.training.train_report import epochs_in, optimism
from zoo.utils.format import MODALITY_NOUN, plural

_FEW = 100


@dataclass(frozen=True)
class Caution:
    """``bad`` is a fault, ``note`` something to bear in mind."""

    grade: Literal["bad", "note"]
    text: str


def cautions(manifest: Manifest, facts: ReportFacts) -> list[Caution]:
    """Return the faults first."""
    found = [
        *(Caution("bad" if one.fault else "note", one.text) for one in facts.cautions),
        *_data(facts, known_task(manifest, facts)),
        *_licences(manifest, facts),
        *_figures(manifest, facts),
    ]
    found += [Caution("bad", text) for text in _baselines(facts)]
    if manifest.base:
        where = manifest.base.named(manifest.card.id)
        found.append(Caution("note", f"The run holds adapters and head alone: to open it needs {where}."))
    found += [Caution("note", _sentence(str(note))) for note in facts.train.get("notes") or ()]
    return sorted(found, key=lambda one: one.grade)


def _data(facts: ReportFacts, task: TaskFacts) -> list[Caution]:
    if facts.data is None:
        return []
    check, thing = facts.data.check, MODALITY_NOUN[facts.data.modality]
    found = [] if facts.data.reduced is None else [Caution("note", _sentence(str(facts.data.reduced)))]
    found += [
        Caution(
            "bad" if split.overlap.trained_on else "note",
            f"{name}: {overlap_words(split.overlap, thing, task.metric, task.figures)}.",
        )
        for name, split in facts.splits.items()
        if split.overlap is not None and (split.overlap.trained_on or split.overlap.unknown)
    ]
    found += [
        Caution(
            "bad",
            f"{plural(one.count, thing)} of {one.splits[1]} {'is' if one.count == 1 else 'are'} in "
            f"{one.splits[0]} too, byte for byte.",
        )
        for one in check.overlaps
        if one.splits[0] != "train"
    ]
    if check.conflicts:
        text = f"{plural(check.conflicts, thing)} equal one with another label: one of the two is wrong."
        found.append(Caution("bad", text))
    if check.skipped:
        found.append(Caution("note", f"Equal {thing}s were not looked for: {check.skipped}."))
    return found


def _licences(manifest: Manifest, facts: ReportFacts) -> list[Caution]:
    if manifest.origin == "random":
        return []
    # A licence that goes with the weights from run to run is said once, of the model that it began with.
    chain = [(manifest.card.id, manifest.card.license)]
    chain += [(one.model, one.license) for one in facts.lineage]
    found = []
    for license, model in {license: model for model, license in chain}.items():
        kind = kind_of(license)
        if kind == "noncommercial":
            text = (
                f"The licence of {model} ({license}) allows no commercial use; that holds for this run too."
            )
            found.append(Caution("bad", text))
        if kind == "unknown":
            text = f"The publisher of {model} states no licence: nobody has said that you may use it."
            found.append(Caution("note", text))
    return found


def _figures(manifest: Manifest, facts: ReportFacts) -> list[Caution]:
    head = headline(facts)
    if head is None:
        if facts.data is None:
            return [Caution("note", "The run kept no report.json: there are only the figures of its log.")]
        return [Caution("note", "Nothing was held out: no figure here tells how well the model does.")]
    split, held = head
    found, epochs = [], epochs_in(facts.train.get("epochs") or ())
    if held.examples < _FEW:
        wide = "mind how wide the intervals are" if held.intervals else "the figures may be far off"
        text = f"Only {plural(held.examples, 'example')} were held out; {wide}."
        found.append(Caution("note", text))
    if split == manifest.selected_on:
        found.append(Caution("note", optimism(split)))
    last = facts.train.get("best_epoch") == epochs and facts.train.get("stopped") == "all epochs"
    if last and epochs > 1 and manifest.selected_on:
        found.append(Caution("note", "The last epoch was the best one: more epochs may do better."))
    empty = [one.name for one in held.names if one.count == 0]
    if empty:
        listed = ", ".join(empty[:5]) + (", ..." if len(empty) > 5 else "")
        verb = "has" if len(empty) == 1 else "have"
        found.append(Caution("note", f"{listed} {verb} no example in {split}."))
    return found


def _baselines(facts: ReportFacts) -> list[str]:
    """Return the sentence on a baseline that the run does not beat for certain."""
    compared = facts.baselines
    if compared is None:
        return []
    asked = (compared.best, compared.scratch)
    return [
        text
        for one, text in zip([one for one in asked if one], compared.verdict, strict=False)
        if one.gain is not None and (not one.gain.certain or (compared.selected and one is compared.best))
    ]


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."
