"""Whose memory the weights live in, and in which order."""

from __future__ import annotations

import torch
from torch import Tensor, nn


@torch.no_grad()
def own(module: nn.Module) -> None:
    """Move every tensor of ``module`` into memory of torch's own; shared ones stay shared.

    Libraries that read safetensors may leave tensors where the file is mapped. A frozen one would stay there
    for good: it would change with the file, a file cut short would end the process, and since such tensors
    begin at any byte, matrix products round otherwise than with the same weights in a run that is opened
    again.
    """
    copies: dict[tuple[int, torch.Size, tuple[int, ...]], Tensor] = {}
    for tensor in (*module.parameters(), *module.buffers()):
        key = tensor.data_ptr(), tensor.shape, tensor.stride()
        if tensor.device.type != "meta":
            tensor.data = copies.setdefault(key, tensor.data.clone())


@torch.no_grad()
def arrange(module: nn.Module) -> None:
    """Put the weights of convolutions into channels_last.

    It is the layout in which images arrive (NHWC), and the faster one for convolutions on CPUs and GPUs
    alike. Tables of four axes are left as they are: multiplied in another layout, they round otherwise when
    the weights next to them are frozen than when they are free.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            layer.weight.data = layer.weight.data.contiguous(memory_format=torch.channels_last)


def out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that the memory of the device or the machine did not suffice."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and any(said in text for said in _SAID)


_SAID = (
    "can't allocate memory",  # torch's own allocator on a CPU
    "could not create a memory object",  # oneDNN
    "CUBLAS_STATUS_ALLOC_FAILED",
    "MPS backend out of memory",
)
