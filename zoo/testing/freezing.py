"""What frozen means."""

from __future__ import annotations

import math
from dataclasses import replace

from zoo.core.cards import TensorFact
from zoo.core.protocols.engine import LearningRates
from zoo.testing.prints import changed
from zoo.testing.result import demand, listed
from zoo.testing.steps import STOP, batch_of, force_training_mode, plan_for, record
from zoo.testing.subject import Subject


def check_freezing_more_trains_less(subject: Subject) -> None:
    """Each further frozen stage makes its parameters, and no others, fixed; freezing nothing frees all."""
    adapter = subject.model.adapter
    names = subject.stage_names
    try:
        # Downwards first: a stage that was frozen must come free again.
        for depth in (subject.stages, *range(subject.stages + 1)):
            report = adapter.freeze(depth)
            facts = [
                f for f in adapter.tensors() if f.kind == "parameter" and f.stage != "head" and not f.fixed
            ]
            fresh = {f"backbone.{name}" for name in adapter.backbone.loaded.fresh}
            still = set(names[:depth])
            for fact in facts:
                expected = fact.stage not in still or fact.name in fresh
                demand(
                    fact.trainable == expected,
                    f"with {depth} of {len(names)} stages frozen, {fact.name} (stage {fact.stage}) is "
                    + ("trainable" if fact.trainable else "not trainable"),
                    "freeze(k) freezes the first k stages and frees all others",
                )
            demand(
                (report.stages, report.frozen_stages) == (len(names), depth),
                f"freeze({depth}) of {len(names)} reports {report.frozen_stages} of {report.stages} stages",
            )
            head = _size([fact for fact in adapter.tensors() if fact.stage == "head"])
            counted = (
                _size([fact for fact in facts if not fact.trainable]),
                _size([f for f in facts if f.trainable]),
            )
            demand(
                (report.frozen, report.trainable) == (counted[0], counted[1] + head),
                f"freeze({depth}) reports {report.frozen:,} fixed, {report.trainable:,} trainable; "
                f"by the tensors it is {counted[0]:,} and {counted[1] + head:,}",
            )
    finally:
        adapter.freeze(0)


def check_frozen_stages_compute_as_in_evaluation(subject: Subject) -> None:
    """With the whole backbone frozen a training step has nothing random in it and no batch statistics.

    The loss is the same for another seed of the step, and the mean over two halves of a batch is that of the
    whole: with dropout active, or normalisation over the batch, in a frozen stage it would not be.
    """
    demand(
        not subject.once(frozen_unrest),
        subject.once(frozen_unrest),
        "a frozen stage stays in evaluation mode: no dropout, no stochastic depth, running statistics",
    )


def frozen_unrest(subject: Subject) -> str:
    """In what a step on a wholly frozen backbone departs from evaluation; empty when in nothing."""
    adapter = subject.with_head()
    try:
        adapter.freeze(subject.stages)
        adapter.begin(plan_for(subject.main.task))
        batch = batch_of(subject.examples, subject.main, 0)
        inputs = subject.examples.inputs_for(subject.main.task)[batch.index]
        half = len(inputs) // 2
        parts = [
            replace(batch, inputs=inputs[i], targets=batch.targets[i], index=batch.index[i])
            for i in (slice(0, half), slice(half, None))
        ]
        losses = []
        for part in (batch, replace(batch, seed=batch.seed ^ 0xF0F0), *parts):
            force_training_mode(adapter)
            losses.append(adapter.step(part, LearningRates(0.0, 0.0)))
    finally:
        adapter.freeze(0)
    whole, reseeded, mean = losses[0], losses[1], (losses[2] + losses[3]) / 2
    if not math.isclose(whole, reseeded, rel_tol=1e-6):
        return (
            f"the loss of a frozen backbone depends on the seed of the step: {whole:.8g} and {reseeded:.8g}"
        )
    if not math.isclose(whole, mean, rel_tol=1e-4):
        return (
            f"with a frozen backbone the loss of a batch is {whole:.8g}, the mean over its halves {mean:.8g}"
        )
    return ""


