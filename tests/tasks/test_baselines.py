"""The baselines that each task states: what they predict, learned from training labels alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from zoo import Classification, MultiLabel, Regression, TokenClassification
from zoo.core.rows import ragged
from zoo.core.task import Task
from zoo.plugins.tasks import task_part
from zoo.tasks.token_classification.baselines import word_tags


@dataclass
class Case:
    """Labels, of the training examples first, and then of those to predict."""

    task: Task
    labels: list[Any]
    trained: int
    texts: list[list[str]] = field(default_factory=list)

    @property
    def every(self):
        return np.arange(self.trained)

    train = every

    @property
    def asked(self):
        return np.arange(self.trained, len(self.labels))

    def targets(self, positions):
        return self.task.encode([self.labels[i] for i in positions])

    def inputs(self, positions):
        return [self.texts[i] for i in positions]

    def observe(self, outputs):
        return self.task.observe(outputs, self.targets(self.asked))

    def observe_constant(self, outputs):
        return self.task.observe_constant(outputs, self.targets(self.asked))


def found(case):
    return {one.name: (one, one.predict(case)) for one in task_part(case.task.kind, "baselines")(case)}


def test_the_majority_class_is_that_of_training():
    case = Case(Classification(classes=("a", "b", "c")), [*"acca", *"aab"], 4)
    baseline, answer = found(case)["majority"]
    assert baseline.blind
    assert (answer.words, answer.learned) == ("majority class, a", 4)
    assert answer.rows["said"].tolist() == [0, 0, 0], "of equals the first"
    assert case.task.metrics(answer.rows)["accuracy"] == pytest.approx(2 / 3)


def test_the_mean_is_that_of_training():
    labels = [[1.0], [2.0], [6.0], [10.0], [20.0]]
    task = Regression(targets=("x",)).fitted(np.array(labels[:3]))
    _, answer = found(Case(task, labels, 3))["majority"]
    assert answer.rows["value"].ravel() == pytest.approx([3.0, 3.0])


def test_the_labels_are_those_whose_f1_together_is_highest():
    task = MultiLabel(labels=("x", "y", "z"))
    labels = [("x", "y")] * 9 + [("y", "z")] + [("x",)]
    case = Case(task, labels, 10)
    _, answer = found(case)["majority"]
    assert answer.rows["said"].tolist() == [[True, True, False]]
    assert answer.words == "the 2 most frequent of 3 labels"
    targets = case.targets(case.every)

    def f1(outputs):
        return task.metrics(task.observe_constant(np.array(outputs, np.float32), targets))["f1"]

    assert all(f1([1, 1, -1]) > f1(other) for other in ([1, -1, -1], [1, 1, 1], [-1, 1, -1]))


def test_words_get_the_tag_that_they_had_most_often():
    task = TokenClassification(tags=("O", "B-X", "B-Y"))
    texts = [["a", "b"], ["a", "c"], ["a"], ["a", "b", "new"]]
    labels = [["B-X", "O"], ["B-X", "O"], ["B-Y"], ["O", "O", "O"]]
    case = Case(task, labels, 3, texts)
    _, majority = found(case)["majority"]
    assert majority.words == "majority tag, O"
    assert [one.tolist() for one in majority.rows["said"]] == [[0, 0, 0]]
    baseline, lookup = found(case)["word-lookup"]
    assert not baseline.blind
    assert [one.tolist() for one in lookup.rows["said"]] == [[1, 0, 0]], "a new word: the most frequent tag"


def test_of_equal_tags_the_first_is_taken():
    [outputs] = word_tags([["a", "a"]], ragged([np.array([1, 0])]), [["a", "b"]], 2)
    assert outputs.argmax(1).tolist() == [0, 0]
