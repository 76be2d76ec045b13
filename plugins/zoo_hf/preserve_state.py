"""Looking at a live model without a trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def undisturbed(module: nn.Module, *, mode: bool = True) -> Iterator[None]:
    """No gradient; modes, buffers and random numbers are as before afterwards. In ``mode`` all is put into
    evaluation mode."""
    modes = [(part, part.training) for part in module.modules()]
    buffers = [
        (part, name, one, one.clone())
        for part in module.modules()
        for name, one in part._buffers.items()
        if one is not None
    ]
    if mode:
        evaluate(module)
    with torch.no_grad(), torch.random.fork_rng(devices=_cuda(module)):
        try:
            yield
        finally:
            # What was computed from the weights meanwhile and is kept in evaluation mode is forgotten.
            module.train()
            for part, was in modes:
                part.training = was
            for part, name, one, copy in buffers:
                part._buffers[name] = one
                one.copy_(copy)


def evaluate(module: nn.Module) -> None:
    """Every part in evaluation mode."""
    # Not by eval(): an engine may have fixed the mode of some.
    for part in module.modules():
        part.training = False


def _cuda(module: nn.Module) -> list[torch.device]:
    return list({one.device for one in module.parameters() if one.device.type == "cuda"})


def seed_all() -> None:
    """Seed what a pass may draw from."""
    torch.default_generator.manual_seed(0)
    if torch.cuda.is_available():
        torch.cuda.manual_seed_all(0)
