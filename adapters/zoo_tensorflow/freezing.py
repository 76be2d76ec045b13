"""Freezing: a frozen layer computes as in inference, also when it is called in training mode."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

import keras
import tensorflow as tf

from zoo.plugin import BatchNormMode, Stage, TrainableParts, engines
from zoo_tensorflow.frozen_layers import hold_still, release
from zoo_tensorflow.statistics import MOMENTUM
from zoo_tensorflow.tensors import last_of, layers_of, owner_of, raw, variables_of

SHIFTS = ("bias", "biases", "beta")
"""How Keras, and older SavedModels, call biases; beta is that of a norm."""


def _quicken(layer: Any) -> None:
    """Let moving statistics follow by a tenth in each step, as torch's do (:mod:`zoo_tensorflow.statistics`
    does it for modules without layers).

    Keras Applications move them by 1%, some by 0.1%: after a run of a hundred steps the weights would have
    learned while the statistics, by which the model is evaluated, stayed those of before.
    """
    if isinstance(layer, keras.layers.BatchNormalization):
        layer.momentum = min(layer.momentum, MOMENTUM)


class Freezer:
    """Knows which stage owns every tensor and layer of a backbone, and freezes stages.

    Args:
        module: the backbone.
        stages: its chain.
        fresh: names of tensors that no file filled; they and the layers around them are never held.

    Raises:
        PluginError: the chain does not cover the module's tensors exactly once, or ``fresh`` names others.
    """

    def __init__(self, module: Any, stages: tuple[Stage, ...], fresh: Set[str]):
        self._stages, self._fresh = stages, fresh
        self.variables = variables_of(module)
        self.stage_of = engines.owners_of(self.variables, stages)
        engines.require_known_tensors(fresh, self.stage_of)
        self._layers = layers_of(module)
        trained = {id(raw(variable)) for variable in module.trainable_variables}
        self.parameters = {name for name, variable in self.variables.items() if id(variable) in trained}
        """Names of the tensors that gradients may change; the others are statistics and constants."""
        self._norms = {path for path, layer in self._layers.items() if is_norm(layer)}
        self._statistical = {path for path, layer in self._layers.items() if follows_batches(layer)}
        if not self._layers:
            # A SavedModel has no layers to ask, only the names that Keras gave its tensors.
            kept = self.variables.keys() - self.parameters
            found = {owner_of(name) for name in kept if last_of(name).startswith("moving_")}
            self._norms = self._statistical = found
        self.held: Set[str] = set()
        self.still = False
        """Whether the whole module is held."""
        self.quiet = False
        """Whether the whole module must be called as in inference, because its norms must be frozen and
        cannot be distinguished."""

    def hold(self, count: int, only: TrainableParts = "all", norms: BatchNormMode = "train") -> None:
        """Freeze the first ``count`` stages, and unfreeze of the others what ``only`` and ``norms`` say."""
        holding = engines.StageOwner(self.stage_of, self._stages, self._fresh, count)
        self.still = holding.whole("")
        self.quiet = not self._layers and norms != "train"
        fresh = {owner_of(name) for name in self._fresh}
        # A layer that has to begin again with its statistics is not held.
        told: Set[str] = set() if norms == "train" else self._statistical - fresh
        loose = {
            name
            for name in self.parameters
            if not self._free(name, only) or (norms == "eval" and self._of_norm(name, told))
        }
        statistics = {
            name
            for name in self.variables
            if name not in self.parameters and (self.quiet or owner_of(name) in told)
        }
        self.held = holding.tensors | ((loose | statistics) - self._fresh)
        # Parents come first, and each layer is set by itself: set by the outermost one alone, statistics of
        # a layer that was frozen twice stayed frozen when it was unfrozen.
        for path, layer in self._layers.items():
            layer.trainable = not holding.whole(path)
            if holding.whole(path) or path in told:
                hold_still(layer)
            else:
                release(layer)
                _quicken(layer)

    def _free(self, name: str, only: TrainableParts) -> bool:
        if only == "norms":
            return self._of_norm(name, self._norms)
        last = last_of(name)
        return only == "all" or (last in SHIFTS and (last != "beta" or owner_of(name) in self._norms))

    def _of_norm(self, name: str, norms: Set[str]) -> bool:
        # Beside a norm that has no layer to ask, other tensors may have names of the same scope.
        return owner_of(name) in norms and (bool(self._layers) or last_of(name) in ("gamma", "beta"))

    def trainable(self) -> dict[str, tf.Variable]:
        """Return the tensors that a step may change by a gradient, by name."""
        return {
            name: variable
            for name, variable in self.variables.items()
            if name in self.parameters and name not in self.held
        }

    def moving(self) -> dict[str, tf.Variable]:
        """Return the tensors that a forward pass in training mode may change, by name: free ones that take no
        gradient."""
        return {
            name: variable
            for name, variable in self.variables.items()
            if name not in self.parameters and name not in self.held
        }


def follows_batches(layer: Any) -> bool:
    """Return whether a layer moves statistics by those of the batches that it sees."""
    return isinstance(layer, keras.layers.BatchNormalization)


def is_norm(layer: Any) -> bool:
    """Return whether a layer normalises: Keras' own, and those of others, which say so in their names."""
    return any("Norm" in kind.__name__ for kind in type(layer).__mro__)
