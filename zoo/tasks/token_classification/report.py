"""A tag for each word: figures of entities, and the texts with the surest wrong tags."""

from __future__ import annotations

from zoo.core.rows import Rows
from zoo.core.statistics import NameFacts, Share, bootstrap, f1_of
from zoo.reporting.task_section import RECALL_TEXT, SHOWN, ReportSection, TaskSection, Wrong
from zoo.runs.report_schema import Mark
from zoo.tasks.token_classification.entities import types
from zoo.tasks.token_classification.task import TokenClassification
from zoo.utils.format import plural


class TokenSection(ReportSection[TokenClassification]):
    """The section of a page."""

    def exhibit(self, task: TokenClassification, rows: Rows) -> TaskSection:
        """Return what there is to show of a split, from its rows (:meth:`TokenClassification.observe`)."""
        counted = task.counts(rows)
        found: list[Wrong] = []
        texts = zip(rows["said"], rows["target"], rows["seen"], rows["sure"], strict=True)
        for row, (said, wanted, seen, sure) in enumerate(texts):
            truth, answer = task.spelled(wanted), task.spelled(said)
            wrong = [i for i, pair in enumerate(zip(truth, answer, strict=True)) if pair[0] != pair[1]]
            if wrong:
                surest = max((float(sure[i]) for i in wrong if seen[i]), default=None)
                marks = tuple(Mark(at=i, truth=truth[i], said=answer[i]) for i in wrong)
                real, claimed = (_entities(task.entities(numbers)) for numbers in (wanted, said))
                found.append(Wrong(row, real, claimed, surest, marks))
        total = counted.sum(0)
        found.sort(key=lambda one: -(one.score or 0.0))
        return TaskSection(
            names=[_facts(name, *total[i].tolist()) for i, name in enumerate(types(task.tags))],
            names_title="Each type of entity",
            names_text=RECALL_TEXT,
            intervals={"f1": bootstrap(counted.sum(1), f1_of)},
            wrong=len(found),
            mistakes=found[:SHOWN],
        )

    def outcome(self, task: TokenClassification) -> str:
        """See :meth:`zoo.reporting.task_section.ReportSection.outcome`."""
        return f"it finds entities of {plural(len(types(task.tags)), 'type')} with an F1 of {{value}}"


def _entities(found: set[tuple[str, int, int]]) -> str:
    return ", ".join(kind for kind, _, _ in sorted(found, key=lambda span: span[1])) or "none"


def _facts(name: str, right: int, said: int, real: int) -> NameFacts:
    f1 = 2 * right / (said + real) if said + real else float("nan")
    shares = {"recall": Share(right=right, of=real), "precision": Share(right=right, of=said)}
    return NameFacts(name=name, count=real, shares=shares, figures={"f1": f1})
