"""Random outputs and targets of every task: ties, words that were cut off, classes that are absent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from zoo import Classification, MultiLabel, Regression, TokenClassification
from zoo.core.task import Task

FILE = Path(__file__).with_name("recorded_metrics.json")
"""What the tasks computed of these before they computed from rows."""


class MetricCase(NamedTuple):
    """Outputs and targets of one task.

    Attributes:
        name: of the case in the file.
        task: fitted.
        outputs: raw, float32; an object array of ragged ones for words.
        targets: encoded.
        other: outputs of another model for the same examples.
        weights: of the classes; None where they have no meaning.
    """

    name: str
    task: Task
    outputs: Any
    targets: Any
    other: Any
    weights: Any


def metric_cases() -> Iterator[MetricCase]:
    """All of them, the same at every call."""
    random = np.random.default_rng(16)

    def outputs(*shape: int) -> Any:
        """Multiples of a half: many are equal."""
        return (random.integers(-8, 9, shape) / 2).astype(np.float32)

    for width, absent, examples in ((2, 0, 31), (4, 1, 57), (9, 2, 230)):
        task: Task = Classification(classes=tuple(f"c{i}" for i in range(width)))
        targets: Any = random.integers(0, width - absent, examples)
        both = outputs(examples, width), outputs(examples, width)
        yield MetricCase(f"classes {width}", task, both[0], targets, both[1], task.class_weights(targets))
    for width, examples in ((1, 12), (5, 143)):
        task = MultiLabel(labels=tuple(f"l{i}" for i in range(width)), threshold=0.5 if width > 1 else 0.3)
        targets = (random.integers(0, 10, (examples, width)) < 3).astype(np.float32)
        targets[:, -1] *= width == 1
        both = outputs(examples, width), outputs(examples, width)
        yield MetricCase(f"labels {width}", task, both[0], targets, both[1], task.class_weights(targets))
    for width, examples in ((1, 40), (3, 121)):
        targets = random.integers(-900, 900, (examples, width)) / 7 + 1e3
        targets[:, -1] = targets[:, -1] if width == 1 else 5.0
        task = Regression(targets=tuple(f"v{i}" for i in range(width))).fitted(targets)
        yield MetricCase(
            f"numbers {width}", task, outputs(examples, width), targets, outputs(examples, width), None
        )
    for tags in (("O", "B-PER", "I-PER", "B-LOC", "I-LOC"), ("NOUN", "VERB", "ADJ")):
        task = TokenClassification(tags=tags)
        counts = random.integers(1, 12, 64).tolist()
        targets, one, other = (np.empty(len(counts), object) for _ in range(3))
        for i, count in enumerate(counts):
            targets[i] = random.integers(0, len(tags), count)
            one[i], other[i] = outputs(count, len(tags)), outputs(count, len(tags))
            for row in (one[i], other[i]):
                row[max(1, count - int(random.integers(0, 4))) :] = np.nan
        yield MetricCase(f"words {len(tags)}", task, one, targets, other, task.class_weights(targets))
