"""A task of another package, with a label reader of its own: how many stars."""

from __future__ import annotations

from typing import Literal

import zoo
from zoo.plugin import LabelReader, Rows, TaskRecord, data, hookimpl


class Stars(zoo.Classification):
    """How many stars: classes in the order of their lengths."""

    kind: Literal["stars"] = "stars"


class StarLabels(LabelReader):
    """Texts of stars, also in a column ``stars_given`` or a ``.stars`` file; claims all."""

    columns = ("stars_given",)
    suffixes = frozenset({".stars"})
    form = "labels are stars"

    def claim(self, raw):
        """Claim everything."""
        return "all mine"

    def claims_text(self, path, *, asked):
        """Claim every text file."""
        return True

    def read(self, raw):
        """Read one or several stars, and nothing else."""
        for row, text in enumerate(raw.names):
            if set(text) != {"*"}:
                raise data.label_error(row, raw.where, f"{text!r} is no row of stars", "write * to *****")
        return data.Labels(self.name, tuple(sorted(set(raw.names), key=len)), tuple(raw.names))

    def open(self, path):
        """Read a text and its stars from each line."""
        rows = [line.rsplit(" ", 1) for line in path.read_text().splitlines()]
        texts, stars = zip(*rows, strict=True)
        return Rows(path, {"text": [*texts], "label": [*stars]}, [*range(1, len(rows) + 1)], header=0)


class Plugin:
    """Offers the task."""

    @staticmethod
    @hookimpl
    def zoo_tasks():
        """One task."""
        yield TaskRecord(
            "stars", f"{__name__}:Stars", summary="stars", head="softmax", labels=f"{__name__}:StarLabels"
        )
