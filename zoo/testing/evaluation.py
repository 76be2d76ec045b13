"""What a model says when it is asked."""

from __future__ import annotations

import numpy as np

from zoo.core.protocols.engine import BackboneAdapter
from zoo.core.task import Task
from zoo.testing.prints import changed, prints, same_bits
from zoo.testing.result import NotApplicable, demand, listed
from zoo.testing.subject import Subject
from zoo.utils.arrays import Array

NOISE = 0.01
"""Share of the largest answer; a hundred times what sums in another order may change."""


def check_features_have_the_stated_shape(subject: Subject) -> None:
    """Features are float32, finite, of shape (B, width), and differ between different inputs."""
    adapter = subject.model.adapter
    stated = adapter.backbone.features
    inputs = subject.examples.inputs[:3]
    features = adapter.embed(inputs)
    demand(features.dtype == np.float32, f"features are {features.dtype}, a source returns float32")
    demand(
        features.shape == (len(inputs), stated.width),
        f"features have shape {features.shape}, stated is {(len(inputs), stated.width)}",
    )
    demand(bool(np.isfinite(features).all()), "features are not finite for an ordinary input")
    demand(not same_bits(features[0], features[1]), "two different inputs have the same features")


def check_evaluation_leaves_no_trace(subject: Subject) -> None:
    """Asking changes no tensor, and asking twice gives the same answer."""
    adapter = subject.with_head()
    before = prints(adapter.weights())
    inputs = subject.examples.inputs[:2]
    first = [adapter.infer(inputs), adapter.embed(inputs)]
    second = [adapter.infer(inputs), adapter.embed(inputs)]
    moved = sorted(changed(before, prints(adapter.weights())))
    demand(
        not moved,
        f"infer or embed changed {listed(moved)}",
        "run them in evaluation mode: running statistics must not move",
    )
    for name, one, two in zip(("infer", "embed"), first, second, strict=True):
        demand(
            same_bits(one, two),
            f"{name} gives two answers for one input",
            "turn dropout off in infer and embed",
        )


def check_prediction_is_independent_of_the_batch(subject: Subject) -> None:
    """An input gets the same answer alone, in a batch, and in a batch of another order.

    Largest difference: 1e-4 of the largest output, since sums may be taken in another order. Not applicable
    where answers are noise: a very deep network with random weights, whose running statistics hold nothing
    yet, may blow rounding up to the size of its answers.
    """
    complaint = subject.once(batch_dependence)
    if complaint and (noise := _noise(subject)):
        raise NotApplicable(f"{complaint}, but {noise}")
    demand(
        not complaint,
        complaint,
        "infer must use running statistics and mask padding, prepare must treat each input by itself",
    )


def _noise(subject: Subject) -> str:
    """Return how far rounding alone moves the answers; empty: less than :data:`NOISE` of the largest."""
    adapter = subject.with_head()
    inputs = subject.examples.inputs_for(subject.main.task)[:4]
    kept, random = adapter.weights(), np.random.default_rng(0)
    parameters = {fact.name for fact in adapter.tensors() if fact.kind == "parameter"}
    nudged = {
        name: np.nextafter(array, random.choice([-np.inf, np.inf], array.shape).astype(array.dtype))
        for name, array in kept.items()
        if name in parameters and array.dtype.kind == "f"
    }
    before = adapter.infer(inputs)
    if not same_bits(before, adapter.infer(inputs)):
        return ""  # Something else than rounding moves them: dropout that was left on.
    try:
        adapter.set_weights({**kept, **nudged})
        moved, largest = float(np.abs(adapter.infer(inputs) - before).max()), float(np.abs(before).max())
    finally:
        adapter.set_weights(kept)
    if not moved > NOISE * largest:
        return ""
    return f"weights that differ in their last bit move answers by {moved:.2g} of {largest:.2g}"


def batch_dependence(subject: Subject) -> str:
    """Return how answers depend on the batch; empty when they do not."""
    adapter = subject.with_head()
    return next((found for task in _tasks(subject) if (found := _dependence(subject, adapter, task))), "")


def _tasks(subject: Subject) -> list[Task]:
    """Return the main task, and one for each further kind of features."""
    found = {case.task.requires: case.task for case in reversed(subject.cases)}
    return list((found | {subject.main.task.requires: subject.main.task}).values())


def _dependence(subject: Subject, adapter: BackboneAdapter, task: Task) -> str:
    adapter.replace_head(task, 0)
    inputs = subject.examples.inputs_for(task)[:4]
    together = _answers(adapter, task, inputs)
    if any(np.isnan(answer).any() for answer in together):
        return ""
    allowed = 1e-4 * max(float(np.abs(answer).max()) for answer in together)
    order = np.array([2, 0, 3, 1])
    turned = _answers(adapter, task, inputs[order])
    others = {
        "alone": [_answers(adapter, task, inputs[i : i + 1])[0] for i in range(len(inputs))],
        "in another order": [turned[i] for i in np.argsort(order)],
    }
    for how, answers in others.items():
        for one, other in zip(answers, together, strict=True):
            if one.shape != other.shape:
                return f"outputs have shape {one.shape} {how}, {other.shape} in a batch"
        worst = max(float(np.abs(one - other).max()) for one, other in zip(answers, together, strict=True))
        if not worst <= allowed:
            what = "an input" if together[0].ndim == 1 else "a part of an input"
            return f"{what} {how} gets another answer: {worst:.2g} apart, {allowed:.2g} is allowed"
    return ""


def _answers(adapter: BackboneAdapter, task: Task, inputs: Array) -> list[Array]:
    """Return outputs for each input, (width,); of a task with outputs for parts of inputs (parts, width)."""
    outputs, there = adapter.infer(inputs), task.output_mask(inputs)
    return list(outputs) if there.ndim == 1 else [row[some] for row, some in zip(outputs, there, strict=True)]
