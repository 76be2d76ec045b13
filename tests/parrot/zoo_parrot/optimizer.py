"""AdamW and SGD over named arrays."""

import numpy as np

from zoo.errors import IntegrityError

_BETA1, _BETA2, _EPS = 0.9, 0.999, 1e-8


class Optimizer:
    """Updates ``parameters`` (live arrays by name) in place; every one is in exactly one group."""

    def __init__(self, parameters, plan):
        self._parameters, self._plan = parameters, plan
        fields = ("momentum",) if plan.optimizer == "sgd" else ("mean", "square")
        self._state = {f"{n}/{f}": np.zeros_like(p) for n, p in parameters.items() for f in fields}
        self._state["steps"] = np.zeros((), np.int64)

    def group_of(self, name):
        """``head/decay`` say; vectors are not shrunk, their scale carries meaning. None: not updated."""
        if name not in self._parameters:
            return None
        part = "head" if name.startswith("head.") else "backbone"
        return f"{part}/decay" if self._decays(name) else f"{part}/no-decay"

    def _decays(self, name):
        return self._parameters[name].ndim >= 2 and self._plan.weight_decay > 0

    def step(self, gradients, rates):
        """One update."""
        self._state["steps"] += 1
        steps = int(self._state["steps"])
        for name, parameter in self._parameters.items():
            rate = rates.head if name.startswith("head.") else rates.backbone
            if self._decays(name):
                parameter *= 1 - rate * self._plan.weight_decay
            gradient = gradients[name]
            if self._plan.optimizer == "sgd":
                momentum = self._state[f"{name}/momentum"]
                momentum[...] = self._plan.momentum * momentum + gradient
                parameter -= rate * momentum
            else:
                mean, square = self._state[f"{name}/mean"], self._state[f"{name}/square"]
                mean += (1 - _BETA1) * (gradient - mean)
                square += (1 - _BETA2) * (gradient * gradient - square)
                root = np.sqrt(square / (1 - _BETA2**steps)) + _EPS
                parameter -= rate / (1 - _BETA1**steps) * mean / root

    def state(self):
        """Copies of all that is remembered."""
        return {name: value.copy() for name, value in self._state.items()}

    def restore(self, state):
        """Put back :meth:`state`."""
        if state.keys() != self._state.keys():
            raise IntegrityError("the optimizer's state is of another run")
        for name, value in state.items():
            self._state[name][...] = value
