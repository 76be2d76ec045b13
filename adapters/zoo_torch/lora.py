"""Low-rank adapters by peft: a frozen backbone that learns through small additions to its linear layers."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterable

import torch
from torch import nn

from zoo.errors import ConfigError, MissingPlugin


def inject(module: nn.Module, rank: int, seed: int) -> frozenset[str]:
    """Put W + 2 B A in place of every linear layer's W; B begins at zero, so nothing changes yet.

    Args:
        module: changed in place: a linear layer ``x`` becomes ``x.base_layer``.
        rank: of A (rank, in) and B (out, rank).
        seed: of A.

    Returns:
        Names of the new tensors.

    Raises:
        MissingPlugin: peft is not installed.
        ConfigError: the module has no linear layer, or has adapters already.
    """
    try:
        from peft import LoraConfig, inject_adapter_in_model
        from peft.tuners.lora import Linear

        # peft's own requirement. GPT-2's linear layer, whose W is (in, out).
        from transformers.pytorch_utils import Conv1D
    except ImportError:
        raise MissingPlugin("LoRA needs peft", hint='pip install "zoo-adapters[lora]"') from None
    linear = (nn.Linear, Conv1D)
    names = [name for name, layer in module.named_modules() if name and isinstance(layer, linear)]
    if any(name.endswith(".base_layer") for name in names):
        raise ConfigError("the backbone has low-rank adapters already", hint="train it, or load it again")
    if not names:
        raise ConfigError(
            "LoRA finds no linear layer in this backbone", hint="freeze a number of stages instead"
        )
    before = set(module.state_dict())
    config = LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.0, target_modules=names)
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        # It finds by itself which way each W lies, and warns of it.
        warnings.filterwarnings("ignore", "fan_in_fan_out")
        torch.default_generator.manual_seed(seed)
        inject_adapter_in_model(config, module)
    for layer in module.modules():
        if type(layer) is Linear:
            layer.__class__ = _whole(Linear)
    kept = {f"{name}.base_layer" for name in names}
    return frozenset(n for n in module.state_dict() if n not in before and n.rpartition(".")[0] not in kept)


@functools.cache
def _whole(linear: type[nn.Module]) -> type[nn.Module]:
    """peft's layer whose ``weight`` is W + 2 B A: BEiT and Swin V2 read that, and never call the layer."""

    class Whole(linear):  # type: ignore[valid-type, misc]
        @property
        def weight(self) -> torch.Tensor:
            found: torch.Tensor = self.get_base_layer().weight
            for name in () if self.merged else self.active_adapters:
                added = self.scaling[name] * (self.lora_B[name].weight @ self.lora_A[name].weight)
                found = found + (added.T if self.fan_in_fan_out else added)
            return found

    return Whole


def renamed(module: nn.Module, names: Iterable[str]) -> frozenset[str]:
    """Return names of tensors as they are while the adapters are on: ``x.weight`` may be
    ``x.base_layer.weight``."""
    now = set(module.state_dict())
    parts = ((name, *name.rpartition(".")) for name in names)
    return frozenset(name if name in now else f"{path}.base_layer.{last}" for name, path, _, last in parts)


def fold(module: nn.Module) -> None:
    """Add every adapter to the weights below it and take it away: the module is ordinary again."""
    from peft.tuners.lora import LoraLayer

    for path, layer in list(module.named_modules()):
        if isinstance(layer, LoraLayer):
            layer.merge()
            parent, _, name = path.rpartition(".")
            setattr(module.get_submodule(parent), name, layer.get_base_layer())
    # peft warns of it when the next adapters are put on.
    del module.peft_config
