"""Building without drawing random numbers, for a model whose weights come from a file."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

_aten = torch.ops.aten

# The steps of timm's and torch's random initialisations. Filling with a constant is left alone: a tensor
# that no file brings (see zoo_timm.known_mismatches) keeps its proper start.
_STEPS = frozenset(
    {
        _aten.normal_.default,
        _aten.uniform_.default,
        _aten.erfinv_.default,
        _aten.mul_.Tensor,
        _aten.add_.Tensor,
        _aten.clamp_.default,
    }
)


class SkipInit(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """While active, parameters keep whatever lies in their memory instead of random numbers."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Skip a random step on a parameter, run everything else."""
        if func in _STEPS and isinstance(args[0], nn.Parameter):
            return args[0]
        return func(*args, **(kwargs or {}))
