"""What training does."""

from __future__ import annotations

import numpy as np

from zoo.core.cards import ImageInput
from zoo.core.protocols.engine import LearningRates
from zoo.errors import NonFiniteError
from zoo.testing.prints import changed, prints
from zoo.testing.result import demand, listed
from zoo.testing.steps import batch_of, plan_for, rates_for, record
from zoo.testing.subject import FALLEN, Subject, fallen


def check_loss_falls(subject: Subject) -> None:
    """Training everything for at most 24 steps on eight easily separable inputs lowers the loss by 30%."""
    losses = subject.full_run.losses
    first, last = sum(losses[:2]) / 2, sum(losses[-2:]) / 2
    demand(
        fallen(losses),
        f"in {len(losses)} steps the loss went from {first:.4g} to {last:.4g}, not to {FALLEN:.0%} of it",
        "look at the sign of the update, at lost gradients, at the scale of the inputs",
    )


def check_every_trainable_parameter_is_updated(subject: Subject) -> None:
    """Every trainable parameter belongs to an optimizer group and moves; no frozen tensor belongs to one.

    One that did not move is excused when the loss does not depend on it, which is tried out.
    """
    for run in (subject.full_run, subject.frozen_run(max(1, subject.stages // 2))):
        astray = [
            f.name for f in run.facts if (f.group is not None) != (f.trainable and f.kind == "parameter")
        ]
        demand(
            not astray,
            f"after begin() the optimizer groups are wrong for {listed(astray)}",
            "each trainable parameter in exactly one group, nothing else in any",
        )
    forgotten = subject.full_run.neglected
    demand(
        not forgotten,
        f"trainable parameters were never updated, though the loss depends on them: {listed(forgotten)}",
        "hand every trainable parameter to the optimizer",
    )


def check_learning_rates_are_kept_apart(subject: Subject) -> None:
    """The rate of the head moves the head alone, the rate of the backbone the backbone alone."""
    model = subject.open()
    model.replace_head(subject.main.task)
    adapter = model.adapter
    adapter.begin(plan_for(subject.main.task, weight_decay=0.05))
    trained = {fact.name for fact in adapter.tensors() if fact.trainable}
    whole = rates_for(adapter)
    before = prints(adapter.weights())
    for part, rates in (
        ("head", LearningRates(whole.head, 0.0)),
        ("backbone", LearningRates(0.0, whole.backbone)),
    ):
        adapter.step(batch_of(subject.examples, subject.main, 0), rates)
        after = prints(adapter.weights())
        moved = {name for name in changed(before, after) if name in trained}
        strays = sorted(name for name in moved if not name.startswith(f"{part}."))
        moves = part == "head" or subject.can_train
        demand(
            bool(moved) == moves and not strays,
            f"a step with a rate for the {part} alone moved {listed(strays) or 'nothing'}",
            "take Rates.head for the head's tensors and Rates.backbone for all others",
        )
        before = after


def check_non_finite_step_changes_nothing(subject: Subject) -> None:
    """A step whose loss is not finite raises NonFiniteError and changes no tensor.

    Running statistics included: the forward pass has already moved them when the loss is known.
    """
    model = subject.open()
    adapter = model.adapter
    adapter.freeze(0)
    adapter.replace_head(subject.main.task, 0)
    adapter.begin(plan_for(subject.main.task))
    batch = batch_of(subject.examples, subject.main, 0)
    sound = adapter.weights()
    # What is added to the features' product, where the head has it: the network itself computes as before.
    poisoned = min((name for name in sound if name.startswith("head.")), key=lambda name: sound[name].ndim)
    for value in (np.inf, np.nan):
        adapter.set_weights({**sound, poisoned: np.full_like(sound[poisoned], value)})
        before = prints(adapter.weights())
        try:
            loss = adapter.step(batch, rates_for(adapter))
        except NonFiniteError:
            pass
        else:
            raise AssertionError(
                f"a step with outputs of {value} returned {loss}\n  hint: raise zoo.errors.NonFiniteError"
            )
        moved = sorted(changed(before, prints(adapter.weights())))
        demand(
            not moved,
            f"a step that was not finite changed {listed(moved)}",
            "look at the loss before the update, and put running statistics back",
        )


def check_same_seed_gives_same_weights(subject: Subject) -> None:
    """Two models trained with one seed, augmentation included, agree in every bit; another seed differs.

    Only images have an augmentation.
    """
    ends = []
    augment = "light" if isinstance(subject.model.adapter.backbone.input, ImageInput) else "none"
    for _ in range(2):
        model = subject.open(seed=5)
        model.replace_head(subject.main.task, seed=5)
        run = record(
            model.adapter,
            subject.examples,
            subject.main,
            plan_for(subject.main.task, seed=5, augment=augment),
            2,
        )
        ends.append(run)
    unequal = bool(changed(ends[0].start, ends[1].start))
    apart = sorted(changed(ends[0].end, ends[1].end))
    demand(
        not apart,
        f"the same seed gives different weights {'from the start' if unequal else 'after two steps'}: "
        + listed(apart),
        "draw everything from the given seed, in a step from batch.seed, and use deterministic kernels",
    )
    other = subject.open(seed=6)
    other.replace_head(subject.main.task, seed=6)
    start = prints(other.adapter.weights())
    # What is not trained may be the same for every seed: hashes of words, say.
    parts = ["head."] + (["backbone."] if subject.from_scratch and subject.can_train else [])
    for part in parts:
        mine = {name for name in start if name.startswith(part)}
        apart = [name for name in changed(ends[0].start, start) if name in mine]
        demand(
            bool(apart),
            f"another seed gives the same first weights of the {part[:-1]}",
            "draw them from the seed",
        )
