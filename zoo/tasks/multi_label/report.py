"""Any number of labels: figures of each label, and the decisions that were furthest from the truth."""

from __future__ import annotations

import numpy as np

from zoo.core.rows import Rows
from zoo.core.statistics import NameFacts, Share, bootstrap, f1_of, wilson
from zoo.reporting.task_section import RECALL_TEXT, SHOWN, ReportSection, TaskSection, Wrong
from zoo.tasks.multi_label.task import MultiLabel
from zoo.utils.arrays import Array
from zoo.utils.format import plural


class MultiLabelSection(ReportSection[MultiLabel]):
    """The section of a page."""

    def exhibit(self, task: MultiLabel, rows: Rows) -> TaskSection:
        """Return what there is to show of a split, from its rows (:meth:`MultiLabel.observe`)."""
        said, actual, sure = rows["said"], rows["actual"], rows["sure"]
        both = said & actual
        figures = task.per_name(rows)
        names = [
            NameFacts(
                name=name,
                count=int(actual[:, i].sum()),
                shares={
                    "recall": Share(right=int(both[:, i].sum()), of=int(actual[:, i].sum())),
                    "precision": Share(right=int(both[:, i].sum()), of=int(said[:, i].sum())),
                },
                figures={"f1": figures[name]["f1"]},
            )
            for i, name in enumerate(task.labels)
        ]
        wrong = np.flatnonzero((said != actual).any(1))
        shown = wrong[np.argsort(-sure[wrong], kind="stable")[:SHOWN]]
        everything = 2 * actual.sum() / max(actual.size + actual.sum(), 1)
        return TaskSection(
            names=names,
            names_title="Each label",
            names_text=RECALL_TEXT,
            intervals={
                "f1": bootstrap(task.counts(rows), f1_of),
                "exact_match": wilson(len(said) - len(wrong), len(said)),
            },
            baseline={"f1": float(everything)},
            baseline_words="always answering every label",
            wrong=len(wrong),
            mistakes=[
                Wrong(int(i), _listed(task, actual[i]), _listed(task, said[i]), float(sure[i])) for i in shown
            ],
        )

    def outcome(self, task: MultiLabel) -> str:
        """See :meth:`zoo.reporting.task_section.ReportSection.outcome`."""
        return f"its decisions about {plural(len(task.labels), 'label')} reach an F1 of {{value}}"


def _listed(task: MultiLabel, chosen: Array) -> str:
    return ", ".join(name for name, is_so in zip(task.labels, chosen, strict=True) if is_so) or "none"
