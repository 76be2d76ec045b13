"""Values between stages: from torch to the arrays that the core keeps, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from zoo.plugin import Activations

Array = np.ndarray[Any, np.dtype[Any]]

_MASK = "attention_mask"
_LAST = "channels_last"
_RAGGED = "ragged"


def leaving(value: Any, cut: int, lengths: Array | None = None) -> Activations:
    """Return a native value, a tensor or a mapping of tensors, as arrays; floats as float32.

    Args:
        value: as it crosses.
        cut: where.
        lengths: int64 (B,), entries along axis 1 of a tensor that belong to each example; the others are NaN.
    """
    if lengths is not None:
        return Activations({_RAGGED: value.float().cpu().numpy()}, cut, lengths, frozenset({_RAGGED}))
    named = value if isinstance(value, Mapping) else {"": value}
    arrays: dict[str, Array] = {}
    for name, tensor in named.items():
        # A map in channels_last is kept in its own order, so that it comes back in it and rounds the same.
        if tensor.ndim == 4 and not tensor.is_contiguous() and _is_last(tensor):
            name, tensor = f"{name}/{_LAST}", tensor.permute(0, 2, 3, 1)
        tensor = tensor.float() if tensor.is_floating_point() else tensor
        arrays[name] = np.ascontiguousarray(tensor.cpu().numpy())
    mask = arrays.get(_MASK)
    if mask is None or mask.ndim != 2 or mask.all():
        # Without padding in this batch there may still be some in another.
        lengths = None if mask is None else np.full(len(mask), mask.shape[1], dtype=np.int64)
        left = False
    else:
        lengths = mask.astype(bool).sum(1, dtype=np.int64)
        left = bool((mask[:, 0] == 0).any())
    ragged = frozenset(
        name for name, a in arrays.items() if mask is not None and a.shape[1:2] == mask.shape[1:2]
    )
    return Activations(arrays, cut, lengths, ragged, left)


def entering(crossing: Activations, device: torch.device) -> Any:
    """Return the native value on ``device``; what lies beyond the length of an example is NaN."""
    if _RAGGED in crossing.arrays and crossing.lengths is not None:
        value = torch.from_numpy(crossing.arrays[_RAGGED])
        beyond = torch.arange(value.shape[1])[None] >= torch.from_numpy(crossing.lengths)[:, None]
        return value.masked_fill(beyond[..., None], float("nan")).to(device, non_blocking=True)
    found = {}
    for name, array in crossing.arrays.items():
        # torch takes no arrays that must not be written to, and what was kept may be mapped from a file.
        tensor = torch.from_numpy(array if array.flags.writeable else array.copy())
        tensor = (tensor.float() if tensor.dtype == torch.float16 else tensor).to(device, non_blocking=True)
        stem, mark, order = name.rpartition("/")
        last = mark and order == _LAST
        found[stem if last else name] = tensor.permute(0, 3, 1, 2) if last else tensor
    return found[""] if found.keys() == {""} else found


def _is_last(tensor: Tensor) -> bool:
    return tensor.is_contiguous(memory_format=torch.channels_last)
