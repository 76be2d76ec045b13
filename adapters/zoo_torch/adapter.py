"""One live model in PyTorch: backbone, head, freezing, one training step, inference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from zoo.errors import ConfigError
from zoo.plugin import (
    Activations,
    Backbone,
    Batch,
    BatchNormMode,
    FreezeReport,
    ImageInput,
    LearningRates,
    NativeHead,
    StepPlan,
    Task,
    TensorFact,
    TrainableParts,
    engines,
)
from zoo_torch.activations import leaving
from zoo_torch.augment import views
from zoo_torch.freezing import Freezer, refresh
from zoo_torch.inference_mode import inference_mode
from zoo_torch.lora import fold, inject, renamed
from zoo_torch.network import Network
from zoo_torch.numpy_bridge import as_arrays, outputs_of, prepared
from zoo_torch.parameter_memory import arrange, own
from zoo_torch.precision import autocast
from zoo_torch.train_step import TrainStep

Array = np.ndarray[Any, np.dtype[Any]]


class TorchAdapter:
    """Implements :class:`zoo.plugin.BackboneAdapter`."""

    follows = frozenset({"focal", "mix"})

    def __init__(self, backbone: Backbone, device: torch.device):
        self.backbone = backbone
        self._device = device
        own(backbone.module)
        self.network = Network(backbone.module).to(device)
        if isinstance(backbone.input, ImageInput):
            arrange(self.network)
        self._fresh = backbone.loaded.fresh
        self._added: frozenset[str] = frozenset()
        self._freezer = Freezer(backbone.module, backbone.stages, self._fresh)
        self._native_head: NativeHead | None = None
        self._update: TrainStep | None = None
        self._precision = "auto"
        self.freeze(0)

    @property
    def native(self) -> nn.Module:
        """The ``torch.nn.Module``: ``.backbone`` and ``.head``."""
        return self.network

    @property
    def device(self) -> str:
        """As torch writes it."""
        return str(self._device)

    def peak_memory(self) -> int | None:
        """Return bytes that torch held on a GPU at their largest; None on a CPU."""
        if self._device.type != "cuda":
            return None
        return int(torch.cuda.max_memory_allocated(self._device))

    def freeze(
        self, stages: int, *, only: TrainableParts = "all", norms: BatchNormMode = "train"
    ) -> FreezeReport:
        """Freeze the first ``stages`` stages; see :mod:`zoo_torch.freezing`."""
        engines.require_depth(stages, len(self.backbone.stages))
        self._end()
        still = self._freezer.hold(stages, only, norms)
        if only != "all":
            engines.require_trainable(only, any(p.requires_grad for p in self.network.backbone.parameters()))
        self.network.still = not any(p.requires_grad for p in self.network.backbone.parameters())
        # An unfrozen stage is in evaluation mode; the next step puts all trainable stages into
        # training mode together.
        self.network.eval()
        fixed = self._freezer.fixed
        sizes = {n: p.numel() for n, p in self.network.backbone.named_parameters() if n not in fixed}
        head = sum(p.numel() for p in self.network.head.parameters()) if self.network.head is not None else 0
        stage_of = self._freezer.stage_of
        frozen = sum(size for name, size in sizes.items() if name in still)
        return FreezeReport(
            stages=len(self.backbone.stages),
            frozen_stages=stages,
            frozen=frozen,
            trainable=sum(sizes.values()) - frozen + head,
            fresh=tuple(sorted(n for n in self._fresh - self._added if stage_of[n] < stages)),
            added=sum(sizes[name] for name in self._added),
        )

    def lora(self, rank: int, seed: int) -> FreezeReport:
        """Freeze all stages and put low-rank adapters on the linear layers; see :mod:`zoo_torch.lora`."""
        self.freeze(0)
        fixed = {id(p) for p in self.backbone.module.parameters() if not p.requires_grad}
        self._added = inject(self.backbone.module, rank, seed)
        # peft takes the gradient from all that is not its own; what may move is the freezer's to say.
        for parameter in self.backbone.module.parameters():
            parameter.requires_grad_(id(parameter) not in fixed)
        self.backbone.module.to(self._device)
        # What was just made comes from no file, so it is never held.
        self._fresh = renamed(self.backbone.module, self.backbone.loaded.fresh) | self._added
        self._freezer = Freezer(self.backbone.module, self.backbone.stages, self._fresh)
        return self.freeze(len(self.backbone.stages))

    def merge(self) -> None:
        """Fold the adapters into the weights; all stages are frozen afterwards."""
        self.freeze(0)
        fold(self.backbone.module)
        self._fresh, self._added = self.backbone.loaded.fresh, frozenset()
        self._freezer = Freezer(self.backbone.module, self.backbone.stages, self._fresh)
        self.freeze(len(self.backbone.stages))

    def replace_head(self, task: Task, seed: int) -> None:
        """Put on a new head, on the features that the task requires; see :mod:`zoo_torch.tasks`."""
        tap, native = engines.require_tap(self.backbone, task), engines.native_head(task.kind, "torch")
        head = native.build(tap.features.width, task, seed).to(self._device)
        self.network.replace_head(head, native, tap)
        self._native_head = native
        self._end()

    def begin(self, plan: StepPlan) -> None:
        """Build loss, augmentation and optimizer for what is trainable now."""
        engines.require_head(self.network.head)
        assert self._native_head is not None
        self._end()
        self._precision = plan.precision
        self._update = TrainStep(
            self.network, self.backbone, self._native_head, plan, self._device, self._freezer.stage_of
        )

    def step(self, batch: Batch, rates: LearningRates, *, parts: int = 1) -> float:
        """Run one optimizer step; see :class:`zoo_torch.train_step.TrainStep`."""
        if self._update is None:
            raise ConfigError("step() before begin()", hint="call begin(plan) after freeze and replace_head")
        if self._update.average is not None and self._update.average.shown:
            raise ConfigError("step() while the average is shown", hint="call average(False) first")
        return self._update(batch, rates, parts)

    def average(self, on: bool) -> None:
        """Put the moving average of the weights in their place, or the live ones back."""
        average = self._update.average if self._update else None
        if average is not None:
            if average.show(on):
                refresh(self.network)
        elif on:
            raise ConfigError("no average is kept", hint="call begin(plan) with plan.ema")

    @inference_mode
    def infer(self, inputs: Array | Activations) -> Array:
        """Return outputs of the head, float32 (B, width), or (B, W, width) for a head on tokens."""
        engines.require_head(self.network.head)
        self.network.eval()
        with autocast(self._device, self._precision):
            outputs = outputs_of(self.network, self.backbone, inputs, self._device)
        return np.asarray(outputs.float().cpu().numpy())

    @inference_mode
    def cross(self, inputs: Array, cut: int) -> Activations:
        """Return what enters stage ``cut``, or what the head takes of the features."""
        self.network.eval()
        value = prepared(self.backbone, inputs, self._device)
        with autocast(self._device, self._precision):
            if cut < len(self.backbone.stages):
                run = self.backbone.taps[self.network.kind].run
                assert run is not None
                return leaving(run(value, 0, cut), cut)
            return leaving(self.network.features(value), cut, self.network.lengths(inputs))

    def views(self, inputs: Array, plan: StepPlan, seeds: Array) -> Array:
        """Augmented images; see :func:`zoo_torch.augment.views`."""
        assert isinstance(self.backbone.input, ImageInput)
        return views(inputs, plan.augment, plan.flip, self.backbone.input, seeds)

    @torch.no_grad()
    def set_head(self, weight: Array, bias: Array) -> None:
        """Copy into the linear head."""
        engines.require_head(self.network.head)
        state = {"weight": weight, "bias": bias}
        live = self.network.head.state_dict()  # type: ignore[union-attr]
        engines.require_matching_weights(live, state)
        for name, value in live.items():
            value.copy_(torch.from_numpy(np.ascontiguousarray(state[name])))

    @inference_mode
    def embed(self, inputs: Array) -> Array:
        """Return features, float32 (B, D)."""
        self.network.eval()
        features = self.network.backbone(prepared(self.backbone, inputs, self._device))
        return np.asarray(features.float().cpu().numpy())

    @inference_mode
    def run(self, inputs: Array, cut: int | None = 0) -> Array:
        """Return features by way of the chain, float32 (B, D); ``cut`` None: by way of the module."""
        if cut is None:
            return self.embed(inputs)
        run = self.backbone.run
        if run is None:
            raise ConfigError("the source of this backbone cannot run parts of its chain")
        self.network.eval()
        value = prepared(self.backbone, inputs, self._device)
        features = run(run(value, 0, cut), cut) if cut else run(value)
        return np.asarray(features.float().cpu().numpy())

    @torch.no_grad()
    def prepared(self, inputs: Array) -> Any:
        """Native input as numpy, floats as float32: (B, C, H, W) for images, else what the source makes."""
        return as_arrays(prepared(self.backbone, inputs, self._device))

    def _end(self) -> None:
        """Forget the plan; the live weights are in their place."""
        self.average(False)
        self._update = None

    def tensors(self) -> list[TensorFact]:
        """Return every tensor of ``state_dict``: backbone by stage, then head."""
        groups = self._update.optimizer.group_of if self._update else {}
        stage_of = self._freezer.stage_of
        state = self.network.state_dict(keep_vars=True)
        stages = [stage.name for stage in self.backbone.stages]

        def order(name: str) -> int:
            return stage_of[name[9:]] if name.startswith("backbone.") else len(stages)

        first: dict[int, str] = {}
        for name in sorted(state, key=order):
            first.setdefault(id(state[name]), name)
        return [
            TensorFact(
                name=name,
                shape=tuple(state[name].shape),
                dtype=str(state[name].dtype).removeprefix("torch."),
                kind="parameter" if isinstance(state[name], nn.Parameter) else "buffer",
                stage=[*stages, "head"][order(name)],
                trainable=bool(state[name].requires_grad),
                fixed=name.removeprefix("backbone.") in self._freezer.fixed,
                group=groups.get(name),
                same_as=None if first[id(state[name])] == name else first[id(state[name])],
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
        engines.require_matching_weights(state, weights)
        self.average(False)
        for name, value in state.items():
            value.copy_(torch.from_numpy(np.ascontiguousarray(weights[name])).reshape(value.shape))
        refresh(self.network)

    def state(self) -> dict[str, Array]:
        """Return the optimizer's state, and the average's where one is kept."""
        return self._update.state() if self._update else {}

    def restore(self, state: Mapping[str, Array]) -> None:
        """Put back the optimizer's state."""
        if self._update is None:
            raise ConfigError("restore() before begin()")
        self._update.restore(state)
