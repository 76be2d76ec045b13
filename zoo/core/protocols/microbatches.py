"""A batch in pieces, where memory does not suffice for all of it at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from zoo.core.protocols.activations import Activations, joined
from zoo.core.protocols.engine import Batch, StepPlan
from zoo.utils.arrays import Array


def micro_batches(batch: Batch, parts: int, plan: StepPlan) -> Iterator[tuple[Batch, tuple[float, ...]]]:
    """The batch as ``parts`` batches of like size, and the share of each in the mean loss of the whole.

    The share of the loss on ``targets``, and where pictures are mixed that of the loss on ``partners``. All
    shares add up to 1; one part is the batch itself. Shares of tags count every word that has one: an engine
    whose loss leaves out words that were cut off corrects by what it saw.
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
        inputs, targets, index = _inputs(batch.inputs, cut), batch.targets[cut], batch.index[cut]
        partners = None if batch.partners is None else batch.partners[cut]
        piece = replace(batch, inputs=inputs, targets=targets, index=index, partners=partners)
        yield piece, tuple(of_term[number] for of_term in shares)


def _shares(targets: Array, cuts: list[Array], plan: StepPlan) -> list[float]:
    masses = [_mass(targets[cut], plan) for cut in cuts]
    total = sum(masses)
    return [mass / total if total else 1 / len(cuts) for mass in masses]


def _mass(targets: Array, plan: StepPlan) -> float:
    """What the mean loss of these targets is divided by."""
    weights = plan.class_weights
    if plan.task.kind == "token-classification":
        tags = np.concatenate([np.asarray(one) for one in targets])
        tags = tags[tags >= 0]
        return float(len(tags) if weights is None else weights[tags].sum())
    if plan.task.kind == "classification" and weights is not None:
        return float(weights[targets].sum())
    return float(len(targets))


def _inputs(inputs: Array | Activations, cut: Array) -> Array | Activations:
    if not isinstance(inputs, Activations):
        return inputs[cut]
    rows = inputs.rows()
    return joined([rows[i] for i in cut], inputs.cut, inputs.ragged, inputs.left)
