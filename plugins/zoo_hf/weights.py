"""Tensors out of vetted safetensors files, as float32."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from zoo.errors import IntegrityError

_FLOATS = frozenset({torch.float32, torch.float16, torch.bfloat16, torch.float64})
_WHOLE = frozenset({torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool})


def tensors_of(files: Sequence[Path], model_id: str) -> dict[str, Tensor]:
    """Return all tensors by name; floating ones as float32.

    Raises:
        IntegrityError: a file cannot be read, two files hold one name, or the weights are quantised.
    """
    found: dict[str, Tensor] = {}
    for file in files:
        try:
            tensors = load_file(file)
        except (SafetensorError, OSError) as error:
            raise IntegrityError(
                f"cannot read the weights of {model_id}",
                path=file,
                why=str(error),
                hint="download them again",
            ) from None
        twice = sorted(found.keys() & tensors.keys())
        foreign = {str(one.dtype) for one in tensors.values()} - {str(one) for one in _FLOATS | _WHOLE}
        if twice or foreign:
            why = f"{twice[0]!a} is in two files" if twice else f"it holds {', '.join(sorted(foreign))}"
            raise IntegrityError(
                f"cannot use the weights of {model_id}",
                path=file,
                why=why,
                hint="use the weights as published",
            )
        # Copies: a mapped file may change under a live model, and where its tensors begin in memory decides
        # the last bits of a product.
        found |= {
            name: one.to(torch.float32 if one.dtype in _FLOATS else one.dtype, copy=True)
            for name, one in tensors.items()
        }
    return found
