"""AdamW and SGD by TensorFlow's fused kernels, with one rate for the head and one for the backbone.

The formulas are those of torch.optim, to the placing of epsilon: a setting means the same in every engine.
Keras' own optimizers add epsilon before the bias correction, mix the learning rate into the momentum, and
know one rate only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from zoo.errors import IntegrityError
from zoo.plugin import StepPlan
from zoo_tensorflow.tensors import last_of

Array = np.ndarray[Any, np.dtype[Any]]
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


class Optimizer:
    """AdamW or SGD over named variables; every one in exactly one group.

    Args:
        variables: what is trained, by name; names that begin with ``head.`` take the head's rate.
        plan: of the phase.
        stage_of: stage of each tensor of the backbone, by its own name; for rates by stage.
        spared: tensors of the backbone, by their own names, that weight decay leaves out.
    """

    def __init__(
        self,
        variables: Mapping[str, tf.Variable],
        plan: StepPlan,
        stage_of: Mapping[str, int],
        spared: Collection[str] = (),
    ):
        self.names = list(variables)
        self.variables = list(variables.values())
        self._decays = [
            variable.shape.rank >= 2
            and last_of(name) != "bias"
            and not (name.startswith("backbone.") and name.removeprefix("backbone.") in spared)
            and plan.weight_decay > 0
            for name, variable in variables.items()
        ]
        self._decay, self._momentum = plan.weight_decay, plan.momentum
        self._adaptive = plan.optimizer != "sgd"
        self._in_head = [name.startswith("head.") for name in self.names]
        self._stages = [
            None if head or not plan.stage_rates else stage_of[name.removeprefix("backbone.")]
            for name, head in zip(self.names, self._in_head, strict=True)
        ]
        self._shares = [1.0 if stage is None else plan.stage_rates[stage] for stage in self._stages]
        fields = ("exp_avg", "exp_avg_sq") if self._adaptive else ("momentum_buffer",)
        self._slots = {
            field: [tf.Variable(tf.zeros_like(variable), trainable=False) for variable in self.variables]
            for field in fields
        }
        self._count = tf.Variable(0, dtype=tf.int64, trainable=False)

    @property
    def group_of(self) -> dict[str, str]:
        """``head/decay``, ``head/no-decay``, ``backbone/decay`` or ``backbone/no-decay`` by name, with the
        number of the stage where stages have rates of their own.

        Biases, norms and other vectors are not shrunk: their scale carries meaning.
        """
        return {
            name: f"{'head' if head else 'backbone'}/{'decay' if decays else 'no-decay'}"
            + ("" if stage is None else f"/{stage}")
            for name, head, decays, stage in zip(
                self.names, self._in_head, self._decays, self._stages, strict=True
            )
        }

    def apply(self, gradients: Sequence[tf.Tensor | None], head: tf.Tensor, backbone: tf.Tensor) -> None:
        """Update every variable that has a gradient, at these rates; for use inside a compiled function."""
        count = tf.cast(self._count.assign_add(1), tf.float32)
        # Made once: a graph with constants of their own for each variable takes longer to build.
        beta_1, beta_2 = tf.constant(BETA_1), tf.constant(BETA_2)
        power_1, power_2 = tf.pow(beta_1, count), tf.pow(beta_2, count)
        # The kernel adds epsilon before the bias correction, torch after it.
        epsilon = EPSILON * tf.sqrt(1.0 - power_2)
        rates: dict[tuple[bool, float], tuple[tf.Tensor, tf.Tensor]] = {}
        for i, gradient in enumerate(gradients):
            if gradient is None:
                continue
            group = self._in_head[i], self._shares[i]
            if group not in rates:
                rate = (head if self._in_head[i] else backbone) * self._shares[i]
                rates[group] = rate, rate * self._decay
            rate, shrunk = rates[group]
            variable = self.variables[i]
            if self._decays[i]:
                variable.assign_sub(variable * shrunk)
            if self._adaptive:
                tf.raw_ops.ResourceApplyAdam(
                    var=variable.handle,
                    m=self._slots["exp_avg"][i].handle,
                    v=self._slots["exp_avg_sq"][i].handle,
                    beta1_power=power_1,
                    beta2_power=power_2,
                    lr=rate,
                    beta1=beta_1,
                    beta2=beta_2,
                    epsilon=epsilon,
                    grad=gradient,
                )
            else:
                tf.raw_ops.ResourceApplyMomentum(
                    var=variable.handle,
                    accum=self._slots["momentum_buffer"][i].handle,
                    lr=rate,
                    grad=gradient,
                    momentum=self._momentum,
                )

    def state(self) -> dict[str, Array]:
        """Copies, as ``name/field``, and the number of steps as ``step``."""
        found: dict[str, Array] = {"step": self._count.numpy().copy()}
        for field, slots in self._slots.items():
            for name, slot in zip(self.names, slots, strict=True):
                found[f"{name}/{field}"] = slot.numpy().copy()
        return found

    def restore(self, state: Mapping[str, Array]) -> None:
        """Put back :meth:`state`.

        Raises:
            IntegrityError: the state is that of other variables; nothing was changed.
        """
        own = self.state()
        wrong = sorted(set(state) ^ set(own))
        wrong += sorted(key for key in set(state) & set(own) if state[key].shape != own[key].shape)
        if wrong:
            raise IntegrityError(
                "the optimizer's state is of another run", why=f"it differs in {', '.join(wrong[:5])}"
            )
        self._count.assign(int(state["step"]))
        for field, slots in self._slots.items():
            for name, slot in zip(self.names, slots, strict=True):
                slot.assign(state[f"{name}/{field}"])
