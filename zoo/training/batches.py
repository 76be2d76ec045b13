"""The batches of an epoch, from the data or from kept features."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from zoo.core.cards import ImageInput
from zoo.core.protocols.engine import BackboneAdapter, Batch
from zoo.datasets.batches import by_length, epoch_order, raw_batches
from zoo.datasets.dataset import Dataset
from zoo.datasets.splits.balanced import balanced
from zoo.training.config import TrainConfig
from zoo.training.frozen_features.augmented_views import Views
from zoo.training.frozen_features.cached import CachedFeatures
from zoo.utils.arrays import Array


def order_of(
    train: Array, lengths: Array | None, config: TrainConfig, epoch: int, groups: Array | None = None
) -> Array:
    """Return the training examples in the order of an epoch: set by seed and epoch alone.

    Args:
        train: int64 (N,) positions of the training examples.
        lengths: of all inputs; None for images.
        config: resolved settings.
        epoch: counted from 1.
        groups: int64 (N,), of each training example, to be seen equally often; None: each example once.
    """
    if groups is None:
        order = train[epoch_order(len(train), config.seed, epoch)]
    else:
        order = train[balanced(groups, config.seed, epoch)]
    if lengths is not None:
        order = by_length(order, lengths[order], config.batch_size, config.seed, epoch)
    return order


def batches_of(
    dataset: Dataset,
    targets: Array,
    order: Array,
    adapter: BackboneAdapter,
    config: TrainConfig,
    *,
    sizes: Sequence[int],
    step: int,
    kept: CachedFeatures | None,
    view: int,
    views: Views | None = None,
) -> Iterator[Batch]:
    """Batches of ``order`` of these ``sizes``, the first of which is that of ``step``, counted from 0.

    Raises:
        DataError: an input cannot be read.
    """
    if kept is not None:
        for number, index in enumerate(np.split(order, np.cumsum(sizes)[:-1]) if sizes else []):
            seed = step_seed(config.seed, step + number)
            yield Batch(inputs=kept.batch(index, view), targets=targets[index], index=index, seed=seed)
        return
    form = adapter.backbone.input
    if isinstance(form, ImageInput):
        # An image that is cropped and coloured at random need not be decoded to the last bit.
        form = form.model_copy(update={"draft": config.augment != "none" and views is None})
    found = raw_batches(
        dataset.inputs, order, form, batch_size=config.batch_size, workers=config.workers, sizes=sizes
    )
    for number, (index, raw) in enumerate(found):
        seed = step_seed(config.seed, step + number)
        inputs = raw if views is None else views.draw(raw, index, view)
        yield Batch(inputs=inputs, targets=targets[index], index=index, seed=seed)


def step_seed(seed: int, step: int) -> int:
    """63-bit seed of a step: whatever is random in it depends on the run's seed and the step alone."""
    return int(np.random.SeedSequence([seed, step]).generate_state(1, np.uint64)[0] >> np.uint64(1))
