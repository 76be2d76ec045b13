"""The head and the loss of every kind of task."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from zoo.core.protocols.engine import BackboneAdapter, LearningRates
from zoo.testing.evaluation import batch_dependence
from zoo.testing.examples import BATCH
from zoo.testing.freezing import frozen_unrest
from zoo.testing.result import NotApplicable, demand
from zoo.testing.steps import batch_of, plan_for
from zoo.testing.subject import Subject
from zoo.utils.arrays import Array

_LOOSE = 0.02
"""Only another loss is meant to be found: a mean that is a sum, a missing logarithm, raw targets."""


def check_head_answers_every_task(subject: Subject) -> None:
    """After replace_head the outputs are float32 (B, width), whatever the task.

    Of tasks with outputs for parts of inputs (words) they are (B, parts, width), and NaN exactly where an
    input has no such part.
    """
    adapter = subject.with_head()
    for case in subject.cases:
        task = case.task
        adapter.replace_head(task, 0)
        inputs = subject.examples.inputs_for(task)[:2]
        outputs, there = adapter.infer(inputs), task.output_mask(inputs)
        shape = (*there.shape, task.width)
        demand(
            outputs.shape == shape and outputs.dtype == np.float32,
            f"2 inputs: a {task.kind} head of width {task.width} gives {outputs.dtype} {outputs.shape}",
            f"give float32 {shape}: one column for each of task.names, also when there is only one",
        )
        demand(
            bool(there.all()) or bool((np.isnan(outputs).any(-1) == ~there).all()),
            "outputs are missing for parts of a short input, or are there for parts that it does not have",
            'for words: prepared["words"] holds the place of each word\'s first token, -1 without one',
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
        for case in subject.cases:
            task = case.task
            adapter.replace_head(task, 0)
            fitted = task.fitted(task.encode(subject.examples.labels(case)))
            batch = batch_of(subject.examples, replace(case, task=fitted), 0)
            inputs = subject.examples.inputs_for(fitted)[batch.index]
            spread_outputs(adapter, inputs)
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


def spread_outputs(adapter: BackboneAdapter, inputs: Array) -> None:
    """Enlarge the head until its outputs differ by about 2: near zero, many losses look the same."""
    spread = adapter.infer(inputs)
    factor = np.float32(2.0 / max(float(np.ptp(spread[~np.isnan(spread)])), 1e-6))
    weights = adapter.weights()
    adapter.set_weights({n: v * factor if n.startswith("head.") else v for n, v in weights.items()})
