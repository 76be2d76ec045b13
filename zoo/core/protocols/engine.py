"""The interface of an engine: what trains whatever a source opened.

The four verbs of the brief are load (``Engine.load``), freeze, replace_head and train. ``train`` is not an
engine's to write: the core's one loop (:mod:`zoo.training.loop`) calls ``begin``, ``step`` and ``infer``,
so schedules, early stopping and metrics are the same code for every engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from zoo.core.cards import FreezeReport, TensorFact
from zoo.core.protocols.activations import Activations
from zoo.core.protocols.backbone import Backbone
from zoo.core.task import Task
from zoo.utils.arrays import Array


@dataclass(frozen=True)
class Batch:
    """One batch as an engine receives it: plain numpy.

    Args:
        inputs: uint8 (B, H, W, C) pixels; or texts, an object array (B,) of ``str``, (B, 2) for pairs; or,
            from an engine that has ``cross``, what it gave.
        targets: int64 (B,) class numbers; float32 (B, L) for multi-label, float64 for regression; for
            lists of words an object array (B,) of int64 (W,). ``task.for_loss`` makes what a loss takes.
        index: int64 (B,) positions in the data set, for messages.
        seed: 64-bit number from (run seed, step): the source of all randomness in the step. Augmentation
            draws from it and ``place``, dropout from it and ``part`` (:mod:`zoo.core.protocols.randomness`).
        partners: like ``targets``, of the images that these were mixed with; None: they are not mixed. Set
            by :func:`zoo.core.protocols.mixup.mix_batch` alone.
        own: 0..1, the share of ``targets`` in the loss; the rest is that of ``partners``.
        place: int64 (B,) positions in the whole batch of the step; by default 0 to B - 1.
        part: number of this micro-batch in the step; 0 is the first one, or the whole batch.
    """

    inputs: Array | Activations
    targets: Array
    index: Array
    seed: int
    partners: Array | None = None
    own: float = 1.0
    place: Array = None  # type: ignore[assignment]
    part: int = 0

    def __post_init__(self) -> None:
        if self.place is None:
            object.__setattr__(self, "place", np.arange(len(self.index)))


TrainableParts = Literal["all", "norms", "biases"]
"""What may move of stages that are not frozen: everything, scales and shifts of norms, biases."""
BatchNormMode = Literal["train", "eval", "affine"]
"""BatchNorm of stages that are not frozen: as in training; frozen; statistics frozen, scale and
shift trainable."""


@dataclass(frozen=True)
class StepPlan:
    """What an engine needs to know before the first step.

    Args:
        task: what comes out; selects the loss.
        optimizer: ``adamw`` (beta 0.9 and 0.999, eps 1e-8) or ``sgd`` (momentum below).
        weight_decay: decoupled; applied to tensors of two or more dimensions only, never to a bias or a
            norm.
        momentum: of ``sgd``.
        clip_norm: largest global gradient norm; 0 turns clipping off.
        class_weights: float32 (classes,) or None.
        label_smoothing: 0..1, classification only.
        augment: ``none``, ``light``, ``standard`` or ``strong``; always ``none`` for texts.
        flip: whether a horizontal flip keeps the meaning of an image.
        precision: ``auto``, ``float32`` or ``bfloat16`` for the forward pass; weights stay float32.
        seed: of the run.
    """

    task: Task
    optimizer: str = "adamw"
    weight_decay: float = 0.05
    momentum: float = 0.9
    clip_norm: float = 1.0
    class_weights: Array | None = None
    label_smoothing: float = 0.0
    augment: str = "none"
    flip: bool = False
    precision: str = "auto"
    seed: int = 0
    stage_rates: tuple[float, ...] = ()
    """Share of the backbone's rate that each stage of the chain takes; empty: all take it whole."""
    loss: str = "auto"
    """``auto``: as the task states it. ``focal`` (arXiv:1708.02002), for classification and multi-label:
    every term -log p of the cross-entropy, p what the model gives to what is true, is taken (1 - p)^gamma
    times; class weights and the mean stay those of the cross-entropy."""
    focal_gamma: float = 2.0
    mix: str = "none"
    """``none``, ``mixup`` or ``cutmix``: images are mixed by :func:`zoo.core.protocols.mixup.mix_batch` after
    they are augmented and before a batch is cut in parts. The loss is that of the own targets, ``own``
    times, and that of the partners', each with its own divisor where classes have weights."""
    mix_alpha: float = 1.0
    ema: float | None = None
    """Decay of a moving average of the weights, by :func:`zoo.core.protocols.ema.ema_rate`; None: none is
    kept."""


