"""Parameters that the library holds constant in its code, not in its tensors."""

from __future__ import annotations

from torch import nn

_CONSTANT = {
    # Looked up under no_grad, for speed: there is never a gradient.
    "layoutlmv3": ("rel_pos_bias.weight", "rel_pos_x_bias.weight", "rel_pos_y_bias.weight"),
}
"""Endings of names, by model type."""


def hold_constants(module: nn.Module, model_type: str) -> None:
    """Take the gradient from parameters that never get one, so that nothing calls them trainable."""
    endings = _CONSTANT.get(model_type, ())
    for name, parameter in module.named_parameters():
        if name.endswith(endings) and endings:
            parameter.requires_grad_(False)
