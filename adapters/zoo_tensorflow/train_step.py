"""One training step, compiled once: augment, forward, look at the loss, backward, clip, update."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf

from zoo.errors import ConfigError, NonFiniteError, OutOfMemory
from zoo.plugin import Activations, Backbone, Batch, ImageInput, LearningRates, StepPlan, engines
from zoo_tensorflow.activations import stored
from zoo_tensorflow.augment import NUMBERS, Augment, numbers_of
from zoo_tensorflow.compiling import compiled
from zoo_tensorflow.ema import Average
from zoo_tensorflow.freezing import Freezer
from zoo_tensorflow.frozen_layers import single_example
from zoo_tensorflow.heads import Loss
from zoo_tensorflow.network import Network
from zoo_tensorflow.numpy_bridge import native, signature
from zoo_tensorflow.optimizer import Optimizer
from zoo_tensorflow.out_of_memory import SHORT, out_of_memory
from zoo_tensorflow.tensors import layers_of, outer_seeds, seeds_of, variables_of

Array = np.ndarray[Any, np.dtype[Any]]


class TrainStep:
    """Everything that a step needs, built once for the tensors that are trainable now.

    Args:
        network: backbone and head.
        backbone: what the source said of it.
        freezer: which tensors are trainable, and which move.
        plan: of the steps.
        loss: of the task, as the plan has it.
        gains: by what to multiply the moves of moving statistics, by name; see
            :mod:`zoo_tensorflow.statistics`.
    """

    def __init__(
        self,
        network: Network,
        backbone: Backbone,
        freezer: Freezer,
        plan: StepPlan,
        loss: Loss,
        gains: Mapping[str, float],
    ):
        if plan.precision == "bfloat16":
            raise ConfigError(
                "the tensorflow engine computes in float32",
                why="the float type of a Keras layer or SavedModel is fixed when it is built",
                hint="leave train.precision at auto",
            )
        assert network.head is not None
        trained = {f"backbone.{name}": variable for name, variable in freezer.trainable().items()}
        trained |= {f"head.{name}": variable for name, variable in variables_of(network.head).items()}
        _require_float32(trained)
        self.optimizer = Optimizer(
            trained, plan, freezer.stage_of, engines.exempt_from_decay(network.backbone, freezer.stage_of)
        )
        self._network, self._backbone, self._plan = network, backbone, plan
        moving = {f"backbone.{name}": variable for name, variable in freezer.moving().items()}
        self._moving = list(moving.values())
        self._slow = [(moving[f"backbone.{name}"], gain) for name, gain in gains.items()]
        # Statistics belong to the weights under which they were taken, so they are averaged too.
        followed = trained | {name: one for name, one in moving.items() if one.dtype.is_floating}
        self.average = None if plan.ema is None else Average(followed, plan.ema)
        self._loss = loss
        self._augment = None
        if isinstance(backbone.input, ImageInput):
            self._augment = Augment(plan.augment, plan.flip, backbone.input)
        self._seeds = seeds_of(network.backbone)
        self._outer = outer_seeds(network.backbone)
        self._layers = layers_of(network.backbone)
        self._steps: dict[Any, Any] = {}
        self._sums: list[tf.Variable] = []
        self._reached: list[bool] = []
        self._finish: Any = None
        self._views: Any = None
        self._copied = compiled(lambda: [tf.identity(one) for one in self._moving]) if self._moving else list

    def __call__(self, batch: Batch, rates: LearningRates, parts: int = 1) -> float:
        """The mean loss before the update.

        All randomness comes from ``batch.seed``, the positions of the examples and the number of the
        micro-batch, so a step can be repeated exactly, and the caller's random state is left alone.

        Raises:
            NonFiniteError: loss or gradient norm is not finite; nothing was changed.
            OutOfMemory: nothing was changed.
        """
        # The forward pass moves statistics before the loss is known.
        before = self._copied()
        head, backbone = tf.constant(rates.head, tf.float32), tf.constant(rates.backbone, tf.float32)
        try:
            if self._plan.mix != "none":
                batch = engines.mix_batch(batch, self._view(batch), self._plan)
            if parts == 1:
                given = self._given(batch)
                loss, norm = self._ready(batch, "whole", given[1])(*given, head, backbone)
            else:
                loss, norm = self._in_pieces(batch, parts, head, backbone)
            engines.require_finite(float(loss), "loss")
            engines.require_finite(float(norm), "gradient norm")
        except (*SHORT, NonFiniteError) as error:
            for variable, old in zip(self._moving, before, strict=True):
                variable.assign(old)
            if isinstance(error, NonFiniteError) or not out_of_memory(error):
                raise
            why = str(error).partition("\n")[0][:200]
            raise OutOfMemory("memory ran out in a training step", why=why) from None
        if self.average is not None:
            self.average.move()
        return float(loss)

    def state(self) -> dict[str, Array]:
        """Of the optimizer, and of the average where one is kept."""
        return self.optimizer.state() | (self.average.state() if self.average is not None else {})

    def restore(self, state: Mapping[str, Array]) -> None:
        """Put back :meth:`state`."""
        if self.average is not None:
            state, average = engines.split_ema(state)
            self.average.restore(average)
        self.optimizer.restore(state)

    def _view(self, batch: Batch) -> Array:
        """Return the images of a whole batch, uint8 (B, H, W, C), augmented."""
        if self._augment is None or self._plan.augment == "none":
            return np.asarray(batch.inputs)
        if self._views is None:
            form = signature(self._backbone.input, batch.inputs.ndim)
            self._views = compiled(self._augment, [form, tf.TensorSpec([None, NUMBERS], tf.float32)])
        return np.asarray(self._views(native(batch.inputs), self._numbers(batch)))

    def _numbers(self, batch: Batch) -> tf.Tensor:
        """Random numbers of each example, for the augmentation."""
        if self._augment is None:
            return tf.zeros((len(batch.index), NUMBERS))
        return tf.constant(numbers_of(engines.example_seeds(batch.seed, batch.place)))

    def _draws(self, batch: Batch) -> tf.Tensor:
        """Random numbers of a micro-batch, for each seed."""
        seed = engines.part_seed(batch.seed, batch.part)
        draws = np.random.SeedSequence(seed).generate_state(2 * len(self._seeds))
        return tf.constant(draws.reshape(-1, 2))

    def _given(self, batch: Batch, shares: tuple[float, ...] | None = None) -> tuple[tf.Tensor, ...]:
        """Return inputs, targets, random numbers of examples and of seeds, and shares of a micro-batch or
        the whole.

        Targets have an axis in front: the own ones, and where images are mixed their partners'.
        """
        part_seed = engines.part_seed(batch.seed, batch.part)
        # They are no variables of the compiled functions, which would not see them change in between.
        for place, seed in enumerate(self._outer):
            numbers = np.random.SeedSequence([part_seed, place]).generate_state(2)
            seed.assign(numbers.view(np.int32))
        inputs, wanted, whole = batch.inputs, [batch.targets], (batch.own,)
        if batch.partners is not None:
            wanted, whole = [*wanted, batch.partners], (batch.own, 1.0 - batch.own)
        native_inputs = tf.constant(stored(inputs)) if isinstance(inputs, Activations) else native(inputs)
        targets = tf.constant(np.stack([self._plan.task.for_loss(one) for one in wanted]))
        random = self._numbers(batch), self._draws(batch)
        return native_inputs, targets, *random, tf.constant(shares or whole, tf.float32)

    def _in_pieces(
        self, batch: Batch, parts: int, head: tf.Tensor, backbone: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Loss and gradient norm of a batch whose gradients are added up piece by piece."""
        if not self._sums:
            variables = self.optimizer.variables
            self._sums = [tf.Variable(tf.zeros_like(variable), trainable=False) for variable in variables]
        for one in self._sums:
            one.assign(tf.zeros_like(one))
        loss = tf.constant(0.0)
        for piece, shares in engines.micro_batches(batch, parts, self._plan):
            given = self._given(piece, shares)
            loss += self._ready(piece, "piece", given[1])(*given)
        if self._finish is None:
            rate = tf.TensorSpec([], tf.float32)
            self._finish = compiled(self._update_from_sums, [rate, rate, rate])
        return loss, self._finish(loss, head, backbone)

    def _ready(self, batch: Batch, way: str, targets: tf.Tensor) -> Any:
        """Return the compiled function of such batches, of any size: a ``whole`` step, or a ``piece`` of
        one."""
        inputs = batch.inputs
        # One term of the loss for each row: any batch, and any entries of a target.
        wanted = tf.TensorSpec([targets.shape[0], *[None] * (targets.ndim - 1)], targets.dtype)
        # A batch of one has a function of its own, in which norms see that it is alone.
        count = 1 if len(batch.index) == 1 else None
        rest: Callable[..., tf.Tensor] | None = None
        if isinstance(inputs, Activations):
            shape = stored(inputs).shape[1:]
            key: Any = way, count, wanted, inputs.cut, shape
        else:
            key = way, count, wanted, inputs.ndim
        if key not in self._steps:
            if isinstance(inputs, Activations):
                form = tf.TensorSpec([count, *shape], tf.float32)
                rest = self._network.rest(self._backbone, inputs.cut)
            else:
                form = signature(self._backbone.input, inputs.ndim, count)
            alone = nullcontext() if count is None else single_example(list(self._layers.values()))
            with alone:
                self._steps[key] = self._compiled(form, wanted, rest, way)
        return self._steps[key]

    def _compiled(
        self,
        form: tf.TensorSpec,
        wanted: tf.TensorSpec,
        rest: Callable[..., tf.Tensor] | None,
        way: str,
    ) -> Any:
        """Return a function of raw inputs, or of what enters ``rest``, and of such targets."""
        number, shares = tf.TensorSpec([], tf.float32), tf.TensorSpec(wanted.shape[:1], tf.float32)
        draws = tf.TensorSpec([len(self._seeds), 2], tf.uint32)
        numbers = tf.TensorSpec([form.shape[0], NUMBERS], tf.float32)
        function = partial(self._compute if way == "whole" else self._add, rest)
        rates = [number, number] if way == "whole" else []
        given = [form, wanted, numbers, draws, shares, *rates]
        return compiled(function, given)

    def _gradients(
        self,
        rest: Callable[..., tf.Tensor] | None,
        inputs: Any,
        targets: tf.Tensor,
        numbers: tf.Tensor,
        draws: tf.Tensor,
        shares: tf.Tensor,
    ) -> tuple[tf.Tensor, list[tf.Tensor | None]]:
        """Return the loss, or the shares of it, and its gradients."""
        terms = targets.shape[0]
        for number, state in enumerate(self._seeds):
            state.assign(tf.cast(draws[number], state.dtype))
        if rest is None:
            # Mixed images were augmented before.
            if self._augment is not None and terms == 1:
                inputs = self._augment(inputs, numbers)
            inputs = self._backbone.prepare(inputs)
        compute = rest or self._network
        variables = self.optimizer.variables
        before = [variable.read_value() for variable, _ in self._slow]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(variables)
            outputs = compute(inputs, training=True)
            losses = [self._loss(outputs, targets[i]) * shares[i] for i in range(terms)]
            whole = tf.reduce_sum(shares)
            total = tf.add_n([*losses, *(one * whole for one in self._network.regularization())])
        for (variable, gain), old in zip(self._slow, before, strict=True):
            variable.assign(old + gain * (variable - old))
        gradients = [
            None if gradient is None else tf.convert_to_tensor(gradient)
            for gradient in tape.gradient(total, variables)
        ]
        return total, gradients

    def _compute(
        self,
        rest: Callable[..., tf.Tensor] | None,
        inputs: Any,
        targets: tf.Tensor,
        numbers: tf.Tensor,
        draws: tf.Tensor,
        shares: tf.Tensor,
        head: tf.Tensor,
        backbone: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        total, gradients = self._gradients(rest, inputs, targets, numbers, draws, shares)
        return total, self._update_by(gradients, total, head, backbone)

    def _add(
        self,
        rest: Callable[..., tf.Tensor] | None,
        inputs: Any,
        targets: tf.Tensor,
        numbers: tf.Tensor,
        draws: tf.Tensor,
        shares: tf.Tensor,
    ) -> tf.Tensor:
        """Add the gradients of a piece to the sums; its share of the loss."""
        total, gradients = self._gradients(rest, inputs, targets, numbers, draws, shares)
        self._reached = [gradient is not None for gradient in gradients]
        for one, gradient in zip(self._sums, gradients, strict=True):
            if gradient is not None:
                one.assign_add(gradient)
        return total

    def _update_from_sums(self, loss: tf.Tensor, head: tf.Tensor, backbone: tf.Tensor) -> tf.Tensor:
        """:meth:`_update_by` the sums; their norm."""
        found = [
            one.read_value() if reached else None
            for one, reached in zip(self._sums, self._reached, strict=True)
        ]
        return self._update_by(found, loss, head, backbone)

    def _update_by(
        self, gradients: list[tf.Tensor | None], loss: tf.Tensor, head: tf.Tensor, backbone: tf.Tensor
    ) -> tf.Tensor:
        """Clip and update where the loss and the norm of the gradients are finite; the norm."""
        norm = tf.linalg.global_norm(gradients)

        def update() -> tf.Tensor:
            self.optimizer.apply(self._clipped(gradients, norm), head, backbone)
            return tf.constant(True)

        finite = tf.math.is_finite(loss) & tf.math.is_finite(norm)
        tf.cond(finite, update, lambda: tf.constant(False))
        return norm

    def _clipped(self, gradients: list[tf.Tensor | None], norm: tf.Tensor) -> list[tf.Tensor | None]:
        clip = self._plan.clip_norm
        if clip <= 0:
            return gradients
        scale = tf.where(norm > clip, clip / (norm + 1e-6), 1.0)
        return [None if gradient is None else gradient * scale for gradient in gradients]


def _require_float32(trained: Mapping[str, tf.Variable]) -> None:
    """Refuse what the optimizer's kernels do not take, before the first step.

    Raises:
        ConfigError: a trainable tensor is of another type.
    """
    for name, variable in trained.items():
        if variable.dtype != tf.float32:
            raise ConfigError(
                f"{name} is {variable.dtype.name}; the tensorflow engine trains float32",
                hint="freeze its stage, or take the model in float32",
            )