class NativeHead(Protocol):
    """The head of a task in one framework, and its loss.

    ``Engine.heads`` and ``TaskRecord.native`` name classes of this kind, called without arguments. Tensors
    are the framework's own. A class that inherits from this one need write ``build`` and ``loss`` alone.
    """

    def build(self, width: int, task: Task, seed: int) -> Any:
        """Return a new native module, its weights drawn from ``seed`` alone.

        Called on what :meth:`select` gives, it gives float32 outputs (B, task.width). Small weights and no
        bias are best: the first outputs are nearly equal then, so the first loss is that of an honest "don't
        know" and early gradients do not tear at the backbone.

        Args:
            width: of the features of the tap that ``task.requires`` names.
            task: what comes out.
            seed: 64 bits.
        """
        ...

    def loss(self, plan: StepPlan, device: str) -> Callable[[Any, Any], Any]:
        """Return the loss: float32 outputs and ``task.for_loss(targets)`` to a scalar with a gradient.

        It is the sum over the targets divided by ``task.mass(targets, plan.class_weights)``, as ``Task.loss``
        states it in numpy. An engine without automatic differentiation takes a pair: the loss, and its
        gradient by the outputs.

        Args:
            plan: with class weights, label smoothing and the focal loss, where the task has them.
            device: where outputs and targets lie, as the framework writes it.
        """
        ...

    def select(self, features: Any, prepared: Any) -> Any:
        """Return what the head takes of the features of its tap: all of them.

        Args:
            features: that the tap gave for ``prepared``.
            prepared: what ``backbone.prepare`` made of the inputs.
        """
        return features

    def lengths(self, inputs: Array) -> Array | None:
        """Return how many entries along axis 1 of :meth:`select` belong to each raw input, int64 (B,).

        The others are NaN. None: the features have no such axis.
        """
        return None

    def seen(self, outputs: Any, targets: Any, plan: StepPlan) -> float:
        """Return the share of the mass of ``targets`` that has outputs: all of it.

        Where inputs are cut off, only the forward pass tells which targets the loss is the mean of.
        """
        return 1.0


@dataclass(frozen=True)
class LearningRates:
    """Learning rates of one step."""

    head: float
    backbone: float


