"""An answer is a function of its input: models that draw random numbers when they are only asked."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from zoo.errors import ConfigError
from zoo_hf.preserve_state import undisturbed


def unmask(module: nn.Module, model_type: str) -> None:
    """Have a masked autoencoder see its whole input, in order.

    It was pretrained with three quarters of the patches hidden, others in every pass, and transformers hides
    them in evaluation too; what is fine-tuned sees all of them (He et al., arXiv:2111.06377, section 3).
    """
    if model_type == "vit_mae":
        for part in module.modules():
            if hasattr(part, "random_masking"):
                part.random_masking = _all_in_order


def _all_in_order(sequence: Tensor, noise: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """In place of the library's method: the patches (B, T, D), what is hidden (B, T), their order (B, T)."""
    count, length, _ = sequence.shape
    order = torch.arange(length, device=sequence.device).expand(count, length)
    return sequence, torch.zeros(count, length, device=sequence.device), order


def require_certain(module: nn.Module, prepared: Any, model_id: str) -> None:
    """Ask twice, with other random numbers.

    Raises:
        ConfigError: the answers differ.
    """
    answers = []
    for seed in (0, 1):
        with undisturbed(module):
            torch.default_generator.manual_seed(seed)
            answers.append(module(prepared))
    if not torch.allclose(*answers, rtol=0, atol=0, equal_nan=True):
        raise ConfigError(
            f"{model_id} answers the same input differently each time",
            why="it draws random numbers in evaluation, so its features are none of the input alone",
            hint="choose another model",
        )
