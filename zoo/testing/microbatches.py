"""A batch that is computed in parts: the step, and the images that it sees, are those of the whole batch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from zoo.core.cards import ImageInput
from zoo.core.protocols.engine import BackboneAdapter, Batch, LearningRates, StepPlan
from zoo.core.protocols.randomness import example_seeds
from zoo.core.protocols.validation import takes
from zoo.testing.freezing import frozen_unrest
from zoo.testing.heads import spread_outputs
from zoo.testing.result import NotApplicable, demand
from zoo.testing.steps import batch_of, plan_for
from zoo.testing.subject import Subject
from zoo.utils.arrays import Array

_SAME = 1e-4
_ON_CPU, _ELSEWHERE = 1e-6, 2e-3
"""Largest difference, as a share of the largest value. Accelerators round the factors of a product."""
_ODD = 3
"""Examples of a batch whose two parts differ in size."""


def check_a_batch_in_parts_is_the_whole_batch(subject: Subject) -> None:
    """With ``parts=2`` a step has the loss and the update of ``parts=1``, of parts that weigh differently.

    For every task that the backbone serves, with and without class weights. The backbone is frozen, since
    BatchNorm and dropout do look at the parts.
    """
    adapter = _dividing(subject)
    allowed = _ON_CPU if adapter.device == "cpu" else _ELSEWHERE
    try:
        adapter.freeze(subject.stages)
        for case in subject.cases:
            task = case.task
            adapter.replace_head(task, 0)
            fitted = task.fitted(task.encode(subject.examples.labels(case)))
            batch = _first(batch_of(subject.examples, replace(case, task=fitted), 0), _ODD)
            spread_outputs(adapter, np.asarray(batch.inputs))
            if hasattr(adapter, "cross"):
                # Frozen stages may round otherwise in a batch of another size.
                batch = replace(batch, inputs=adapter.cross(np.asarray(batch.inputs), subject.stages))
            for weights in (None, np.linspace(0.25, 2.5, len(task.names), dtype=np.float32)):
                if weights is not None and task.class_weights(batch.targets) is None:
                    continue
                plan = replace(plan_for(fitted), class_weights=weights, optimizer="sgd", clip_norm=0.0)
                (loss, update), (other, summed) = (_step(adapter, plan, batch, parts) for parts in (1, 2))
                largest = max(float(np.abs(update).max()), 1e-12)
                off = max(abs(loss - other) / max(1.0, abs(loss)), np.abs(update - summed).max() / largest)
                what = task.kind if weights is None else f"{task.kind} with class weights"
                demand(
                    off <= allowed,
                    f"{what}: a step in 2 parts differs from that of the whole batch by {off:.2g} "
                    f"(losses {loss:.6g} and {other:.6g})",
                    "multiply the loss of each part by its share (zoo.plugin.engines.micro_batches)",
                )
    finally:
        adapter.freeze(0)


def check_a_divided_batch_sees_the_same_images(subject: Subject) -> None:
    """Augmentation draws by the position of an image in the whole batch, however the batch is divided.

    A step sees what ``views`` gives for the seeds of these positions.
    """
    adapter = subject.with_head()
    if not isinstance(adapter.backbone.input, ImageInput):
        raise NotApplicable("only images are augmented")
    if not hasattr(adapter, "views"):
        raise NotApplicable("the engine keeps no views (it has no views)")
    if complaint := subject.once(frozen_unrest):
        raise NotApplicable(f"steps cannot be compared: {complaint}")
    batch = batch_of(subject.examples, subject.main, 0)
    batch = replace(batch, place=np.array([6, 3, 12, 7]))
    plan = plan_for(subject.main.task, augment="light")
    seen = adapter.views(np.asarray(batch.inputs), plan, example_seeds(batch.seed, batch.place))
    try:
        adapter.freeze(subject.stages)
        spread_outputs(adapter, seen)
        expected = _loss(adapter, plan_for(subject.main.task), replace(batch, inputs=seen))
        for parts in (1, 2) if takes(adapter.step, "parts") else (1,):
            loss = _loss(adapter, plan, batch, parts)
            demand(
                abs(loss - expected) <= _SAME * max(1.0, abs(expected)),
                f"in {parts} parts the loss on augmented images is {loss:.6g}, on their views {expected:.6g}",
                "draw the view of each image from zoo.plugin.engines.example_seeds(batch.seed, batch.place)",
            )
    finally:
        adapter.freeze(0)


def _dividing(subject: Subject) -> BackboneAdapter:
    adapter: BackboneAdapter = subject.with_head()
    if not takes(adapter.step, "parts"):
        raise NotApplicable("the engine computes batches whole (its step has no argument parts)")
    if complaint := subject.once(frozen_unrest):
        raise NotApplicable(f"steps cannot be compared: {complaint}")
    return adapter


def _first(batch: Batch, count: int) -> Batch:
    return Batch(batch.inputs[:count], batch.targets[:count], batch.index[:count], batch.seed)  # type: ignore[index]


def _step(adapter: BackboneAdapter, plan: StepPlan, batch: Batch, parts: int) -> tuple[float, Array]:
    """Return the loss of a step, and by how much it moved the head, flat; the weights are put back."""
    before = adapter.weights()
    adapter.begin(plan)
    # At such a rate the difference of the weights is the update to its last digits.
    loss = adapter.step(batch, LearningRates(1e3, 0.0), parts=parts)
    after = adapter.weights()
    adapter.set_weights(before)
    moved = [after[name] - before[name] for name in sorted(before) if name.startswith("head.")]
    return loss, np.concatenate([one.astype(np.float64).ravel() for one in moved])


def _loss(adapter: BackboneAdapter, plan: StepPlan, batch: Batch, parts: int = 1) -> float:
    adapter.begin(plan)
    still = LearningRates(0.0, 0.0)
    return adapter.step(batch, still, parts=parts) if parts > 1 else adapter.step(batch, still)