class BackboneAdapter(Protocol):
    """One live model in one engine. Having these methods is enough; nothing is inherited."""

    backbone: Backbone
    follows: frozenset[str]
    """What the engine does of that which not every engine has to: ``focal`` (``StepPlan.loss``), ``mix``.
    Optional: of an engine without this attribute none is asked, and the core says so."""

    @property
    def native(self) -> Any:
        """The framework's own module, head included: the way out for what zoo does not cover."""
        ...

    @property
    def device(self) -> str:
        """Where it computes, as the framework writes it: ``cpu``, ``cuda:0``."""
        ...

    def freeze(
        self, stages: int, *, only: TrainableParts = "all", norms: BatchNormMode = "train"
    ) -> FreezeReport:
        """Freeze the first ``stages`` stages of the chain completely, and make the others trainable.

        Frozen means: no gradient, no update of running statistics, no dropout, whatever mode the native
        module is put in later. A tensor named in ``backbone.loaded.fresh`` stays trainable.

        Args:
            stages: number of links.
            only: what of the other links may move by a gradient.
            norms: what BatchNorm does in them. Both optional: an engine without these arguments is asked for
                the defaults alone.

        Raises:
            ConfigError: ``only`` leaves nothing in the backbone to train.
        """
        ...

    def lora(self, rank: int, seed: int) -> FreezeReport:
        """Freeze all stages and add trainable low-rank adapters to the linear layers.

        Optional: an engine without this method trains no adapters, and the core says so.
        """
        ...

    def merge(self) -> None:
        """Fold the adapters into the weights: names and shapes are again those of before ``lora``.

        Goes with ``lora``. The outputs stay the same to rounding.
        """
        ...

    def replace_head(self, task: Task, seed: int) -> None:
        """Put a new head of ``task.width`` outputs on the features; the old one is gone."""
        ...

    def begin(self, plan: StepPlan) -> None:
        """Build loss and optimizer for the tensors that are trainable now."""
        ...

    def step(self, batch: Batch, rates: LearningRates, *, parts: int = 1) -> float:
        """Run one optimizer step and return the mean loss of the batch before it.

        Args:
            batch: at least ``parts`` examples.
            rates: of this step.
            parts: into how many micro-batches, of like size, the batch is cut
                (:func:`zoo.core.protocols.microbatches.micro_batches`); their gradients are added up, so the
                step is that of the whole batch, with the same augmented images, but for what looks across
                examples (BatchNorm) and for dropout. Optional: an engine without it is never asked again when
                memory runs out.

        Raises:
            NonFiniteError: loss or gradient norm is not finite; nothing was changed.
            OutOfMemory: nothing was changed.
        """
        ...

    def average(self, on: bool) -> None:
        """Put the moving average of the weights in their place; or the live ones back, to the last bit.

        The average begins, with ``begin``, as the weights of then, and moves once in each step. It is kept
        of all that is trained, and of the statistics that a step moves (those of a float type), which belong
        to those weights. While it is on, ``infer``, ``weights`` and the like see it, and ``step`` is
        refused; ``begin``, ``freeze`` and ``set_weights`` turn it off. ``state`` holds it. Off where it is
        off already, it does nothing. Optional: an engine without this method is never given
        ``StepPlan.ema``.

        Raises:
            ConfigError: on, and no average is kept.
        """
        ...

    def infer(self, inputs: Array | Activations) -> Array:
        """Raw outputs of the head, float32 (B, task.width); evaluation mode, no augmentation.

        For a task that requires tokens (B, W, task.width), W words of the longest text of the batch, NaN
        where a text has no further word or a word was cut off.
        """
        ...

    def embed(self, inputs: Array) -> Array:
        """Return features, float32 (B, features.width); evaluation mode."""
        ...

    def run(self, inputs: Array, cut: int | None = 0) -> Array:
        """Return features computed by ``backbone.run`` in two parts, divided at boundary ``cut`` (0: in one
        part).

        None is the module itself, computed in the way of the parts (without compiling, say, where ``embed``
        compiles). Every ``cut`` in ``backbone.cuts``, and 0, equals it bit for bit; ``embed`` may differ from
        it in the last digits. Only called where ``backbone.run`` is not None.
        """
        ...

    def cross(self, inputs: Array, cut: int) -> Activations:
        """Return what the first ``cut`` stages make of a raw batch, in evaluation mode; each example by
        itself.

        Goes back to ``step`` and ``infer`` in place of the inputs: for frozen stages they then do the same as
        with the inputs themselves, without computing those stages. ``cut`` is one of ``backbone.cuts``, or
        the length of the chain, which gives the features that the head takes. Optional: for an engine without
        this method the core computes frozen stages again at every epoch.
        """
        ...

    def views(self, inputs: Array, plan: StepPlan, seeds: Array) -> Array:
        """Augmented images, uint8 (B, H, W, C) to the same, by ``plan.augment`` and ``plan.flip``; each
        drawn from its own seed, int64 (B,), whatever stands next to it in the batch. Goes with ``cross``."""
        ...

    def set_head(self, weight: Array, bias: Array) -> None:
        """Set the head, linear on the features: float32 (task.width, features.width) and (task.width,).

        Optional: for an engine without this method heads are always trained by gradient.
        """
        ...

    def prepared(self, inputs: Array) -> Array | Mapping[str, Array]:
        """Return what ``backbone.prepare`` makes of a raw batch, for checks: images as float32 numpy; texts
        as an array with a row for each, or a mapping of names to such arrays (token numbers, mask)."""
        ...

    def peak_memory(self) -> int | None:
        """Return bytes of its accelerator's memory at their largest so far; None where it computes in main
        memory.

        Optional: without this method a report does not tell.
        """
        ...

    def tensors(self) -> list[TensorFact]:
        """Return all tensors of the state, in order: backbone by stage, then head."""
        ...

    def weights(self) -> dict[str, Array]:
        """Copies of all tensors by name, ``backbone.`` or ``head.`` in front."""
        ...

    def set_weights(self, weights: Mapping[str, Array]) -> None:
        """Put back what ``weights`` gave; names and shapes must agree exactly, or IntegrityError."""
        ...

    def state(self) -> dict[str, Array]:
        """Copies of the optimizer's state by name; with ``weights`` enough to go on identically."""
        ...

    def restore(self, state: Mapping[str, Array]) -> None:
        """Put back what ``state`` gave, after ``begin``."""
        ...


class EngineProtocol(Protocol):
    """A framework that can train. One object, made once per process."""

    def devices(self) -> Iterable[str]:
        """Devices that ``load`` accepts, best first; ``auto`` takes the first."""
        ...

    def versions(self) -> dict[str, str]:
        """Library versions to record in a run."""
        ...

    def seed(self, seed: int) -> None:
        """Seed the framework's random state; called before a source initialises weights."""
        ...

    def load(self, backbone: Backbone, *, device: str = "auto") -> BackboneAdapter:
        """Take over a backbone: move it to the device, all stages trainable, no head yet.

        Raises:
            PluginError: the chain does not cover the module's tensors exactly once.
            ConfigError: no such device.
        """
        ...
