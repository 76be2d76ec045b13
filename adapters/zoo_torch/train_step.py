"""One training step: augment, forward, look at the loss, backward, clip, update."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from zoo.errors import NonFiniteError, OutOfMemory
from zoo.plugin import (
    Activations,
    Backbone,
    Batch,
    ImageInput,
    LearningRates,
    NativeHead,
    StepPlan,
    engines,
)
from zoo_torch.augment import Augment
from zoo_torch.ema import Average
from zoo_torch.freezing import FrozenMixin
from zoo_torch.network import Network
from zoo_torch.numpy_bridge import outputs_of
from zoo_torch.optimizer import Optimizer
from zoo_torch.parameter_memory import out_of_memory
from zoo_torch.precision import autocast
from zoo_torch.single_example_norm import single_example

Array = np.ndarray[Any, np.dtype[Any]]


class TrainStep:
    """Everything that a step needs, built once for the tensors that are trainable now."""

    def __init__(
        self,
        network: Network,
        backbone: Backbone,
        head: NativeHead,
        plan: StepPlan,
        device: torch.device,
        stage_of: Mapping[str, int],
    ):
        sparing = engines.exempt_from_decay(network.backbone, stage_of)
        self.optimizer = Optimizer(network.named_parameters(remove_duplicate=False), plan, stage_of, sparing)
        self._network = network
        self._backbone = backbone
        self._plan = plan
        self._device = device
        self._head = head
        self._loss = head.loss(plan, str(device))
        self._augment = None
        if isinstance(backbone.input, ImageInput):
            self._augment = Augment(plan.augment, plan.flip, backbone.input)
        moving = _moving_buffers(network)
        self._statistics = list(moving.values())
        followed = partial(_followed, self.optimizer.named, moving)
        self.average = None if plan.ema is None else Average(followed, plan.ema)
        self._before = [buffer.clone() for buffer in self._now()]

    def __call__(self, batch: Batch, rates: LearningRates, parts: int = 1) -> float:
        """The mean loss before the update.

        All randomness comes from ``batch.seed`` and the positions of the examples, so a step can be repeated
        exactly, and the caller's random state is left alone.

        Raises:
            NonFiniteError: loss or gradient norm is not finite; nothing was changed.
            OutOfMemory: nothing was changed.
        """
        if not self._network.training:
            self._network.train()
        if self._statistics:
            # The forward pass moves running statistics before the loss is known.
            torch._foreach_copy_(self._before, self._now())
        devices = [self._device] if self._device.type == "cuda" else []
        deterministic = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True)
        with torch.random.fork_rng(devices=devices), deterministic:
            try:
                if self._plan.mix != "none":
                    batch = engines.mix_batch(batch, self._view(batch).numpy(), self._plan)
                value = self._gradients(batch, parts)
                self._clip()
            except (NonFiniteError, RuntimeError, MemoryError) as error:
                if self._statistics:
                    torch._foreach_copy_(self._now(), self._before)
                self.optimizer.native.zero_grad(set_to_none=True)
                if isinstance(error, NonFiniteError) or not out_of_memory(error):
                    raise
                short = OutOfMemory("memory ran out in a training step", why=str(error).partition("\n")[0])
            else:
                self.optimizer.step(rates)
                if self.average is not None:
                    self.average.move()
                return value
        # Outside of the handler, whose traceback keeps what filled the memory alive.
        raise short

    def state(self) -> dict[str, Array]:
        """Of the optimizer, and of the average where one is kept."""
        return self.optimizer.state() | (self.average.state() if self.average is not None else {})

    def restore(self, state: Mapping[str, Array]) -> None:
        """Put back :meth:`state`."""
        if self.average is not None:
            state, average = engines.split_ema(state)
            self.average.restore(average)
        self.optimizer.restore(state)

    def _gradients(self, batch: Batch, parts: int) -> float:
        """Add up the gradients of a batch, in pieces; its mean loss."""
        found = [
            self._backward(*piece, whole=parts == 1)
            for piece in engines.micro_batches(batch, parts, self._plan)
        ]
        value, seen, stated = (sum(one) for one in zip(*found, strict=True))
        if seen != stated:
            # Shares count targets that have no output too; the mean is over those that were seen.
            engines.require_finite(1 / seen if seen else float("nan"), "loss")
            torch._foreach_mul_([p.grad for p in self.optimizer.parameters if p.grad is not None], 1 / seen)
            value /= seen
        return value

    def _backward(
        self, batch: Batch, shares: tuple[float, ...], *, whole: bool
    ) -> tuple[float, float, float]:
        """Add the gradients of a piece of a batch; its part of the mean loss, the share that was seen, and
        the share that its targets have."""
        inputs: Any = batch.inputs
        if batch.partners is None and self._augment is not None and not isinstance(inputs, Activations):
            inputs = self._view(batch)
        elif batch.partners is not None:
            inputs = torch.from_numpy(inputs)
        # After the augmentation, which draws by example: dropout draws by micro-batch.
        _seed(engines.part_seed(batch.seed, batch.part), self._device)
        alone = single_example(self._network) if len(batch.index) == 1 else nullcontext()
        with alone, autocast(self._device, self._plan.precision):
            outputs = outputs_of(self._network, self._backbone, inputs, self._device)
        given = [batch.targets] if batch.partners is None else [batch.targets, batch.partners]
        wanted, outputs = [self._target(targets) for targets in given], outputs.float()
        stated = sum(shares)
        if not whole:
            seen = [self._head.seen(outputs, one, self._plan) for one in wanted]
            shares = tuple(share * one for share, one in zip(shares, seen, strict=True))
            if not any(shares):
                return 0.0, 0.0, stated
        terms = [self._loss(outputs, targets) * share for targets, share in zip(wanted, shares, strict=True)]
        loss = terms[0] if len(terms) == 1 else terms[0] + terms[1]
        value = float(loss.detach())
        engines.require_finite(value, "loss")
        loss.backward()  # type: ignore[no-untyped-call]
        return value, sum(shares), stated

    def _view(self, batch: Batch) -> Tensor:
        """uint8 (B, H, W, C), augmented."""
        given = torch.from_numpy(batch.inputs)
        if self._augment is None:
            return given
        return self._augment(given, engines.example_seeds(batch.seed, batch.place))

    def _target(self, targets: Any) -> Tensor:
        """As the loss takes them, on the device."""
        wanted = torch.from_numpy(self._plan.task.for_loss(targets))
        return wanted.to(self._device, non_blocking=True)

    def _now(self) -> list[Tensor]:
        # Looked up again: some libraries put another tensor in the place of the old one.
        return [getattr(module, name).detach() for module, name in self._statistics]

    def _clip(self) -> None:
        gradients = [p.grad for p in self.optimizer.parameters if p.grad is not None]
        norm = float(torch.nn.utils.get_total_norm(gradients))
        engines.require_finite(norm, "gradient norm")
        if 0 < self._plan.clip_norm < norm:
            torch._foreach_mul_(gradients, self._plan.clip_norm / (norm + 1e-6))


def _followed(
    trained: Mapping[str, Tensor], moving: Mapping[str, tuple[nn.Module, str]]
) -> dict[str, Tensor]:
    """Return what an average is kept of: what is trained, and statistics, which belong to those weights."""
    found = {name: getattr(module, last) for name, (module, last) in moving.items()}
    return {**trained, **{name: one for name, one in found.items() if one.is_floating_point()}}


def _moving_buffers(network: nn.Module) -> dict[str, tuple[nn.Module, str]]:
    """Saved buffers that a forward pass in training mode may change: those outside frozen modules.

    By name in the network: the module and the name in it.
    """
    places = {
        name: (network.get_submodule(name.rpartition(".")[0]), name.rpartition(".")[2])
        for name, value in network.state_dict(keep_vars=True).items()
        if not isinstance(value, nn.Parameter)
    }
    return {name: place for name, place in places.items() if not isinstance(place[0], FrozenMixin)}


def _seed(seed: int, device: torch.device) -> None:
    """Seed the generators that this device draws from.

    ``torch.manual_seed`` would seed every kind of device, and for one that is not in use it notes the call,
    with a stack trace, in a list that only grows.
    """
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        with torch.cuda.device(device):
            torch.cuda.manual_seed(seed)
    elif device.type == "mps":
        torch.mps.manual_seed(seed)
