"""A batch in micro-batches, where memory does not suffice for all of it at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from zoo.core.protocols.activations import Activations, joined
from zoo.core.protocols.engine import Batch, StepPlan
from zoo.utils.arrays import Array


def micro_batches(batch: Batch, parts: int, plan: StepPlan) -> Iterator[tuple[Batch, tuple[float, ...]]]:
    """Yield the batch as ``parts`` micro-batches of like size, and the share of each in the mean loss.

    A share is that of the loss on ``targets``, and where images are mixed another one that of the loss on
    ``partners``. They are shares of the mass that the task states, and all add up to 1; one part is the batch
    itself. A micro-batch without mass, whose own mean would be 0/0, is left out. Targets whose outputs are
    cut off count; :meth:`zoo.core.protocols.engine.NativeHead.seen` corrects for them.
    """
    terms = [(batch.targets, batch.own)]
    if batch.partners is not None:
        terms.append((batch.partners, 1.0 - batch.own))
    if parts == 1:
        yield batch, tuple(whole for _, whole in terms)
        return
    cuts = np.array_split(np.arange(len(batch.index)), min(parts, len(batch.index)))
    shares = [[whole * share for share in _shares(wanted, cuts, plan)] for wanted, whole in terms]
    for number, cut in enumerate(cuts):
        given = [wanted[cut] for wanted, _ in terms]
        found = tuple(of_term[number] for of_term in shares)
        if not any(found):
            continue
        if not all(found):
            # A term without mass: any targets that have some, since their loss is multiplied by 0.
            given = [given[int(np.argmax(found))]] * len(given)
        piece = replace(
            batch,
            inputs=_inputs(batch.inputs, cut),
            targets=given[0],
            partners=None if batch.partners is None else given[1],
            index=batch.index[cut],
            place=batch.place[cut],
            part=number,
        )
        yield piece, found


def _shares(targets: Array, cuts: list[Array], plan: StepPlan) -> list[float]:
    masses = [plan.task.mass(targets[cut], plan.class_weights) for cut in cuts]
    total = sum(masses)
    # Nothing has a mass: every part then finds the loss that the whole has, which is no number.
    return [mass / total if total else 1 / len(cuts) for mass in masses]


def _inputs(inputs: Array | Activations, cut: Array) -> Array | Activations:
    if not isinstance(inputs, Activations):
        return inputs[cut]
    rows = inputs.rows()
    return joined([rows[i] for i in cut], inputs.cut, inputs.ragged, inputs.left)
