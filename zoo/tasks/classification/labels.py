"""Labels of classification: names of classes, and numbers and sets that can be taken for them."""

from __future__ import annotations

from zoo.datasets.labels.class_names import WHOLE, check_names, label_error, ordered_names
from zoo.datasets.labels.label_sets import members
from zoo.datasets.labels.labels import Labels, unfit
from zoo.datasets.labels.numbers import is_fraction, is_number
from zoo.datasets.labels.raw_labels import RawLabels
from zoo.datasets.labels.separators import looks_like_several
from zoo.datasets.tables.label_reader import LabelReader

_MOST_CODES = 100


class ClassLabels(LabelReader):
    """One name for each input; sets with one label each where classification was asked for."""

    def claim(self, raw: RawLabels) -> str | None:
        """Claim names, names of folders, and whole numbers of few distinct values.

        Few are at most 100, and on average at least two examples of each. In memory all integers are classes:
        amounts come as floats.
        """
        if raw.several or raw.declared not in (None, "names"):
            return None
        if raw.origin == "folders" or raw.declared:
            return ""
        if raw.lists is not None:
            return None
        if raw.origin == "arrays" and all(isinstance(value, int) for value in raw.values):
            return self._codes(len(set(raw.names)))
        if raw.separated:
            return None
        note = self._of_texts(raw)
        if note is None:
            return None
        return "; ".join(filter(None, (note, looks_like_several(raw.names))))

    def _of_texts(self, raw: RawLabels) -> str | None:
        texts = raw.names
        numeric = [is_number(text) for text in texts]
        if not all(numeric):
            if sum(map(is_fraction, texts)) > len(texts) / 2:
                odd = numeric.index(False)
                what = f"label {texts[odd][:40]!r} stands among numbers"
                raise label_error(odd, raw.where, what, f"write a number, or ask for task {self.name}")
            return f"task {self.name}: labels are names"
        distinct = len(set(texts))
        few = distinct <= max(2, min(_MOST_CODES, len(texts) // 2))
        return self._codes(distinct) if few and all(map(WHOLE.fullmatch, texts)) else None

    def _codes(self, count: int) -> str:
        return (
            f"task {self.name}: {count} whole numbers taken for class codes; zoo finetune --task regression "
            "takes them for amounts"
        )

    def read(self, raw: RawLabels) -> Labels:
        """Read names; or lists, or columns of 0 and 1, that name exactly one class in each row."""
        if raw.several or raw.lists is not None:
            return self._from_sets(raw)
        return super().read(raw)

    def _from_sets(self, raw: RawLabels) -> Labels:
        if not raw.several and raw.name_lists is not None:
            sets = raw.name_lists
            names = ordered_names(one for labels in sets for one in labels)
        elif raw.indicators is not None:
            sets, names = members(raw.indicators), tuple(raw.indicators)
        elif raw.several:
            columns = ", ".join(map(repr, raw.columns))
            why = f"the {len(raw.columns)} label columns, {columns}, hold other numbers than 0 and 1"
            raise unfit(self.name, why)
        else:
            raise unfit(self.name, "the labels are lists of numbers")
        for row, labels in enumerate(sets):
            if len(labels) != 1:
                what = f"the row has {len(labels)} labels, a class is exactly one"
                hint = "correct the row, or leave the task out for task multi-label"
                raise label_error(row, raw.where, what, hint)
        values = tuple(labels[0] for labels in sets)
        check_names(values, raw.where)
        return Labels(self.name, names, values)
