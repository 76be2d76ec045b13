"""Formulas and checks that are the same in every engine."""

# Stages: which stage owns a tensor, and which modules are wholly frozen.
from zoo.core.protocols.stages import StageOwner as StageOwner
from zoo.core.protocols.stages import owners_of as owners_of
from zoo.core.protocols.stages import require_known_tensors as require_known_tensors

# Checks before anything changes, with the same messages in every engine.
from zoo.core.protocols.validation import require_depth as require_depth
from zoo.core.protocols.validation import require_finite as require_finite
from zoo.core.protocols.validation import require_head as require_head
from zoo.core.protocols.validation import require_matching_weights as require_matching_weights
from zoo.core.protocols.validation import require_trainable as require_trainable

# Heads: where one reads its features, and the object that builds it and its loss.
from zoo.core.protocols.validation import require_tap as require_tap
from zoo.plugins.tasks import native_head as native_head

# One step: mixup and cutmix, micro-batches, random numbers, tensors without weight decay.
from zoo.core.protocols.microbatches import micro_batches as micro_batches
from zoo.core.protocols.mixup import mix_batch as mix_batch
from zoo.core.protocols.randomness import example_seeds as example_seeds
from zoo.core.protocols.randomness import part_seed as part_seed
from zoo.core.protocols.randomness import uniform_draws as uniform_draws
from zoo.core.protocols.weight_decay import exempt_from_decay as exempt_from_decay

# The moving average of weights: its rate, and its place in an adapter's state.
from zoo.core.protocols.ema import ema_rate as ema_rate
from zoo.core.protocols.ema import pack_ema as pack_ema
from zoo.core.protocols.ema import split_ema as split_ema
from zoo.core.protocols.ema import unpack_ema as unpack_ema
