"""The loss of each task and its gradient, written out."""

import numpy as np

from zoo.errors import ConfigError


def loss_and_gradient(plan, outputs, targets):
    """Mean loss of a batch as a float, and its gradient by ``outputs``, float32 (B, width)."""
    if plan.task.kind not in _LOSSES:
        raise ConfigError(f"the numpy engine has no loss for task {plan.task.kind!r}")
    loss, gradient = _LOSSES[plan.task.kind](plan, outputs.astype(np.float64), targets)
    return float(loss), gradient.astype(np.float32)


def _cross_entropy(plan, outputs, targets):
    count, classes = outputs.shape
    weights = np.ones(classes) if plan.class_weights is None else plan.class_weights
    wanted = np.full((count, classes), plan.label_smoothing / classes)
    wanted[np.arange(count), targets] += 1 - plan.label_smoothing
    wanted = wanted * weights / weights[targets].sum()
    shifted = outputs - outputs.max(1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
    return -(wanted * log_p).sum(), np.exp(log_p) * wanted.sum(1, keepdims=True) - wanted


def _binary_cross_entropy(plan, outputs, targets):
    positive = 1.0 if plan.class_weights is None else plan.class_weights
    p = 0.5 * (1 + np.tanh(outputs / 2))
    loss = positive * targets * np.logaddexp(0, -outputs) + (1 - targets) * np.logaddexp(0, outputs)
    return loss.mean(), (positive * targets * (p - 1) + (1 - targets) * p) / outputs.size


def _squares(plan, outputs, targets):
    error = outputs - targets
    return np.square(error).mean(), 2 * error / error.size


_LOSSES = {
    "classification": _cross_entropy,
    "multi-label": _binary_cross_entropy,
    "regression": _squares,
}
