"""Pooling for encoders that timm publishes without a pooling layer."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

# Vision towers of language models, and MobileNetV5's: they end in tokens (B, T, D) or a map (B, D, h, w).
_UNPOOLED = frozenset({"DeepseekVitEncoder", "Gemma4VitEncoder", "Qwen3VitEncoder", "MobileNetV5Encoder"})


def give_vectors(module: nn.Module) -> nn.Module:
    """Make ``module`` return (B, D): the mean over tokens or positions if timm returns them all.

    A forward hook does this, so names of tensors and submodules stay those of timm.
    """
    if type(module).__name__ in _UNPOOLED:
        module.register_forward_hook(_mean)
    return module


def _mean(module: nn.Module, arguments: Any, output: Tensor) -> Tensor:
    return output.mean(1) if output.ndim == 3 else output.mean((2, 3))
