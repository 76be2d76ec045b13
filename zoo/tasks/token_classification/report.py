"""A tag for each word: figures of entities, and the texts with the surest wrong tags."""

from __future__ import annotations

from zoo.core.rows import Rows
from zoo.core.statistics import NameFacts, Share, bootstrap, f1_of
from zoo.datasets.labels.entities import types
from zoo.reporting.task_section import SHOWN, TaskSection, Wrong
from zoo.runs.report_schema import WordError
from zoo.tasks.token_classification.task import TokenClassification


def exhibit(task: TokenClassification, rows: Rows) -> TaskSection:
    """Return what there is to show of a split, from its rows (:meth:`TokenClassification.observe`)."""
    counted = task.counts(rows)
    found: list[Wrong] = []
    texts = zip(rows["said"], rows["target"], rows["seen"], rows["sure"], strict=True)
    for row, (said, wanted, seen, sure) in enumerate(texts):
        truth, answer = task.spelled(wanted), task.spelled(said)
        wrong = [i for i, pair in enumerate(zip(truth, answer, strict=True)) if pair[0] != pair[1]]
        if wrong:
            surest = max((float(sure[i]) for i in wrong if seen[i]), default=None)
            slips = tuple(WordError(word=i, truth=truth[i], said=answer[i]) for i in wrong)
            real, claimed = (_entities(task.entities(numbers)) for numbers in (wanted, said))
            found.append(Wrong(row, real, claimed, surest, slips))
    total = counted.sum(0)
    found.sort(key=lambda one: -(one.score or 0.0))
    return TaskSection(
        names=[_facts(name, *total[i].tolist()) for i, name in enumerate(types(task.tags))],
        intervals={"f1": bootstrap(counted.sum(1), f1_of)},
        wrong=len(found),
        mistakes=found[:SHOWN],
    )


def _entities(found: set[tuple[str, int, int]]) -> str:
    return ", ".join(kind for kind, _, _ in sorted(found, key=lambda span: span[1])) or "none"


def _facts(name: str, right: int, said: int, real: int) -> NameFacts:
    f1 = 2 * right / (said + real) if said + real else float("nan")
    shares = {"recall": Share(right=right, of=real), "precision": Share(right=right, of=said)}
    return NameFacts(name=name, count=real, shares=shares, figures={"f1": f1})
