"""One live model in PyTorch: backbone, head, freezing, one training step, inference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from zoo.errors import ConfigError, IntegrityError, NonFiniteError
from zoo.records import FreezeReport, TensorFact
from zoo.seams.adapter import Batch, Rates, StepPlan
from zoo.seams.backbone import Backbone
from zoo.tasks.base import Task
from zoo_torch.augment import Augment
from zoo_torch.heads import Loss, build_head, build_loss
from zoo_torch.optimizer import Optimizer
from zoo_torch.stillness import Still, assign, hold_still, release

Array = np.ndarray[Any, np.dtype[Any]]


class Network(nn.Module):
    """Backbone and head as one module: prepared input to raw outputs."""

    def __init__(self, backbone: nn.Module):
        super().__init__()
        self.backbone = backbone
        self.head: nn.Module | None = None

    def forward(self, inputs: Tensor) -> Tensor:
        """Native input to outputs (B, width), or to features where there is no head."""
        features: Tensor = self.backbone(inputs)
        return features if self.head is None else self.head(features)


class TorchAdapter:
    """Implements :class:`zoo.seams.adapter.BackboneAdapter`."""

    def __init__(self, backbone: Backbone, device: torch.device):
        self.backbone = backbone
        self._device = device
        # channels_last is the layout in which the pictures arrive (NHWC), and the faster one for
        # convolutions on CPUs and GPUs alike.
        self.network = Network(backbone.module).to(device, memory_format=torch.channels_last)
        self._stage_of = assign(self._state_names(), backbone.stages)
        self._frozen_stages = 0
        self._task: Task | None = None
        self._plan: StepPlan | None = None
        self._optimizer: Optimizer | None = None
        self._loss: Loss | None = None
        self._augment: Augment | None = None
        self._statistics: list[Tensor] = []
        self._before: list[Tensor] = []
        self.freeze(0)

    @property
    def native(self) -> nn.Module:
        """The ``torch.nn.Module``: ``.backbone`` and ``.head``."""
        return self.network

    @property
    def device(self) -> str:
        """As torch writes it."""
        return str(self._device)

    def freeze(self, stages: int) -> FreezeReport:
        """Hold the first ``stages`` stages still; see :mod:`zoo_torch.stillness`."""
        if not 0 <= stages <= len(self.backbone.stages):
            raise ConfigError(
                f"cannot freeze {stages} stages: the chain has {len(self.backbone.stages)}",
                mend=f"use a number from 0 to {len(self.backbone.stages)}, 'backbone' or 'nothing'",
            )
        self._frozen_stages = stages
        self._optimizer = None
        fresh = self.backbone.loaded.fresh
        still = {name for name, stage in self._stage_of.items() if stage < stages and name not in fresh}
        for name, parameter in self.network.backbone.named_parameters(remove_duplicate=False):
            parameter.requires_grad_(name not in still)
            if name in still:
                parameter.grad = None
        filled, moving = _ancestors(self._stage_of), _ancestors(set(self._stage_of) - still)
        for path, module in self.network.backbone.named_modules(remove_duplicate=False):
            whole = path not in moving if path in filled else self._stage_of_module(path) < stages
            hold_still(module) if whole and stages else release(module)
        # A stage that was just set free is still in evaluation mode; the next step puts all that is free into
        # training mode together.
        self.network.eval()
        # A module that was released takes the mode of the whole again.
        self.network.train(self.network.training)
        sizes = {name: p.numel() for name, p in self.network.backbone.named_parameters()}
        head = sum(p.numel() for p in self.network.head.parameters()) if self.network.head is not None else 0
        frozen = sum(size for name, size in sizes.items() if name in still)
        return FreezeReport(
            stages=len(self.backbone.stages),
            frozen_stages=stages,
            frozen=frozen,
            trainable=sum(sizes.values()) - frozen + head,
            fresh=tuple(sorted(name for name in fresh if self._stage_of.get(name, stages) < stages)),
        )

    def _stage_of_module(self, path: str) -> int:
        """Stage of a module without tensors (a dropout, say): that of its nearest named parent."""
        owner = {member: i for i, stage in enumerate(self.backbone.stages) for member in stage.members}
        while path:
            if path in owner:
                return owner[path]
            path = path.rpartition(".")[0]
        return owner.get("", len(self.backbone.stages) - 1)

    def replace_head(self, task: Task, seed: int) -> None:
        """A new linear head; see :func:`zoo_torch.heads.build_head`."""
        self.network.head = build_head(self.backbone.features, task, seed).to(self._device)
        self._task = task
        self._optimizer = None

    def begin(self, plan: StepPlan) -> None:
        """Build loss, augmentation and optimizer for what is trainable now."""
        if self.network.head is None:
            raise ConfigError("the model has no head yet", mend="call replace_head(task) before train(...)")
        self._plan = plan
        self._loss = build_loss(plan, self._device)
        self._augment = Augment(plan.augment, plan.flip, self.backbone.input)
        self._optimizer = Optimizer(self.network.named_parameters(remove_duplicate=False), plan)
        self._statistics = self._moving_buffers()
        self._before = [buffer.clone() for buffer in self._statistics]

    def _moving_buffers(self) -> list[Tensor]:
        """Saved buffers that a forward pass in training mode may change: those outside frozen modules."""
        state = self.network.state_dict(keep_vars=True)
        return [
            value
            for name, value in state.items()
            if not isinstance(value, nn.Parameter)
            and not isinstance(self.network.get_submodule(name.rpartition(".")[0]), Still)
        ]

    def step(self, batch: Batch, rates: Rates) -> float:
        """One update; all randomness comes from ``batch.seed``, so a step can be repeated exactly."""
        plan, optimizer = self._plan, self._optimizer
        if plan is None or optimizer is None or self._loss is None or self._augment is None:
            raise ConfigError("step() before begin()", mend="call begin(plan) after freeze and replace_head")
        self._mode(training=True)
        if self._statistics:
            torch._foreach_copy_(self._before, self._statistics)
        try:
            return self._update(batch, rates, plan, optimizer, self._loss, self._augment)
        except NonFiniteError:
            # The forward pass has moved running statistics before the loss is known.
            if self._statistics:
                torch._foreach_copy_(self._statistics, self._before)
            optimizer.native.zero_grad(set_to_none=True)
            raise

    def _update(
        self,
        batch: Batch,
        rates: Rates,
        plan: StepPlan,
        optimizer: Optimizer,
        loss_of: Loss,
        augment: Augment,
    ) -> float:
        devices = [self._device] if self._device.type == "cuda" else []
        deterministic = torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True)
        with torch.random.fork_rng(devices=devices), deterministic:
            torch.manual_seed(batch.seed % 2**63)
            pixels = augment(torch.from_numpy(batch.inputs)).to(self._device, non_blocking=True)
            targets = torch.from_numpy(plan.task.for_loss(batch.targets)).to(self._device, non_blocking=True)
            with self._autocast(plan.precision):
                outputs = self.network(self.backbone.prepare(pixels))
            loss = loss_of(outputs.float(), targets)
            # Looked at before anything is changed: a step that is not finite must leave no trace.
            self._demand_finite(float(loss.detach()), "loss")
            loss.backward()  # type: ignore[no-untyped-call]
            self._clip(plan.clip_norm)
            optimizer.step(rates)
        return float(loss.detach())

    def _clip(self, largest: float) -> None:
        assert self._optimizer is not None
        gradients = [p.grad for p in self._optimizer.parameters if p.grad is not None]
        norm = torch.nn.utils.get_total_norm(gradients)
        value = float(norm)
        self._demand_finite(value, "gradient norm")
        if largest and value > largest:
            torch._foreach_mul_(gradients, largest / (value + 1e-6))

    @staticmethod
    def _demand_finite(value: float, what: str) -> None:
        if not np.isfinite(value):
            raise NonFiniteError(
                f"the {what} is {value}",
                why="the numbers left the range of the float type; no weight was changed by this step",
                mend="lower the learning rate (--lr), or look at the inputs of this batch",
            )

    def _autocast(self, precision: str) -> Any:
        native = self._device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
        if precision == "bfloat16" or (precision == "auto" and native):
            return torch.autocast(self._device.type, dtype=torch.bfloat16)
        return nullcontext()

    def _mode(self, training: bool) -> None:
        if self.network.training != training:
            self.network.train(training)

    @torch.no_grad()
    def infer(self, inputs: Array) -> Array:
        """Outputs of the head, float32 (B, width)."""
        if self.network.head is None:
            raise ConfigError(
                "the model has no head yet", mend="call replace_head(task), or load a saved run"
            )
        self.network.eval()
        with self._autocast(self._plan.precision if self._plan else "float32"):
            outputs = self.network(self.backbone.prepare(self._pixels(inputs)))
        return np.asarray(outputs.float().cpu().numpy())

    @torch.no_grad()
    def embed(self, inputs: Array) -> Array:
        """Features, float32 (B, D)."""
        self.network.eval()
        features = self.network.backbone(self.backbone.prepare(self._pixels(inputs)))
        return np.asarray(features.float().cpu().numpy())

    @torch.no_grad()
    def run(self, inputs: Array, cut: int = 0) -> Array:
        """Features by way of the chain, float32 (B, D)."""
        run = self.backbone.run
        if run is None:
            raise ConfigError("the source of this backbone cannot run parts of its chain")
        self.network.eval()
        value = self.backbone.prepare(self._pixels(inputs))
        features = run(run(value, 0, cut), cut) if cut else run(value)
        return np.asarray(features.float().cpu().numpy())

    @torch.no_grad()
    def prepared(self, inputs: Array) -> Array:
        """Native input, float32, in the framework's own layout (B, C, H, W)."""
        return np.asarray(self.backbone.prepare(self._pixels(inputs)).float().cpu().numpy())

    def _pixels(self, inputs: Array) -> Tensor:
        # torch takes no arrays that must not be written to, and a decoded picture may be one.
        writable = inputs if inputs.flags.writeable else inputs.copy()
        return torch.from_numpy(writable).to(self._device, non_blocking=True)

    def tensors(self) -> list[TensorFact]:
        """Every tensor of ``state_dict``: backbone by stage, then head."""
        groups = self._optimizer.group_of if self._optimizer else {}
        state = self.network.state_dict(keep_vars=True)
        stages = [stage.name for stage in self.backbone.stages]

        def order(name: str) -> int:
            return self._stage_of[name[9:]] if name.startswith("backbone.") else len(stages)

        return [
            TensorFact(
                name=name,
                shape=tuple(state[name].shape),
                dtype=str(state[name].dtype).removeprefix("torch."),
                kind="parameter" if isinstance(state[name], nn.Parameter) else "buffer",
                stage=[*stages, "head"][order(name)],
                trainable=bool(state[name].requires_grad),
                group=groups.get(name),
            )
            for name in sorted(state, key=order)
        ]

    def weights(self) -> dict[str, Array]:
        """Copies of all tensors of ``state_dict``."""
        state = self.network.state_dict()
        return {name: value.detach().cpu().contiguous().numpy().copy() for name, value in state.items()}

    @torch.no_grad()
    def set_weights(self, weights: Mapping[str, Array]) -> None:
        """Copy into the live tensors; names, shapes and dtypes must agree."""
        state = self.network.state_dict()
        missing, foreign = sorted(set(state) - set(weights)), sorted(set(weights) - set(state))
        other = sorted(
            f"{name} {tuple(weights[name].shape)} for {tuple(state[name].shape)}"
            for name in set(state) & set(weights)
            if tuple(weights[name].shape) != tuple(state[name].shape)
        )
        if missing or foreign or other:
            raise IntegrityError(
                "the weights are of another model",
                why=f"missing {missing[:5]}, unexpected {foreign[:5]}, of another shape {other[:5]}",
            )
        for name, value in state.items():
            value.copy_(torch.from_numpy(np.ascontiguousarray(weights[name])).reshape(value.shape))

    def state(self) -> dict[str, Array]:
        """The optimizer's state."""
        return self._optimizer.state() if self._optimizer else {}

    def restore(self, state: Mapping[str, Array]) -> None:
        """Put back the optimizer's state."""
        if self._optimizer is None:
            raise ConfigError("restore() before begin()")
        self._optimizer.restore(state)

    def _state_names(self) -> list[str]:
        return list(self.network.backbone.state_dict())


def _ancestors(names: Iterable[str]) -> set[str]:
    """The names themselves and every module above them, the root (an empty text) included."""
    found = set()
    for name in names:
        path = name
        while path not in found:
            found.add(path)
            path = path.rpartition(".")[0]
    return found
