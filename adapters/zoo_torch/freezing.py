"""Freezing that holds: frozen modules cannot be put into training mode, frozen tensors get no gradient."""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Any

from torch import nn

from zoo.plugin import BatchNormMode, Stage, TrainableParts, engines

MOMENTUM = 0.1
"""Share of the way that running statistics go in one step, at most: torch's own default. transformers builds
MobileNet and EfficientNet with 0.99 and more, which is TensorFlow's share of what stays."""


class FrozenMixin:
    """Mixed into the class of a frozen module: ``train()`` leaves it in evaluation mode.

    Running statistics, dropout and stochastic depth all hang on that mode, so nothing in the module moves,
    whoever calls ``train()`` on it or on a parent, now or later. ``isinstance`` and ``state_dict`` see the
    module as before.
    """

    def train(self, mode: bool = True) -> Any:
        """Stay in evaluation mode."""
        return super().train(False)  # type: ignore[misc]

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Be pickled as the class that can be imported, and frozen again when it is opened."""
        held = type(self)
        make, arguments, *rest = super().__reduce_ex__(protocol)
        own = tuple(held.__mro__[2] if one is held else one for one in arguments)
        return (_held_again, (make, own), *rest)


_still_classes: dict[type[nn.Module], type[nn.Module]] = {}


def hold_still(module: nn.Module) -> None:
    """Keep ``module`` in evaluation mode until :func:`release`; its children are not touched."""
    _held(module)
    module.training = False


def _held(module: nn.Module) -> None:
    kind = type(module)
    if not issubclass(kind, FrozenMixin):
        if kind not in _still_classes:
            _still_classes[kind] = type(kind.__name__, (FrozenMixin, kind), {"__module__": kind.__module__})
        module.__class__ = _still_classes[kind]


def _held_again(make: Callable[..., nn.Module], arguments: tuple[Any, ...]) -> nn.Module:
    """Return what a pickle of a frozen module calls; its state, the mode too, comes after."""
    module = make(*arguments)
    _held(module)
    return module


def release(module: nn.Module) -> None:
    """Undo :func:`hold_still`."""
    kind = type(module)
    if issubclass(kind, FrozenMixin):
        module.__class__ = kind.__mro__[2]


def refresh(network: nn.Module) -> None:
    """Have modules forget what they computed from their weights, held ones too; all is in evaluation mode.

    Some keep such things in evaluation mode (LeViT its attention biases) until they are put into training
    mode.
    """
    held = [module for module in network.modules() if isinstance(module, FrozenMixin)]
    for module in held:
        release(module)
    network.train()
    network.eval()
    for module in held:
        hold_still(module)


class Freezer:
    """Knows which stage owns every tensor and module of a backbone, and freezes stages.

    Args:
        module: the backbone.
        stages: its chain.
        fresh: names of tensors that no file filled; they and the modules around them are never held.

    Raises:
        PluginError: the chain does not cover the module's tensors exactly once, or ``fresh`` names others.
    """

    def __init__(self, module: nn.Module, stages: tuple[Stage, ...], fresh: Set[str]):
        self._module, self._stages, self._fresh = module, stages, fresh
        named = module.named_parameters(remove_duplicate=False)
        self.fixed = {name for name, parameter in named if not parameter.requires_grad}
        """Parameters that came without a gradient: their author holds them constant, and so does zoo."""
        self.stage_of = engines.owners_of(module.state_dict(), stages)
        engines.require_known_tensors(fresh, self.stage_of)

    def hold(self, count: int, only: TrainableParts = "all", norms: BatchNormMode = "train") -> set[str]:
        """Freeze the first ``count`` stages, and unfreeze of the others what ``only`` and ``norms`` say.

        Returns:
            Names of the tensors that are held.
        """
        holding = engines.StageOwner(self.stage_of, self._stages, self._fresh, count)
        modules = dict(self._module.named_modules(remove_duplicate=False))
        statistics = {path for path, one in modules.items() if hasattr(one, "running_mean")}
        still = set(holding.tensors)
        for name, parameter in self._module.named_parameters(remove_duplicate=False):
            path, _, last = name.rpartition(".")
            free = (
                only == "all"
                or (only == "norms" and is_norm(modules[path]))
                or (only == "biases" and is_bias(last, parameter))
            ) and not (norms == "eval" and path in statistics)
            if not free and name not in self._fresh:
                still.add(name)
            parameter.requires_grad_(name not in still and name not in self.fixed)
            if name in still:
                parameter.grad = None
        for path, module in modules.items():
            if getattr(module, "momentum", None) and path in statistics:
                module.momentum = min(module.momentum, MOMENTUM)
            tells = norms != "train" and path in statistics and not self._filled_anew(path, module)
            hold_still(module) if holding.whole(path) or tells else release(module)
        return still

    def _filled_anew(self, path: str, module: nn.Module) -> bool:
        """Return whether a module has tensors that no file filled: its statistics are worth nothing yet."""
        own = module.state_dict()
        return any((f"{path}.{name}" if path else name) in self._fresh for name in own)


def is_bias(name: str, parameter: nn.Parameter) -> bool:
    """Return whether a parameter is a bias: one vector, called so (``in_proj_bias`` of torch's attention,
    ``q_bias`` of BEiT's). Tables of relative positions have other names and shapes."""
    return name == "bias" or (name.endswith("_bias") and parameter.ndim == 1)


def is_norm(module: nn.Module) -> bool:
    """Return whether a module normalises: torch's own, and those of libraries, which say so in their
    names."""
    return any("Norm" in kind.__name__ for kind in type(module).__mro__)
