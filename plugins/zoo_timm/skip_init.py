"""Construction without random initialization, for a model whose weights come from a file."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

_aten = torch.ops.aten

# The functions of timm's and torch's random initialization. Constant filling still runs: a tensor that no
# file has (see zoo_timm.known_mismatches) keeps its proper initial value.
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
    """While active, random initialization of parameters is skipped."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Skip a random function on a parameter, and run everything else."""
        if func in _STEPS and isinstance(args[0], nn.Parameter):
            return args[0]
        return func(*args, **(kwargs or {}))
