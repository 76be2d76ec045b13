"""Batches as an engine receives them, prepared and on the device."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from zoo.plugin import Activations, Backbone
from zoo_torch.activations import entering
from zoo_torch.network import Network

Array = np.ndarray[Any, np.dtype[Any]]


def prepared(backbone: Backbone, inputs: Array | Tensor, device: torch.device) -> Any:
    """Return what the backbone's ``prepare`` makes of a raw batch, on ``device``: a tensor, or a dict of
    tensors."""
    if isinstance(inputs, Tensor):
        return backbone.prepare(inputs.to(device, non_blocking=True))
    if inputs.dtype == object:
        return moved(backbone.prepare(inputs.tolist()), device)
    # torch takes no arrays that must not be written to, and a decoded image may be one.
    writable = inputs if inputs.flags.writeable else inputs.copy()
    return backbone.prepare(torch.from_numpy(writable).to(device, non_blocking=True))


def outputs_of(
    network: Network, backbone: Backbone, inputs: Array | Tensor | Activations, device: torch.device
) -> Tensor:
    """Return outputs of the head for raw inputs, or for what crossed a boundary."""
    if not isinstance(inputs, Activations):
        outputs: Tensor = network(prepared(backbone, inputs, device))
        return outputs
    run, cut = backbone.taps[network.kind].run, inputs.cut
    rest = None
    if cut < len(backbone.stages):
        assert run is not None
        rest = partial(run, start=cut)
    return network.onward(entering(inputs, device), rest)


def moved(value: Any, device: torch.device) -> Any:
    """Return every tensor of ``value`` on ``device``."""
    if isinstance(value, Tensor):
        return value.to(device, non_blocking=True)
    return {name: moved(one, device) for name, one in value.items()}


def as_arrays(value: Any) -> Any:
    """Return tensors as numpy: floats as float32, others as they are."""
    if isinstance(value, Tensor):
        return np.asarray((value.float() if value.is_floating_point() else value).cpu().numpy())
    return {name: as_arrays(one) for name, one in value.items()}
