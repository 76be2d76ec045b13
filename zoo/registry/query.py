"""Choosing and sorting rows of the registry."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from zoo.core.licences import KINDS, kind_of
from zoo.errors import ConfigError
from zoo.plugins.manager import manager
from zoo.plugins.records import TaskRecord
from zoo.utils.format import parse_amount
from zoo.utils.suggestions import did_you_mean

Row = dict[str, Any]


_UNSTATED = "image-classification"
"""What the weights of rows do that do not state it."""
_KINDS = ("vector",)
"""Kinds of features of rows that do not state them."""


@dataclass(frozen=True)
class Query:
    """Conditions that rows must meet, all of them; what is None or empty is no condition.

    Attributes:
        pattern: shell pattern (``*``, ``?``) on the whole id or on the name after the colon.
        source: name of the source.
        task: what the published weights do, ``image-classification`` say; or a task of zoo or of a plugin,
            ``classification`` say: every model that can be fine-tuned for it.
        modality: ``image``, ``text`` or ``audio``.
        license: an SPDX identifier, or one of :data:`zoo.core.licences.KINDS`.
        min_parameters: of the backbone; rows that do not state theirs are left out.
        max_parameters: likewise.
        input_size: shortest and longest (side of the images in pixels, or length of the texts in tokens).
        min_accuracy: published ImageNet top-1 accuracy in percent.
        ids: nothing but these.
    """

    pattern: str | None = None
    source: str | None = None
    task: str | None = None
    modality: str | None = None
    license: str | None = None
    min_parameters: int | None = None
    max_parameters: int | None = None
    input_size: tuple[int, int] | None = None
    min_accuracy: float | None = None
    ids: Collection[str] | None = None

    def takes(self) -> Callable[[Row], bool]:
        """Return a function that says of a row whether it meets all conditions."""
        rules: list[Callable[[Row], bool]] = []
        if self.source:
            start = self.source + ":"
            rules.append(lambda row: row["id"].startswith(start))
        if self.ids is not None:
            ids = self.ids
            rules.append(lambda row: row["id"] in ids)
        if self.pattern:
            rule = re.compile(fnmatch.translate(self.pattern.casefold())).match
            rules.append(
                lambda row: bool(rule(row["id"].casefold()) or rule(row["id"].partition(":")[2].casefold()))
            )
        if self.task:
            rules.append(self._serves())
        if self.modality:
            rules.append(lambda row: row.get("modality", "image") == self.modality)
        if self.license:
            rules.append(self._licensed)
        rules += _between(parameters_of, self.min_parameters, self.max_parameters)
        if self.input_size is not None:
            rules += _between(size_of, *self.input_size)
        rules += _between(accuracy_of, self.min_accuracy, None)
        return lambda row: all(rule(row) for rule in rules)

    def words(self) -> list[str]:
        """Return words without which no row's text meets the conditions; a quick look before the rows are
        read."""
        found = [f"{self.source}:"] if self.source else []
        if self.pattern and "[" not in self.pattern:
            found += re.split(r"[*?]", self.pattern)
        if self.task and self.task != _UNSTATED and _record(self.task) is None:
            found.append(self.task)
        if self.modality != "image":
            found.append(self.modality or "")
        found.append(self.license or "")
        return " ".join(found).split()

    def _serves(self) -> Callable[[Row], bool]:
        """Return a function that says of a row whether it was published or can be fine-tuned for the task."""
        assert self.task is not None
        record = _record(self.task)

        def serves(row: Row) -> bool:
            if row.get("task", _UNSTATED) == self.task:
                return True
            if record is None or record.features not in row.get("kinds", _KINDS):
                return False
            return not record.modalities or row.get("modality", "image") in record.modalities

        return serves

    def _licensed(self, row: Row) -> bool:
        assert self.license is not None
        wanted = self.license.casefold()
        if wanted in KINDS:
            return kind_of(row.get("license")) == wanted
        return (row.get("license") or "") == wanted


def _record(task: str) -> TaskRecord | None:
    """Return the task that a plugin offers under this name, or None."""
    return manager().tasks().get(task)


def _between(
    value: Callable[[Row], float | None], least: float | None, most: float | None
) -> list[Callable[[Row], bool]]:
    if least is None and most is None:
        return []

    def inside(row: Row) -> bool:
        found = value(row)
        return found is not None and (least is None or found >= least) and (most is None or found <= most)

    return [inside]


def parameters_of(row: Row) -> int | None:
    """Return number of parameters of the backbone."""
    return row.get("parameters")


def size_of(row: Row) -> int | None:
    """Shorter side of the images in pixels, or most tokens of a text."""
    form = row.get("input") or {}
    if "height" in form:
        return int(min(form["height"], form["width"]))
    return form.get("max_length")


def input_of(row: Row) -> str:
    """Return what it takes: ``224x224``, ``text 512``, ``audio``; empty when unknown."""
    form, modality = row.get("input") or {}, row.get("modality", "image")
    if modality is None:
        return ""
    if modality != "image":
        most = form.get("max_length")
        return f"{modality} {most}" if most else str(modality)
    return f"{form['height']}x{form['width']}" if form else "image"


def width_of(row: Row) -> int | None:
    """Width of the feature vector."""
    return (row.get("features") or {}).get("width")


def accuracy_of(row: Row) -> float | None:
    """Return the first published top-1 accuracy on ImageNet, in percent."""
    return next((one["value"] for one in row.get("published", ()) if one["metric"] == "top-1 accuracy"), None)


_KEYS: dict[str, Callable[[Row], float | None]] = {
    "parameters": parameters_of,
    "input": size_of,
    "width": width_of,
    "accuracy": accuracy_of,
}
SORTS = ("id", *_KEYS)
"""What rows can be sorted by; ``-`` before it: largest first, ``+``: smallest first."""
_BEST_IS_LARGEST = frozenset({"accuracy"})
"""Keys by which the best row is the largest: without a sign it comes first."""


def choose(rows: Iterable[Row], query: Query, sort: str = "id", *, whole: bool = True) -> list[Row]:
    """Return the rows that meet a query, sorted; those that do not state what is sorted by come last.

    Args:
        rows: of the registry.
        query: the conditions.
        sort: one of :data:`SORTS`; ``-`` before it: largest first, ``+``: smallest first; without a sign the
            best comes first, the largest accuracy and the smallest of the others.
        whole: whether these are all rows, so that a value that none of them has is misspelt.

    Raises:
        ConfigError: ``sort`` is none of :data:`SORTS`, or no row has such a task, licence or source.
    """
    takes = query.takes()
    listed = list(rows)
    found = [row for row in listed if takes(row)]
    name = sort[1:] if sort[:1] in ("-", "+") else sort
    reverse = sort[0] == "-" if name != sort else name in _BEST_IS_LARGEST
    if name not in SORTS:
        raise ConfigError(f"rows cannot be sorted by {name!r}", hint=f"one of {', '.join(SORTS)}")
    if not found and whole:
        _explain(listed, query)
    found.sort(key=lambda row: str(row["id"]), reverse=reverse and name == "id")
    if name == "id":
        return found
    key = _KEYS[name]
    stated = [row for row in found if key(row) is not None]
    stated.sort(key=lambda row: key(row) or 0, reverse=reverse)
    return stated + [row for row in found if key(row) is None]


def _explain(rows: list[Row], query: Query) -> None:
    """Refuse a condition that no row at all could meet: it is misspelt."""
    fields: dict[str, tuple[str | None, set[str]]] = {
        "source": (query.source, {row["id"].partition(":")[0] for row in rows}),
        "task": (
            query.task,
            {row.get("task") or "" for row in rows} | {_UNSTATED, *manager().tasks()},
        ),
        "modality": (query.modality, {"image", "text", "audio"}),
        "license": (
            None if query.license is None else query.license.casefold(),
            {row.get("license") or "" for row in rows} | set(KINDS),
        ),
    }
    for name, (wanted, known) in fields.items():
        if wanted and rows and wanted not in known:
            listed = ", ".join(sorted(known - {""})[:12])
            raise ConfigError(
                f"no model in the registry has the {name} {wanted!r}",
                hint=did_you_mean(wanted, known - {""}) or f"there are {listed}",
            )


def parse_count(text: str) -> int:
    """``10M``, ``500K``, ``1.5B`` or a plain number as an integer.

    Raises:
        ConfigError: not such a number.
    """
    number = parse_amount(text)
    if number is None:
        raise ConfigError(
            f"{text!r} is not a number of parameters", hint="write 500K, 10M, 1.5B or a plain number"
        )
    return number


def parse_range(text: str) -> tuple[int, int]:
    """``224`` or ``160-256`` as shortest and longest.

    Raises:
        ConfigError: not such a range.
    """
    match = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", text.strip())
    if not match or int(match[2] or match[1]) < int(match[1]):
        raise ConfigError(f"{text!r} is not a size", hint="write 224, or 160-256")
    return int(match[1]), int(match[2] or match[1])
