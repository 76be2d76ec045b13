"""Labels of multi-label classification: texts with separators, lists of names, columns of 0 and 1."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import ClassVar

from zoo.core.class_values import class_name
from zoo.datasets.labels.class_names import WHOLE, label_error
from zoo.datasets.labels.label_sets import members, names_of
from zoo.datasets.labels.labels import Labels, unfit
from zoo.datasets.labels.numbers import as_text
from zoo.datasets.labels.raw_labels import RawLabels
from zoo.datasets.labels.separators import SEPARATOR, looks_like_several, parts_of
from zoo.datasets.tables.label_reader import LabelReader


class SetLabels(LabelReader):
    """Any number of names for each input."""

    takes_separator: ClassVar[bool] = True

    def claim(self, raw: RawLabels) -> str | None:
        """Claim texts with a separator, lists of names, and lists or columns of 0 and 1."""
        if raw.declared is not None:
            return "" if raw.declared == "sets" else None
        if not raw.several and raw.lists is None:
            return self._of_texts(raw) if raw.separated else None
        if not raw.several and raw.name_lists is not None:
            return f"task {self.name}: labels are lists of names" + _also_classes(raw.name_lists)
        if raw.indicators is None:
            return None
        form = "columns" if raw.several else "places"
        note = f"task {self.name}: {len(raw.indicators)} {form} of 0 and 1"
        return note + _also_classes(members(raw.indicators))

    def _of_texts(self, raw: RawLabels) -> str:
        for row, text in enumerate(raw.names):
            if not text:
                hint = f"write the labels, or ask for task {self.name}"
                raise label_error(row, raw.where, "the label is blank", hint)
        sign = raw.separator or SEPARATOR
        return f"task {self.name}: labels are separated by {sign if sign.strip() else 'blanks'}"

    def read(self, raw: RawLabels) -> Labels:
        """Read sets of names; lists of whole numbers are sets of codes."""
        if not raw.several and raw.lists is None:
            sets = [list(map(class_name, parts_of(one, raw.separator or SEPARATOR))) for one in raw.names]
            names = names_of(sets, raw.where)
            undivided = raw.separator is None and all(len(labels) < 2 for labels in sets)
            note = looks_like_several(raw.names) if undivided else ""
            return Labels(self.name, names, tuple(map(tuple, sets)), note)
        if not raw.several and raw.name_lists is not None:
            sets = raw.name_lists
        elif raw.indicators is not None:
            return Labels(self.name, tuple(raw.indicators), tuple(map(tuple, members(raw.indicators))))
        elif raw.several:
            columns = ", ".join(map(repr, raw.columns))
            why = f"the {len(raw.columns)} label columns, {columns}, hold other numbers than 0 and 1"
            raise unfit(self.name, why)
        else:
            sets = [[as_text(one) for one in row] for row in raw.lists or ()]
            if not all(WHOLE.fullmatch(code) for row in sets for code in row):
                raise unfit(self.name, "the labels are lists of numbers that are not whole")
        return Labels(self.name, names_of(sets, raw.where), tuple(map(tuple, sets)))

    def choose(self, labels: Labels, wanted: Collection[str]) -> tuple[Labels, None]:
        """Keep these labels, and every row."""
        names = tuple(name for name in labels.names if name in wanted)
        values = tuple(tuple(one for one in row if one in wanted) for row in labels.values)
        return replace(labels, names=names, values=values), None


def _also_classes(sets: Sequence[Sequence[str]]) -> str:
    if any(len(labels) != 1 for labels in sets):
        return ""
    return "; every row has exactly one: zoo finetune --task classification takes them for classes"