def check_frozen_stages_do_not_move(subject: Subject) -> None:
    """Training changes no bit of a frozen stage, running statistics included, and does change the rest.

    For the first stage, half of the stages and all of them; each step begins in the forced native training
    mode.
    """
    names = subject.stage_names
    for depth in subject.depths():
        run = subject.frozen_run(depth)
        stage_of = {fact.name: fact.stage for fact in run.facts}
        still = set(names[:depth])
        moved = run.changed()
        broken = sorted(name for name in moved if stage_of.get(name) in still)
        demand(
            not broken,
            f"with {depth} of {len(names)} stages frozen, training changed {listed(broken)}",
            "a frozen stage has no gradient, no weight decay and no new statistics, also after train()",
        )
        head = [name for name in moved if stage_of.get(name) == "head"]
        demand(bool(head), f"with {depth} of {len(names)} stages frozen, training did not change the head")
        tail = [fact.name for fact in run.facts if fact.trainable and fact.stage not in {*still, "head"}]
        demand(
            not tail or not moved.isdisjoint(tail),
            f"with {depth} of {len(names)} stages frozen, training changed nothing in the stages after them",
            "freeze(k) leaves the other stages trainable",
        )


def check_nothing_unloaded_is_frozen(subject: Subject) -> None:
    """A tensor that no file filled stays trainable inside a frozen stage, and the report names it."""
    subject.require_training()
    in_order = subject.stage_names
    full = subject.full_run
    moved = full.changed()
    parameters = [fact for fact in full.facts if fact.kind == "parameter" and fact.stage != "head"]
    shared = {name for fact in parameters if fact.same_as for name in (fact.name, fact.same_as)}
    parameters = [fact for fact in parameters if fact.name not in shared]
    # One that training does move: another may have no gradient at all.
    candidates = [fact for fact in parameters if fact.name in moved] or parameters
    # A vector of the last stage, a shift most often: in evaluation mode, as held stages compute, the signal
    # in a random network can be below what float32 can add, and so the gradient of every matrix.
    last = max((fact.stage for fact in candidates), key=in_order.index)
    vectors = sorted((f for f in candidates if f.stage == last), key=lambda fact: -len(fact.shape))
    fresh = vectors[-1].name
    native_name = fresh.removeprefix("backbone.")
    opened = subject.open().adapter.backbone
    loaded = replace(opened.loaded, fresh=opened.loaded.fresh | {native_name})
    adapter = subject.engine.load(replace(opened, loaded=loaded), device=subject.device)
    report = adapter.freeze(subject.stages)
    demand(native_name in report.fresh, f"FreezeReport.fresh does not name {native_name!r}: {report.fresh}")
    # Where that signal is nothing, every example is answered alike, and over a batch that holds both classes
    # equally often the gradients of a shift cancel out. There are tasks whose gradients do not.
    case = next((one for one in subject.cases if not one.cancels), subject.main)
    adapter.replace_head(case.task, 0)
    run = record(adapter, subject.examples, case, plan_for(case.task), 3)
    now = run.changed()
    demand(
        fresh in now,
        f"{fresh} was not loaded, but freezing keeps it at its random values",
        "leave the tensors named in backbone.loaded.fresh trainable",
    )
    others = sorted(
        f.name
        for f in run.facts
        if f.kind == "parameter" and f.stage != "head" and f.name in now and f.name != fresh
    )
    others = [name for name in others if name.removeprefix("backbone.") not in loaded.fresh]
    demand(not others, f"one fresh tensor set others of the frozen stages free: {listed(others)}")


def check_thawing_leaves_no_trace(subject: Subject) -> None:
    """A model that was frozen and set free again trains to the same weights as one that never was."""
    subject.require_training()
    full = subject.full_run
    model = subject.open()
    model.freeze(subject.stages)
    model.freeze(0)
    model.replace_head(subject.main.task)
    again = record(model.adapter, subject.examples, subject.main, full.plan, STOP)
    apart = sorted(changed(full.prints[STOP], again.end))
    demand(
        not apart,
        f"after freeze(all) and freeze(0), training ends elsewhere: {listed(apart)}",
        "freeze(0) must undo all of it: gradients, the mode of the modules, running statistics",
    )


def _size(facts: list[TensorFact]) -> int:
    """Return number of scalars; a tensor with two names counts once."""
    return sum(math.prod(fact.shape) for fact in facts if fact.same_as is None)
