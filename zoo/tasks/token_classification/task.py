"""One tag for each word of a text: named entities, parts of speech."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from zoo.core.cards import FeatureKind, Record
from zoo.core.task import Prediction, Task
from zoo.datasets.labels.entities import OUTSIDE, flaw, marks_parts, spans, types
from zoo.errors import DataError
from zoo.tasks.classification.task import log_softmax
from zoo.utils.arrays import Array

NO_WORD = -100
"""Stands in the targets of a loss where a text has no further word."""


class Entity(Record):
    """A stretch of words."""

    type: str
    first: int
    """Number of the first word, from 0."""
    last: int
    """Number of the last word, included."""
    score: float
    """Mean probability of the tags of its words."""


class TagPrediction(Prediction):
    """What a model says about the words of one text; ``label`` holds a tag for each word."""

    entities: tuple[Entity, ...] = ()
    cut_off: int = 0
    """Words that the model did not see, because the text was too long; they are tagged O."""


class TokenClassification(Task):
    """One of ``tags`` for each word. Loss: cross-entropy of the softmax, mean over the words of the batch.

    Texts differ in their number of words, so targets and outputs of several are object arrays (N,): of each
    text int64 (W,) tag numbers, float32 (W, tags) outputs. Outputs are NaN for a word that the model did not
    see; it counts as tagged O, and has no share in the loss.

    Tags with parts (``B-PER``, ``I-PER``) are judged by whole entities, others word by word.
    """

    kind: Literal["token-classification"] = "token-classification"
    tags: tuple[str, ...] = Field(min_length=2)
    requires: ClassVar[FeatureKind] = "tokens"
    noun: ClassVar[tuple[str, str]] = ("tag", "tags")
    fewest: ClassVar[int] = 2
    metric: ClassVar[str] = "f1"

    @field_validator("tags")
    @classmethod
    def _sound(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(tags)) != len(tags) or "" in tags:
            raise ValueError("tags must differ, and none may be blank")
        if fault := flaw(tags):
            raise ValueError(fault)
        return tags

    @classmethod
    def named(cls, names: Sequence[str]) -> TokenClassification:
        """Return the task with these tags."""
        return cls(tags=tuple(names))

    @property
    def names(self) -> tuple[str, ...]:
        """The tags."""
        return self.tags

    def encode(self, labels: Sequence[Any]) -> Array:
        """Rows of tags to an object array (N,) of int64 (W,)."""
        number = {name: i for i, name in enumerate(self.tags)}
        foreign = sorted({str(tag) for row in labels for tag in row} - set(number))
        if foreign:
            known = ", ".join(self.tags[:9]) + (", ..." if len(self.tags) > 9 else "")
            raise DataError(
                f"{len(foreign)} of the data's tags are not among the model's {len(self.tags)}",
                why=f"unknown: {', '.join(foreign[:5])}; the model knows {known}",
                hint="fine-tune on these tags, or rename the tags of the data",
            )
        return ragged([np.array([number[str(tag)] for tag in row], dtype=np.int64) for row in labels])

    def for_loss(self, targets: Array) -> Array:
        """int64 (N, W): as wide as the longest text, -100 where there is no further word."""
        padded = np.full((len(targets), max(map(len, targets), default=0)), NO_WORD, dtype=np.int64)
        for row, tags in zip(padded, targets, strict=True):
            row[: len(tags)] = tags
        return padded

    def scores(self, outputs: Array) -> Array:
        """Softmax for each word: an object array (N,) of float64 (W, tags)."""
        return ragged([np.exp(log_softmax(np.asarray(row))) for row in outputs])

    def prior(self, targets: Array) -> Array:
        """Logarithms of the shares of the tags, one more word of each counted."""
        counts = np.bincount(np.concatenate([*targets]).astype(np.int64), minlength=self.width) + 1.0
        return np.asarray(np.log(counts / counts.sum()), np.float32)

    def prior_loss(self, train: Array, targets: Array) -> float:
        """The loss on ``targets`` of the constant prediction that is best for ``train``."""
        answer = self.prior(train)
        return self.loss(ragged([np.tile(answer, (len(one), 1)) for one in targets]), targets)

    def predictions(self, outputs: Array) -> list[Prediction]:
        """A tag for each word, and the entities that they form."""
        answers: list[Prediction] = []
        parts = marks_parts(self.tags)
        for row, shares in zip(outputs, self.scores(outputs), strict=True):
            tags = self._said(row)
            sure = shares.max(1)
            entities = tuple(
                Entity(type=type_, first=first, last=last, score=float(sure[first : last + 1].mean()))
                for type_, first, last in spans(tags, parts=parts)
            )
            unseen = int((~_seen(row)).sum())
            answers.append(TagPrediction(label=tuple(tags), entities=entities, cut_off=unseen))
        return answers

    def loss(self, outputs: Array, targets: Array, class_weights: Array | None = None) -> float:
        """Weighted mean of the negative log-likelihood over the words that the model saw."""
        rows = _fitted(outputs, targets)
        flat, wanted = np.concatenate(rows), np.concatenate([*targets]).astype(np.int64)
        seen = _seen(flat)
        flat, wanted = flat[seen], wanted[seen]
        if not len(flat):
            return float("nan")
        weights = np.ones(self.width) if class_weights is None else class_weights.astype(np.float64)
        picked = -log_softmax(flat)[np.arange(len(flat)), wanted] * weights[wanted]
        return float(picked.sum() / weights[wanted].sum())

    def metrics(self, outputs: Array, targets: Array) -> dict[str, float]:
        """Precision, recall and F1 of entities (over all types: micro), accuracy of words, loss, and the
        number of words that were cut off."""
        rows = _fitted(outputs, targets)
        counts = self._counts(rows, targets).sum(0)
        said = np.concatenate([self._numbers(row) for row in rows])
        return {
            **_rates(*counts.tolist(), empty=0.0),
            "accuracy": float((said == np.concatenate([*targets])).mean()),
            "loss": self.loss(outputs, targets),
            "words_cut_off": float(sum(int((~_seen(row)).sum()) for row in rows)),
        }

    def per_name(self, outputs: Array, targets: Array) -> dict[str, Mapping[str, float]]:
        """Precision, recall, F1 and number of the entities of each type."""
        counts = self._counts(_fitted(outputs, targets), targets)
        return {
            name: {**_rates(*row, empty=float("nan")), "count": row[2]}
            for name, row in zip(types(self.tags), counts.tolist(), strict=True)
        }

    def class_weights(self, targets: Array) -> Array | None:
        """n words / (tags present x words of the tag); 0 for an absent tag."""
        counts = np.bincount(np.concatenate([*targets]).astype(np.int64), minlength=self.width)
        weights = np.zeros(self.width, dtype=np.float32)
        present = counts > 0
        weights[present] = counts.sum() / (present.sum() * counts[present])
        return weights

    def _numbers(self, row: Array) -> Array:
        """Number of each word's tag; of unseen words that of O, or -1 where O is not among the tags."""
        best = np.where(np.isnan(row), -np.inf, row).argmax(1)
        return np.where(_seen(row), best, self.tags.index(OUTSIDE) if OUTSIDE in self.tags else -1)

    def _said(self, row: Array) -> list[str]:
        return [self.tags[number] if number >= 0 else OUTSIDE for number in self._numbers(row)]

    def _counts(self, rows: Sequence[Array], targets: Array) -> Array:
        """int64 (types, 3): entities found rightly, found, and there."""
        names, parts = types(self.tags), marks_parts(self.tags)
        counts = np.zeros((len(names), 3), dtype=np.int64)
        number = {name: i for i, name in enumerate(names)}
        for row, wanted in zip(rows, targets, strict=True):
            found = set(spans(self._said(row), parts=parts))
            real = set(spans([self.tags[i] for i in wanted], parts=parts))
            for column, some in enumerate((found & real, found, real)):
                for type_, _, _ in some:
                    counts[number[type_], column] += 1
        return counts


def ragged(rows: Sequence[Array]) -> Array:
    """Arrays of several lengths as an object array (N,)."""
    found = np.empty(len(rows), dtype=object)
    for i, row in enumerate(rows):
        found[i] = row
    return found


def _seen(row: Array) -> Array:
    """bool (W,): the words for which there are outputs."""
    return ~np.isnan(row[:, 0])


def _fitted(outputs: Array, targets: Array) -> list[Array]:
    """Outputs float32 (W, tags) of each text, W that of its targets, whatever a batch was padded to."""
    found = []
    for row, wanted in zip(outputs, targets, strict=True):
        fitted = np.full((len(wanted), row.shape[1]), np.nan, dtype=np.float32)
        fitted[: len(row)] = row[: len(wanted)]
        found.append(fitted)
    return found


def _rates(right: int, said: int, real: int, *, empty: float) -> dict[str, float]:
    return {
        "f1": 2 * right / (said + real) if said + real else empty,
        "precision": right / said if said else empty,
        "recall": right / real if real else empty,
    }
