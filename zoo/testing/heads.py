"""The head and the loss of every kind of task."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from zoo.core.protocols.engine import BackboneAdapter, LearningRates
from zoo.core.task import Task
from zoo.testing.evaluation import batch_dependence
from zoo.testing.examples import BATCH, TAGGING, TASKS, tags_words
from zoo.testing.freezing import frozen_unrest
from zoo.testing.result import NotApplicable, demand
from zoo.testing.steps import batch_of, plan_for
from zoo.testing.subject import Subject
from zoo.utils.arrays import Array

_LOOSE = 0.02
"""Only another loss is meant to be found: a mean that is a sum, a missing logarithm, raw targets."""


def check_head_answers_every_task(subject: Subject) -> None:
    """After replace_head the outputs are float32 of shape (B, number of names), whatever the task.

    Where there are states of tokens, (B, W, number of names), and NaN exactly where a text has no word W.
    """
    adapter = subject.with_head()
    for task in _tasks(adapter):
        adapter.replace_head(task, 0)
        inputs = subject.examples.inputs_for(task)[:2]
        outputs = adapter.infer(inputs)
        shape: tuple[int, ...] = (len(inputs), task.width)
        if task.requires == "tokens":
            shape = (len(inputs), max(map(len, inputs)), task.width)
        demand(
            outputs.shape == shape and outputs.dtype == np.float32,
            f"2 inputs: a {task.kind} head of width {task.width} gives {outputs.dtype} {outputs.shape}",
            f"give float32 {shape}: one column for each of task.names, also when there is only one",
        )
        if task.requires == "tokens":
            there = np.arange(shape[1]) < np.array([[len(words)] for words in inputs])
            demand(
                bool((np.isnan(outputs).any(2) == ~there).all()),
                "outputs are missing for words of a short text, or are there for words that it does not have",
                'prepared["words"] holds the place of each word\'s first token, -1 where there is no word',
            )


def check_loss_is_the_loss_of_the_task(subject: Subject) -> None:
    """The loss that a step returns is the mean loss that the task defines, with and without class weights."""
    for complaint in (subject.once(batch_dependence), subject.once(frozen_unrest)):
        if complaint:
            raise NotApplicable(f"a step and infer cannot be compared: {complaint}")
    adapter = subject.with_head()
    try:
        # The whole backbone is frozen, so that the step computes what infer computes.
        adapter.freeze(subject.stages)
        for task in _tasks(adapter):
            adapter.replace_head(task, 0)
            fitted = task.fitted(task.encode(subject.examples.labels(task)))
            batch = batch_of(subject.examples, fitted, 0)
            inputs = subject.examples.inputs_for(fitted)[batch.index]
            _spread_outputs(adapter, inputs)
            outputs = adapter.infer(inputs)
            if (outputs.shape[0], outputs.shape[-1]) != (BATCH, task.width):
                raise NotApplicable("the outputs have a wrong shape (see check_head_answers_every_task)")
            for weights in (None, np.linspace(0.25, 2.5, len(task.names), dtype=np.float32)):
                if weights is not None and task.class_weights(batch.targets) is None:
                    continue
                adapter.begin(replace(plan_for(fitted), class_weights=weights))
                expected = fitted.loss(fitted.observe(outputs, batch.targets, weights))
                loss = adapter.step(batch, LearningRates(0.0, 0.0))
                demand(
                    abs(loss - expected) <= _LOOSE * max(1.0, abs(expected)),
                    f"the loss of a {task.kind} step "
                    + ("" if weights is None else "with class weights ")
                    + f"is {loss:.5g}, the task's own on the same outputs {expected:.5g}",
                    "take the mean over the batch of what Task.loss states, on task.for_loss(targets)",
                )
    finally:
        adapter.freeze(0)


def _tasks(adapter: BackboneAdapter) -> tuple[Task, ...]:
    """A task of every kind that the backbone's features serve."""
    return (*TASKS, TAGGING) if tags_words(adapter.backbone) else TASKS


def _spread_outputs(adapter: BackboneAdapter, inputs: Array) -> None:
    """Enlarge the head until its outputs differ by about 2: near zero, many losses look the same."""
    spread = adapter.infer(inputs)
    factor = np.float32(2.0 / max(float(np.ptp(spread[~np.isnan(spread)])), 1e-6))
    weights = adapter.weights()
    adapter.set_weights({n: v * factor if n.startswith("head.") else v for n, v in weights.items()})
