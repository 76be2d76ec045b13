"""Normalization of pixels: uint8 to the input of a timm model."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


class Normalize:
    """Compute (x / 255 - mean) / std per channel as one multiply-add.

    The permuted view keeps the memory order of the images, which torch calls ``channels_last``; the layout
    needs no copy. The two constants are cached per device.
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float]):
        exact_mean = torch.tensor(mean, dtype=torch.float64).view(1, -1, 1, 1)
        exact_std = torch.tensor(std, dtype=torch.float64).view(1, -1, 1, 1)
        self._scale = (1.0 / (255.0 * exact_std)).float()
        self._shift = (-exact_mean / exact_std).float()
        self._on: dict[torch.device, tuple[Tensor, Tensor]] = {}

    def __call__(self, pixels: Tensor) -> Tensor:
        """Convert uint8 (B, H, W, C) on any device to float32 (B, C, H, W) on the same."""
        if pixels.device not in self._on:
            self._on[pixels.device] = self._scale.to(pixels.device), self._shift.to(pixels.device)
        scale, shift = self._on[pixels.device]
        return torch.addcmul(shift, pixels.permute(0, 3, 1, 2).to(torch.float32), scale)
