"""One live model in TensorFlow: backbone, head, freezing, one training step, inference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

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
from zoo_tensorflow.activations import leaving, stored
from zoo_tensorflow.augment import views
from zoo_tensorflow.compiling import compiled
from zoo_tensorflow.freezing import Freezer
from zoo_tensorflow.memory_cleanup import sweep
from zoo_tensorflow.network import Network
from zoo_tensorflow.numpy_bridge import as_arrays, native, signature
from zoo_tensorflow.out_of_memory import asked
from zoo_tensorflow.startup import require_settings
from zoo_tensorflow.statistics import Statistics
from zoo_tensorflow.tensors import outer_seeds, variables_of
from zoo_tensorflow.train_step import TrainStep

Array = np.ndarray[Any, np.dtype[Any]]


class TensorFlowAdapter:
    """Implements :class:`zoo.plugin.BackboneAdapter`."""

    follows = frozenset({"focal", "mix"})

    def __init__(self, backbone: Backbone, device: str):
        self.backbone = backbone
        self._device = device
        self.network = Network(backbone.module)
        self._freezer = Freezer(backbone.module, backbone.stages, backbone.loaded.fresh)
        self._statistics = Statistics(backbone)
        self._native_head: NativeHead | None = None
        self._update: TrainStep | None = None
        self._compiled: dict[tuple[Any, ...], Any] = {}
        self.freeze(0)

    @property
    def native(self) -> Network:
        """``.backbone`` (a Keras model or a SavedModel) and ``.head`` (a Keras layer), callable as one."""
        return self.network

    @property
    def device(self) -> str:
        """``cpu`` or ``gpu:0``."""
        return self._device

    def peak_memory(self) -> int | None:
        """Return bytes that TensorFlow held on a GPU at their largest; None on a CPU."""
        if not self._device.startswith("gpu"):
            return None
        return int(tf.config.experimental.get_memory_info(self._device.upper())["peak"])

    def freeze(
        self, stages: int, *, only: TrainableParts = "all", norms: BatchNormMode = "train"
    ) -> FreezeReport:
        """Freeze the first ``stages`` stages; see :mod:`zoo_tensorflow.freezing`."""
        engines.require_depth(stages, len(self.backbone.stages))
        self._end()
        freezer = self._freezer
        freezer.hold(stages, only, norms)
        if only != "all":
            engines.require_trainable(only, bool(freezer.trainable()))
        self.network.still, self.network.quiet = freezer.still, freezer.quiet
        # What was compiled is kept: inference computes the same, whatever is frozen.
        sizes = {name: int(np.prod(freezer.variables[name].shape)) for name in freezer.parameters}
        frozen = sum(size for name, size in sizes.items() if name in freezer.held)
        head = sum(int(np.prod(variable.shape)) for variable in self._head().values())
        return FreezeReport(
            stages=len(self.backbone.stages),
            frozen_stages=stages,
            frozen=frozen,
            trainable=sum(sizes.values()) - frozen + head,
            fresh=tuple(
                sorted(name for name in self.backbone.loaded.fresh if freezer.stage_of[name] < stages)
            ),
        )

    def replace_head(self, task: Task, seed: int) -> None:
        """Put on a new head, on the features that the task requires; see :mod:`zoo_tensorflow.tasks`."""
        tap, native = engines.require_tap(self.backbone, task), engines.native_head(task.kind, "tensorflow")
        self.network.replace_head(native.build(tap.features.width, task, seed), native, tap)
        self._native_head = native
        self._end()
        self._compiled = {
            key: found for key, found in self._compiled.items() if key[0] not in ("infer", "onward")
        }

    def begin(self, plan: StepPlan) -> None:
        """Build loss, augmentation and optimizer for what is trainable now."""
        require_settings()  # a scope may have been entered since the model was opened
        engines.require_head(self.network.head)
        assert self._native_head is not None
        self._end()
        # Keras layers were given their pace when they were released.
        layers = isinstance(self.backbone.module, keras.Layer)
        gains = {} if layers else self._statistics.gains(self._freezer.moving())
        loss = self._native_head.loss(plan, self._device)
        self._update = TrainStep(self.network, self.backbone, self._freezer, plan, loss, gains)

    def step(self, batch: Batch, rates: LearningRates, *, parts: int = 1) -> float:
        """Run one optimizer step; see :class:`zoo_tensorflow.train_step.TrainStep`."""
        if self._update is None:
            raise ConfigError("step() before begin()", hint="call begin(plan) after freeze and replace_head")
        if self._update.average is not None and self._update.average.shown:
            raise ConfigError("step() while the average is shown", hint="call average(False) first")
        return self._update(batch, rates, parts)

    def average(self, on: bool) -> None:
        """Put the moving average of the weights in their place, or the live ones back."""
        average = self._update.average if self._update else None
        if average is not None:
            average.show(on)
        elif on:
            raise ConfigError("no average is kept", hint="call begin(plan) with plan.ema")

    def infer(self, inputs: Array | Activations) -> Array:
        """Return outputs of the head, float32 (B, width)."""
        engines.require_head(self.network.head)
        # The features are compiled once, whatever head comes after them.
        stages = len(self.backbone.stages)
        return self._onward(inputs if isinstance(inputs, Activations) else self.cross(inputs, stages))

    def cross(self, inputs: Array, cut: int) -> Activations:
        """Return what enters stage ``cut``, or what the head takes of the features."""
        if cut == len(self.backbone.stages):
            key = "features", *self.network.source
            taken = self._computed(key, inputs, lambda raw: self.network.taken(self.backbone.prepare(raw)))
            return leaving(taken, cut)
        run = self.backbone.taps[self.network.kind].run
        assert run is not None
        part = self._computed(("cross", cut), inputs, lambda raw: run(self.backbone.prepare(raw), 0, cut))
        return leaving(part, cut)

    def views(self, inputs: Array, plan: StepPlan, seeds: Array) -> Array:
        """Augmented images; see :func:`zoo_tensorflow.augment.views`."""
        assert isinstance(self.backbone.input, ImageInput)
        return views(inputs, plan.augment, plan.flip, self.backbone.input, seeds)

    def set_head(self, weight: Array, bias: Array) -> None:
        """Assign to the linear head, whose kernel has the features as its first axis."""
        engines.require_head(self.network.head)
        live, state = self._head(), {"kernel": weight.T, "bias": bias}
        engines.require_matching_weights(live, state)
        for name, variable in live.items():
            variable.assign(state[name])

    def embed(self, inputs: Array) -> Array:
        """Return features, float32 (B, D)."""
        # What heads on the whole vector take is the same, and compiled once.
        key = "features", "__call__", NativeHead.select
        return self._computed(key, inputs, lambda raw: self.network.features(self.backbone.prepare(raw)))

    def run(self, inputs: Array, cut: int | None = 0) -> Array:
        """Return features by way of the chain, float32 (B, D); ``cut`` None: by way of the module.

        Not compiled: a chain has dozens of cuts, each computed once, and compiling one costs several times
        what computing it operation by operation does. Compiled code fuses operations, so ``embed``
        differs from this in the last digits.
        """
        run = self.backbone.run
        if run is None:
            raise ConfigError("the source of this backbone cannot run parts of its chain")

        value = self.backbone.prepare(native(inputs))
        if cut is None:
            features = self.network.features(value)
        else:
            features = run(run(value, 0, cut), cut) if cut else run(value)
        return np.asarray(features, dtype=np.float32)

    def prepared(self, inputs: Array) -> Any:
        """Native input as numpy, floats as float32: (B, H, W, C) for images, else what the source makes."""
        return as_arrays(self.backbone.prepare(native(inputs)))

    def _end(self) -> None:
        """Forget the plan; the live weights are in their place."""
        self.average(False)
        if self._update is not None:
            self._update = None
            sweep(self._freezer.variables.values())

    def tensors(self) -> list[TensorFact]:
        """Return every tensor of the state: backbone by stage, then head."""
        groups = self._update.optimizer.group_of if self._update else {}
        freezer, stages = self._freezer, [stage.name for stage in self.backbone.stages]
        trainable, facts = freezer.trainable(), []
        for name in sorted(freezer.variables, key=lambda name: freezer.stage_of[name]):
            facts.append(
                _fact(
                    f"backbone.{name}",
                    freezer.variables[name],
                    stages[freezer.stage_of[name]],
                    name in freezer.parameters,
                    name in trainable,
                    groups,
                )
            )
        for name, variable in self._head().items():
            facts.append(_fact(f"head.{name}", variable, "head", True, True, groups))
        return facts

    def weights(self) -> dict[str, Array]:
        """Copies of all tensors of the state."""
        return {name: variable.numpy().copy() for name, variable in self._state().items()}

    def set_weights(self, weights: Mapping[str, Array]) -> None:
        """Assign to the live variables; names and shapes must agree."""
        state = self._state()
        engines.require_matching_weights(state, weights)
        self.average(False)
        for name, variable in state.items():
            variable.assign(weights[name])

    def state(self) -> dict[str, Array]:
        """Return the optimizer's state, and the average's where one is kept."""
        return self._update.state() if self._update else {}

    def restore(self, state: Mapping[str, Array]) -> None:
        """Put back the optimizer's state."""
        if self._update is None:
            raise ConfigError("restore() before begin()")
        self._update.restore(state)

    def _onward(self, crossing: Activations) -> Array:
        array = stored(crossing)
        key = ("onward", crossing.cut, array.shape[1:])
        if key not in self._compiled:
            rest = self.network.rest(self.backbone, crossing.cut)
            form = tf.TensorSpec([None, *array.shape[1:]], tf.float32)
            self._compiled[key] = compiled(rest, [form])
        with asked():
            return np.asarray(self._compiled[key](tf.constant(array)), dtype=np.float32)

    def _computed(self, key: Any, inputs: Array, function: Callable[[tf.Tensor], Any]) -> Array:
        # Single texts and pairs of them are compiled apart.
        key = key, inputs.ndim
        if key not in self._compiled:
            form = signature(self.backbone.input, inputs.ndim)
            self._compiled[key] = compiled(function, [form])
        # A model that draws in inference too gives the same answers, whatever was trained before.
        for seed in outer_seeds(self.backbone.module):
            seed.assign((0, 0))
        with asked():
            return np.asarray(self._compiled[key](native(inputs)), dtype=np.float32)

    def _head(self) -> dict[str, tf.Variable]:
        return {} if self.network.head is None else variables_of(self.network.head)

    def _state(self) -> dict[str, tf.Variable]:
        parts = {"backbone": self._freezer.variables, "head": self._head()}
        return {f"{part}.{name}": v for part, found in parts.items() for name, v in found.items()}


def _fact(
    name: str, variable: tf.Variable, stage: str, parameter: bool, trainable: bool, groups: dict[str, str]
) -> TensorFact:
    return TensorFact(
        name=name,
        shape=tuple(variable.shape),
        dtype=variable.dtype.name,
        kind="parameter" if parameter else "buffer",
        stage=stage,
        trainable=trainable,
        group=groups.get(name),
    )
