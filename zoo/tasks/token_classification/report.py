"""A tag for each word: figures of entities, and the texts with the surest wrong tags."""

from __future__ import annotations

import numpy as np

from zoo.datasets.labels.entities import OUTSIDE, marks_parts, spans, types
from zoo.reporting.intervals import bootstrap, f1_of
from zoo.reporting.task_section import SHOWN, TaskSection, Wrong
from zoo.runs.report_schema import NameFacts, Share, WordError
from zoo.tasks.token_classification.task import TokenClassification
from zoo.utils.arrays import Array


def exhibit(task: TokenClassification, outputs: Array, targets: Array) -> TaskSection:
    """``targets`` are an object array (N,) of int64 (W,), ``outputs`` one of float32 (W, tags)."""
    parts, kinds = marks_parts(task.tags), types(task.tags)
    counted = counts(task, outputs, targets)
    found: list[Wrong] = []
    answers = zip(outputs, task.scores(outputs), targets, strict=True)
    for row, (raw, scores, wanted) in enumerate(answers):
        truth = [task.tags[i] for i in wanted]
        said = _said(task, raw, len(truth))
        real, claimed = set(spans(truth, parts=parts)), set(spans(said, parts=parts))
        wrong = [i for i, pair in enumerate(zip(truth, said, strict=True)) if pair[0] != pair[1]]
        if wrong:
            sure = [float(np.nanmax(scores[i])) for i in wrong if i < len(raw) and not np.isnan(raw[i, 0])]
            slips = tuple(WordError(word=i, truth=truth[i], said=said[i]) for i in wrong)
            found.append(Wrong(row, _entities(real), _entities(claimed), max(sure, default=None), slips))
    total = counted.sum(0)
    found.sort(key=lambda one: -(one.score or 0.0))
    return TaskSection(
        names=[_facts(name, *total[i].tolist()) for i, name in enumerate(kinds)],
        intervals={"f1": bootstrap(counted.sum(1), f1_of)},
        wrong=len(found),
        mistakes=found[:SHOWN],
    )


def counts(task: TokenClassification, outputs: Array, targets: Array) -> Array:
    """int64 (N, types, 3): entities of each type that are right, said and real in each text."""
    parts = marks_parts(task.tags)
    number = {name: i for i, name in enumerate(types(task.tags))}
    found = np.zeros((len(targets), len(number), 3), dtype=np.int64)
    for row, (raw, wanted) in enumerate(zip(outputs, targets, strict=True)):
        truth = [task.tags[i] for i in wanted]
        real, claimed = (set(spans(tags, parts=parts)) for tags in (truth, _said(task, raw, len(truth))))
        for column, some in enumerate((claimed & real, claimed, real)):
            for kind, _, _ in some:
                found[row, number[kind], column] += 1
    return found


def _said(task: TokenClassification, raw: Array, words: int) -> list[str]:
    """A tag for each word; O for those that the model did not see."""
    seen = raw[:words]
    tags = [OUTSIDE if np.isnan(row[0]) else task.tags[int(row.argmax())] for row in seen]
    return tags + [OUTSIDE] * (words - len(tags))


def _entities(found: set[tuple[str, int, int]]) -> str:
    return ", ".join(kind for kind, _, _ in sorted(found, key=lambda span: span[1])) or "none"


def _facts(name: str, right: int, said: int, real: int) -> NameFacts:
    f1 = 2 * right / (said + real) if said + real else float("nan")
    shares = {"recall": Share(right=right, of=real), "precision": Share(right=right, of=said)}
    return NameFacts(name=name, count=real, shares=shares, figures={"f1": f1})
