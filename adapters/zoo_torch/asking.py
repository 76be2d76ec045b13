"""Asking a model, so that the answer does not hang on what is frozen."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import torch
from torch import nn

Method = TypeVar("Method", bound=Callable[..., Any])


def asking(method: Method) -> Method:
    """Run a method of an object that has a ``network`` without gradients.

    Parameters are put as if they were all frozen: torch multiplies by a matrix that wants a gradient in
    another order, under ``no_grad`` too, and so a frozen model and the same model opened again would differ
    in the last bits.
    """

    @wraps(method)
    def asked(self: Any, *args: Any, **kwargs: Any) -> Any:
        free = _free(self.network)
        try:
            for parameter in free:
                parameter.requires_grad_(False)
            with torch.no_grad():
                return method(self, *args, **kwargs)
        finally:
            for parameter in free:
                parameter.requires_grad_(True)

    return asked  # type: ignore[return-value]


def _free(network: nn.Module) -> list[nn.Parameter]:
    return [parameter for parameter in network.parameters() if parameter.requires_grad]
