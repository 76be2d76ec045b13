"""One training step, compiled once: augment, forward, look at the loss, backward, clip, update."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf

from zoo.errors import ConfigError
from zoo.records import ImageInput
from zoo.seams.adapter import Batch, Rates, StepPlan
from zoo.seams.backbone import Backbone
from zoo.seams.crossing import Crossing
from zoo.seams.demands import demand_finite
from zoo_tensorflow.augment import Augment
from zoo_tensorflow.crossing import stored
from zoo_tensorflow.heads import build_loss
from zoo_tensorflow.network import Network
from zoo_tensorflow.optimizer import Optimizer
from zoo_tensorflow.raw import native, signature
from zoo_tensorflow.stillness import Freezer
from zoo_tensorflow.tensors import seeds_of, variables_of

Array = np.ndarray[Any, np.dtype[Any]]


class Update:
    """Everything that a step needs, built once for the tensors that are trainable now."""

    def __init__(self, network: Network, backbone: Backbone, freezer: Freezer, plan: StepPlan):
        if plan.precision == "bfloat16":
            raise ConfigError(
                "the tensorflow engine computes in float32",
                why="the float type of a Keras layer or SavedModel is fixed when it is built",
                mend="leave train.precision at auto",
            )
        assert network.head is not None
        trained = {f"backbone.{name}": variable for name, variable in freezer.trainable().items()}
        trained |= {f"head.{name}": variable for name, variable in variables_of(network.head).items()}
        self.optimizer = Optimizer(trained, plan)
        self._network, self._backbone, self._plan = network, backbone, plan
        self._moving = freezer.moving()
        self._loss = build_loss(plan)
        self._augment = None
        if isinstance(backbone.input, ImageInput):
            self._augment = Augment(plan.augment, plan.flip, backbone.input)
        self._seeds = [*seeds_of(network.backbone), *(self._augment.seeds if self._augment else ())]
        self._steps: dict[Any, Any] = {}

    def __call__(self, batch: Batch, rates: Rates) -> float:
        """The mean loss before the update.

        All randomness of Keras layers comes from ``batch.seed``, so a step can be repeated exactly, and the
        caller's random state is left alone.

        Raises:
            NonFiniteError: loss or gradient norm is not finite; nothing was changed.
        """
        inputs, step = self._ready(batch.inputs)
        draws = np.random.SeedSequence(batch.seed).generate_state(2 * len(self._seeds) + 2)
        targets = self._plan.task.for_loss(batch.targets)
        loss, norm = step(
            inputs,
            tf.constant(targets),
            tf.constant(draws.reshape(-1, 2)),
            tf.constant(rates.head, tf.float32),
            tf.constant(rates.backbone, tf.float32),
        )
        value = float(loss)
        demand_finite(value, "loss")
        demand_finite(float(norm), "gradient norm")
        return value

    def _ready(self, inputs: Array | Crossing) -> tuple[tf.Tensor, Any]:
        """The inputs as a tensor, and the step that takes such batches of any size."""
        if isinstance(inputs, Crossing):
            array = stored(inputs)
            key: Any = inputs.cut, array.shape[1:]
            if key not in self._steps:
                rest = self._network.rest(self._backbone, inputs.cut)
                self._steps[key] = self._compiled(tf.TensorSpec([None, *array.shape[1:]], tf.float32), rest)
            return tf.constant(array), self._steps[key]
        if inputs.ndim not in self._steps:
            form = signature(self._backbone.input, inputs.ndim)
            self._steps[inputs.ndim] = self._compiled(form, None)
        return native(inputs), self._steps[inputs.ndim]

    def _compiled(self, form: tf.TensorSpec, rest: Callable[..., tf.Tensor] | None) -> Any:
        """The step on raw inputs, or on what enters ``rest``."""
        classes = self._plan.task.kind == "classification"
        wanted = tf.TensorSpec([None], tf.int64) if classes else tf.TensorSpec([None, None], tf.float32)
        rate = tf.TensorSpec([], tf.float32)
        draws = tf.TensorSpec([len(self._seeds) + 1, 2], tf.uint32)
        compute = partial(self._compute, rest)
        compiled = tf.function(compute, input_signature=[form, wanted, draws, rate, rate], autograph=False)
        return compiled.get_concrete_function()

    def _compute(
        self,
        rest: Callable[..., tf.Tensor] | None,
        inputs: Any,
        targets: tf.Tensor,
        draws: tf.Tensor,
        head: tf.Tensor,
        backbone: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        for number, state in enumerate(self._seeds):
            state.assign(tf.cast(draws[number + 1], state.dtype))
        # The forward pass moves statistics before the loss is known.
        before = [tf.identity(variable) for variable in self._moving]
        if rest is None:
            if self._augment is not None:
                inputs = self._augment(inputs, tf.bitcast(draws[0], tf.int32))
            inputs = self._backbone.prepare(inputs)
        compute = rest or self._network
        variables = self.optimizer.variables
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(variables)
            loss = self._loss(compute(inputs, training=True), targets)
            total = tf.add_n([loss, *self._network.regularization()])
        gradients = [
            None if gradient is None else tf.convert_to_tensor(gradient)
            for gradient in tape.gradient(total, variables)
        ]
        norm = tf.linalg.global_norm(gradients)
        finite = tf.math.is_finite(total) & tf.math.is_finite(norm)

        def update() -> tf.Tensor:
            clip = self._plan.clip_norm
            scale = tf.where(norm > clip, clip / (norm + 1e-6), 1.0) if clip > 0 else None
            scaled = [g if g is None or scale is None else g * scale for g in gradients]
            self.optimizer.apply(scaled, head, backbone)
            return tf.constant(True)

        def undo() -> tf.Tensor:
            for variable, value in zip(self._moving, before, strict=True):
                variable.assign(value)
            return tf.constant(False)

        tf.cond(finite, update, undo)
        return total, norm
