"""What is kept of frozen stages, and heads that come from outside: what spares work must not change it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from zoo.core.cards import ImageInput
from zoo.core.protocols.activations import joined
from zoo.core.protocols.engine import LearningRates
from zoo.testing.evaluation import batch_dependence
from zoo.testing.freezing import frozen_unrest
from zoo.testing.result import NotApplicable, demand, listed
from zoo.testing.steps import batch_of, plan_for
from zoo.testing.subject import Subject

_SAME = 1e-4


def check_what_crosses_a_cut_is_enough(subject: Subject) -> None:
    """Behind frozen stages a model answers and trains on what they gave as it does on the inputs themselves.

    At the first, the middle and the last cut that the backbone claims, and at the end of the chain, the
    examples taken apart, put in another order and joined again. Steps are compared there too, but
    not at the first of several cuts: behind it lies most of the network once more, and a step is what costs.
    Largest difference: 1e-4 of the largest output, or of the loss.
    """
    adapter = subject.open().adapter
    if not hasattr(adapter, "cross"):
        raise NotApplicable("the engine keeps nothing of frozen stages (it has no cross)")
    for complaint in (subject.once(batch_dependence), subject.once(frozen_unrest)):
        if complaint:
            raise NotApplicable(f"answers and steps cannot be compared: {complaint}")
    adapter.replace_head(subject.main.task, 0)
    batch = batch_of(subject.examples, subject.main, 0)
    inputs = subject.examples.inputs_for(subject.main.task)[batch.index]
    wrong = []
    cuts = sorted(adapter.backbone.cuts) if adapter.backbone.run is not None else []
    some = sorted({cuts[0], cuts[len(cuts) // 2], cuts[-1]}) if cuts else []
    places = [*some, subject.stages]
    for cut in places:
        adapter.freeze(cut)
        crossing = adapter.cross(inputs, cut)
        rows = crossing.rows()
        order = np.arange(len(rows))[::-1]
        turned = joined([rows[i] for i in order], cut, crossing.ragged, crossing.left)
        whole, rest = adapter.infer(inputs)[order], adapter.infer(turned)
        largest = float(np.abs(whole).max()) or 1.0
        if rest.shape != whole.shape or not np.abs(rest - whole).max() <= _SAME * largest:
            wrong.append(f"{cut} (answers)")
            continue
        if cut == places[0] and len(places) > 2:
            continue
        adapter.begin(plan_for(subject.main.task))
        first, again, kept = (
            adapter.step(replace(batch, inputs=one), LearningRates(0.0, 0.0))
            for one in (inputs, inputs, crossing)
        )
        allowed = _SAME * max(abs(first), 1.0)
        if not abs(first - again) <= allowed:
            raise NotApplicable("a step cannot be repeated (see check_same_seed_gives_same_weights)")
        if not abs(first - kept) <= allowed:
            wrong.append(f"{cut} (loss {first:.6g} and {kept:.6g})")
    demand(
        not wrong,
        f"what is kept at a cut does not stand for the inputs: {listed(wrong)}",
        "cross() computes the stages before the cut as in evaluation; step() and infer() go on behind it",
    )


def check_a_head_can_be_set(subject: Subject) -> None:
    """A linear head that was found elsewhere answers, once it is set, features times weight plus bias."""
    adapter = subject.open().adapter
    if not hasattr(adapter, "set_head") or not hasattr(adapter, "cross"):
        raise NotApplicable("the engine takes no head from outside (it has no set_head, or no cross)")
    if complaint := subject.once(batch_dependence):
        raise NotApplicable(f"answers cannot be compared: {complaint}")
    adapter.replace_head(subject.main.task, 0)
    random = np.random.default_rng(0)
    weight = random.standard_normal((subject.main.task.width, adapter.backbone.features.width)).astype(
        np.float32
    )
    bias = random.standard_normal(subject.main.task.width).astype(np.float32)
    inputs = subject.examples.inputs_for(subject.main.task)[subject.examples.positions(0)]
    (features,) = adapter.cross(inputs, subject.stages).arrays.values()
    expected = features.astype(np.float64) @ weight.T.astype(np.float64) + bias
    answers = []
    for share in (1, 0):
        adapter.set_head(weight * share, bias * share)
        answers.append(adapter.infer(inputs).astype(np.float64))
    outputs = answers[0] - answers[1]
    same = outputs.shape == expected.shape
    off = float(np.abs(outputs - expected).max() / np.abs(expected).max()) if same else float("inf")
    demand(
        off <= _SAME,
        f"after set_head(weight, bias) the answers differ from features @ weight.T + bias by {off:.2g}",
        "weight is (outputs, features); look at its axes, and at what was compiled before",
    )


def check_a_view_is_drawn_from_its_own_seed(subject: Subject) -> None:
    """An augmented view of an image depends on the image and its seed alone, not on the batch."""
    adapter = subject.model.adapter
    if not isinstance(adapter.backbone.input, ImageInput):
        raise NotApplicable("only images have views")
    if not hasattr(adapter, "views"):
        raise NotApplicable("the engine keeps no views (it has no views)")
    pixels = subject.examples.inputs[:4]
    seeds = np.array([11, 12, 13, 2**62], dtype=np.int64)
    plan = plan_for(subject.main.task, augment="light")
    together = adapter.views(pixels, plan, seeds)
    demand(
        together.dtype == np.uint8 and together.shape == pixels.shape,
        f"views of {pixels.dtype} {pixels.shape} are {together.dtype} {together.shape}",
    )
    alone = [adapter.views(pixels[i : i + 1], plan, seeds[i : i + 1])[0] for i in reversed(range(4))]
    demand(
        all(np.array_equal(one, together[3 - i]) for i, one in enumerate(alone)),
        "a view of an image depends on the other images of the batch",
        "seed again for each image",
    )
    demand(
        not np.array_equal(together, adapter.views(pixels, plan, seeds + 1)),
        "other seeds give the same views",
        "draw from the seeds that are given",
    )
