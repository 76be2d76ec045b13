"""One tag for each word of a text: named entities, parts of speech."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field, field_validator

from zoo.core.cards import DataForm, FeatureKind, Record
from zoo.core.figures import COUNT, LOSS, Figure, Figures, share
from zoo.core.rows import Rows, ragged
from zoo.core.scores import log_softmax
from zoo.core.statistics import Gain, f1_of, paired_bootstrap
from zoo.core.task import Prediction, Setting, TargetSpec, Task
from zoo.errors import DataError
from zoo.tasks.token_classification.entities import OUTSIDE, flaw, marks_parts, spans, types
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

    def lines(self, given: Mapping[str, Any]) -> list[tuple[str, ...]] | None:
        """Return each word with its tag."""
        return list(zip(given["words"], self.label or (), strict=True))

    @classmethod
    def warning(cls, predictions: Sequence[Any]) -> str:
        """Return how many words were cut off."""
        cut = sum(one.cut_off for one in predictions)
        return f"{cut} words were cut off, since their texts are too long, and are tagged O" if cut else ""


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
    input_form: ClassVar[DataForm | None] = "words"
    noun: ClassVar[tuple[str, str]] = ("tag", "tags")
    fewest: ClassVar[int] = 2
    per_input: ClassVar[bool] = False
    metric: ClassVar[str] = "f1"
    settings: ClassVar[frozenset[Setting]] = frozenset({"label_smoothing", "class_weights"})
    figures: ClassVar[Figures] = {
        "f1": share("F1"),
        "precision": share("precision"),
        "recall": share("recall"),
        "accuracy": share("accuracy"),
        "words_cut_off": Figure(title="words cut off", unit="count", better="min"),
        "loss": LOSS,
        "count": COUNT,
    }

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

    @property
    def target(self) -> TargetSpec:
        """The tag numbers of each text."""
        return TargetSpec("int64", None, classes=len(self.tags))

    def encode(self, labels: Sequence[Any]) -> Array:
        """Return rows of tags to an object array (N,) of int64 (W,)."""
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

    def output_mask(self, inputs: Array) -> Array:
        """Return which words there are, bool (B, W), W the number of the longest text's words."""
        counts = np.array([len(words) for words in inputs])
        return np.asarray(np.arange(counts.max()) < counts[:, None])

    def scores(self, outputs: Array) -> Array:
        """Softmax for each word: an object array (N,) of float64 (W, tags)."""
        return ragged([np.exp(log_softmax(np.asarray(row))) for row in outputs])

    def prior(self, targets: Array) -> Array:
        """Logarithms of the shares of the tags, one more word of each counted."""
        counts = np.bincount(np.concatenate([*targets]).astype(np.int64), minlength=len(self.tags)) + 1.0
        return np.asarray(np.log(counts / counts.sum()), np.float32)

    def constant_outputs(self, outputs: Array, targets: Array) -> Array:
        """Return the answer for each word: an object array (N,) of float32 (W, tags)."""
        return ragged([np.tile(outputs, (len(one), 1)) for one in targets])

    def predictions(self, outputs: Array, inputs: Sequence[Any] | Array) -> list[Prediction]:
        """Return a tag for each word, and the entities that they form."""
        answers: list[Prediction] = []
        parts = marks_parts(self.tags)
        for row in _fitted(outputs, [len(words) for words in inputs]):
            tags = self.spelled(self._numbers(row))
            sure = np.exp(log_softmax(row)).max(1)
            entities = tuple(
                Entity(type=type_, first=first, last=last, score=float(sure[first : last + 1].mean()))
                for type_, first, last in spans(tags, parts=parts)
            )
            unseen = int((~_seen(row)).sum())
            answers.append(TagPrediction(label=tuple(tags), entities=entities, cut_off=unseen))
        return answers

    def mass(self, targets: Array, class_weights: Array | None = None) -> float:
        """Return number of words, or the sum of the weights of their tags."""
        tags = np.concatenate([np.asarray(one) for one in targets])
        tags = tags[tags >= 0]
        return float(len(tags) if class_weights is None else class_weights[tags].sum())

    def observe(self, outputs: Array, targets: Array, class_weights: Array | None = None) -> Rows:
        """Return columns for each text: object arrays (N,), a number for each word of it.

        ``said`` and ``target``: int64, tag numbers; said is -1 for an unseen word where O is not among the
        tags. ``seen``: bool, whether the model saw the word. ``sure``: float64, probability of the most
        probable tag. ``loss``: float64, negative log-likelihood. ``weight``: float64, of the true tag. Of an
        unseen word sure and loss are NaN, and the weight is 0.
        """
        counts = list(map(len, targets))
        flat = np.concatenate([np.zeros((0, len(self.tags)), np.float32), *_fitted(outputs, counts)])
        wanted = np.concatenate([np.zeros(0, np.int64), *targets]).astype(np.int64)
        seen, logarithms = _seen(flat), log_softmax(flat)
        weights = np.ones(len(self.tags)) if class_weights is None else class_weights.astype(np.float64)
        columns = {
            "said": self._numbers(flat),
            "target": wanted,
            "seen": seen,
            "sure": np.exp(logarithms).max(1),
            "loss": -logarithms[np.arange(len(flat)), wanted],
            "weight": np.where(seen, weights[wanted], 0.0),
        }
        texts = list(pairwise(np.cumsum([0, *counts]).tolist()))
        return {name: ragged([column[a:b] for a, b in texts]) for name, column in columns.items()}

    def loss(self, rows: Rows) -> float:
        """Weighted mean of the negative log-likelihood over the words that the model saw."""
        seen = np.concatenate([*rows["seen"]])
        if not seen.any():
            return float("nan")
        lost, weights = (np.concatenate([*rows[name]])[seen] for name in ("loss", "weight"))
        return float((lost * weights).sum() / weights.sum())

    def metrics(self, rows: Rows) -> dict[str, float]:
        """Precision, recall and F1 of entities (over all types: micro), accuracy of words, loss, and the
        number of words that were cut off."""
        said, wanted, seen = (np.concatenate([*rows[name]]) for name in ("said", "target", "seen"))
        return {
            **_rates(*self.counts(rows).sum((0, 1)).tolist(), empty=0.0),
            "accuracy": float((said == wanted).mean()),
            "loss": self.loss(rows),
            "words_cut_off": float((~seen).sum()),
        }

    def per_name(self, rows: Rows) -> dict[str, Mapping[str, float]]:
        """Precision, recall, F1 and number of the entities of each type."""
        counts = self.counts(rows).sum(0)
        return {
            name: {**_rates(*row, empty=float("nan")), "count": row[2]}
            for name, row in zip(types(self.tags), counts.tolist(), strict=True)
        }

    def counts(self, rows: Rows) -> Array:
        """int64 (N, types, 3): entities of each type that are right, said and real in each text."""
        number = {name: i for i, name in enumerate(types(self.tags))}
        found = np.zeros((len(rows["said"]), len(number), 3), dtype=np.int64)
        for row, (said, wanted) in enumerate(zip(rows["said"], rows["target"], strict=True)):
            claimed, real = self.entities(said), self.entities(wanted)
            for column, some in enumerate((claimed & real, claimed, real)):
                for type_, _, _ in some:
                    found[row, number[type_], column] += 1
        return found

    def entities(self, numbers: Array) -> set[tuple[str, int, int]]:
        """Entities of a text by its tag numbers, int64 (W,): type, first and last word."""
        return set(spans(self.spelled(numbers), parts=marks_parts(self.tags)))

    def gain(self, run: Rows, other: Rows) -> Gain:
        """Difference of two F1 over all entities."""
        counts = np.concatenate([self.counts(rows).sum(1) for rows in (run, other)], axis=1)
        return paired_bootstrap(self.metric, counts, lambda mean: f1_of(mean[:3]) - f1_of(mean[3:]))

    def class_weights(self, targets: Array) -> Array | None:
        """n words / (tags present x words of the tag); 0 for an absent tag."""
        counts = np.bincount(np.concatenate([*targets]).astype(np.int64), minlength=len(self.tags))
        weights = np.zeros(len(self.tags), dtype=np.float32)
        present = counts > 0
        weights[present] = counts.sum() / (present.sum() * counts[present])
        return weights

    def _numbers(self, row: Array) -> Array:
        """Return number of each word's tag; of unseen words that of O, or -1 where O is not among the
        tags."""
        best = np.where(np.isnan(row), -np.inf, row).argmax(1)
        return np.where(_seen(row), best, self.tags.index(OUTSIDE) if OUTSIDE in self.tags else -1)

    def spelled(self, numbers: Array) -> list[str]:
        """Tags by their numbers; O for -1."""
        return [self.tags[number] if number >= 0 else OUTSIDE for number in numbers]


def _seen(row: Array) -> Array:
    """bool (W,): the words for which there are outputs."""
    return ~np.isnan(row[:, 0])


def _fitted(outputs: Array, counts: Sequence[int]) -> list[Array]:
    """Return outputs float32 (W, tags) of each text by its number of words, whatever a batch was padded
    to."""
    found = []
    for row, count in zip(outputs, counts, strict=True):
        fitted = np.full((count, row.shape[1]), np.nan, dtype=np.float32)
        fitted[: len(row)] = row[:count]
        found.append(fitted)
    return found


def _rates(right: int, said: int, real: int, *, empty: float) -> dict[str, float]:
    return {
        "f1": 2 * right / (said + real) if said + real else empty,
        "precision": right / said if said else empty,
        "recall": right / real if real else empty,
    }
