"""A linear probe as the beginning of further training: less sure of itself, of the same opinion.

On a few examples the best linear head has them all right and is sure of it. Its loss is next to nothing, and
so are the gradients that it sends into a backbone released under it: what should be tuned hardly moves. With
all outputs multiplied by one factor the head says the same, and there is something to learn again. (The norm
of the head and how little features move: Tomihari and Sato, arXiv:2405.16747.)
"""

from __future__ import annotations

from collections.abc import Callable

SHARE = 1 / 3
"""Of the loss of a head that knows nothing (log K for K classes): what the head is softened to. Chosen on
draws of digits and texts that docs/results/methods.json does not have; a fifth does as well."""
HALVINGS = 30


def softening_factor(loss: Callable[[float], float]) -> float:
    """Return the factor, 0 to 1, by which a head is multiplied; 1 where it is as unsure already.

    Args:
        loss: factor to the task's loss on the training inputs with the head multiplied by it.
            Convex in it, as the losses of logits are.
    """
    wanted = SHARE * loss(0.0)
    if loss(1.0) >= wanted:
        return 1.0
    # The loss is convex in the factor, and lower than wanted at the upper end: one crossing between them.
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if loss(middle) > wanted else (low, middle)
    return high
