"""Images of a batch mixed two by two: mixup (arXiv:1710.09412) and cutmix (arXiv:1905.04899)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from zoo.core.protocols.engine import Batch, StepPlan
from zoo.utils.arrays import Array


def mix_batch(batch: Batch, pixels: Array, plan: StepPlan) -> Batch:
    """Return the batch with every image mixed with a partner out of the same batch; drawn from its seed
    alone.

    One share is drawn for the batch, from Beta(alpha, alpha), and one order of partners. mixup: the pixels
    are that share of the own image and the rest of the partner's, rounded. cutmix: a rectangle, at one
    place in all images, is the partner's; the share is what is left of the own image.

    Args:
        batch: the whole one, before it is cut in parts.
        pixels: uint8 (B, H, W, C), of its images as they would be trained on, augmented.
        plan: with ``mix`` other than ``none``.

    Returns:
        A batch with ``inputs``, ``partners`` and ``own``.
    """
    random = np.random.default_rng([batch.seed, 1])
    partner = random.permutation(len(pixels))
    own = float(random.beta(plan.mix_alpha, plan.mix_alpha))
    if plan.mix == "cutmix":
        height, width = pixels.shape[1:3]
        tall, wide = np.sqrt(1 - own) * height / 2, np.sqrt(1 - own) * width / 2
        y, x = random.uniform(0, height), random.uniform(0, width)
        rows = slice(*np.clip([y - tall, y + tall], 0, height).round().astype(int))
        columns = slice(*np.clip([x - wide, x + wide], 0, width).round().astype(int))
        inputs = pixels.copy()
        inputs[:, rows, columns] = pixels[partner, rows, columns]
        own = 1 - (rows.stop - rows.start) * (columns.stop - columns.start) / (height * width)
    else:
        share = np.float32(own)
        blend = share * pixels.astype(np.float32) + (1 - share) * pixels[partner].astype(np.float32)
        inputs = blend.round().astype(np.uint8)
    return replace(batch, inputs=inputs, partners=batch.targets[partner], own=own)
