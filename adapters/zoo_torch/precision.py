"""The float type of a forward pass. Weights, losses and updates are always float32."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch


def autocast(device: torch.device, precision: str) -> AbstractContextManager[Any]:
    """``auto`` computes in bfloat16 where the device does so natively: CUDA devices from Ampere on.

    A CPU without matrix units for bfloat16 is slower with it, and torch does not tell which one has them.
    """
    native = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    if precision == "bfloat16" or (precision == "auto" and native):
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()
