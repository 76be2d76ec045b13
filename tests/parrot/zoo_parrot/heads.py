"""The heads of the engine: a linear link, and the loss of each with its gradient written out."""

from functools import partial

import numpy as np

from zoo.plugin import NativeHead
from zoo_parrot.network import Linear


class LinearHead(NativeHead):
    """A linear map of the features; its weights are drawn from the seed alone."""

    def build(self, width, task, seed):
        weight = np.random.default_rng(seed).normal(0, 0.01, (width, task.width))
        return Linear(weight.astype(np.float32), np.zeros(task.width, np.float32))

    def loss(self, plan, device):
        """A function of outputs (B, width) and targets: the loss, and its gradient by the outputs."""
        return partial(self.value, plan)


class Softmax(LinearHead):
    """One class of several: the cross-entropy."""

    def value(self, plan, outputs, targets):
        count, classes = outputs.shape
        weights = np.ones(classes) if plan.class_weights is None else plan.class_weights
        wanted = np.full((count, classes), plan.label_smoothing / classes)
        wanted[np.arange(count), targets] += 1 - plan.label_smoothing
        wanted = wanted * weights / weights[targets].sum()
        shifted = outputs - outputs.max(1, keepdims=True)
        log_p = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
        return -(wanted * log_p).sum(), np.exp(log_p) * wanted.sum(1, keepdims=True) - wanted


class Sigmoid(LinearHead):
    """Labels that are present or not: the binary cross-entropy."""

    def value(self, plan, outputs, targets):
        positive = 1.0 if plan.class_weights is None else plan.class_weights
        p = 0.5 * (1 + np.tanh(outputs / 2))
        loss = positive * targets * np.logaddexp(0, -outputs) + (1 - targets) * np.logaddexp(0, outputs)
        return loss.mean(), (positive * targets * (p - 1) + (1 - targets) * p) / outputs.size


class Numbers(LinearHead):
    """Numbers in standard units: the squared error."""

    def value(self, plan, outputs, targets):
        error = outputs - targets
        return np.square(error).mean(), 2 * error / error.size
