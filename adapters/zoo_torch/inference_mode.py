"""Asking a model, so that the answer does not hang on what is frozen."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import torch
from torch import nn

from zoo.errors import OutOfMemory
from zoo_torch.parameter_memory import out_of_memory

Method = TypeVar("Method", bound=Callable[..., Any])


def inference_mode(method: Method) -> Method:
    """Run a method of an object that has a ``network`` without gradients.

    Parameters are put as if they were all frozen: torch multiplies by a matrix that wants a gradient in
    another order, under ``no_grad`` too, and so a frozen model and the same model opened again would differ
    in the last bits. Insufficient memory raises :class:`OutOfMemory`.
    """

    @wraps(method)
    def asked(self: Any, *args: Any, **kwargs: Any) -> Any:
        free = _free(self.network)
        try:
            for parameter in free:
                parameter.requires_grad_(False)
            with torch.no_grad():
                return method(self, *args, **kwargs)
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            why = str(error).partition("\n")[0]
        finally:
            for parameter in free:
                parameter.requires_grad_(True)
        # Outside of the handler, whose traceback keeps what filled the memory alive.
        raise OutOfMemory(
            "memory ran out while the model was asked",
            why=why,
            hint="use a smaller --batch-size or --input-size",
        )

    return asked  # type: ignore[return-value]


def _free(network: nn.Module) -> list[nn.Parameter]:
    return [parameter for parameter in network.parameters() if parameter.requires_grad]
