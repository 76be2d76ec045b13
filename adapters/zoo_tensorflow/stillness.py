"""Freezing that holds: a frozen layer computes as in inference, whoever calls it in training mode."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

import keras
import tensorflow as tf

from zoo.seams.adapter import Norms, Only
from zoo.seams.backbone import Stage
from zoo.seams.chain import Holding, assign, demand_known
from zoo_tensorflow.tensors import layers_of, raw, variables_of


class Still:
    """Mixed into the class of a frozen layer: ``training`` is False at every call.

    Moving statistics, dropout and stochastic depth all hang on that argument; ``trainable = False`` alone
    stops only the statistics of BatchNormalization.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute as in inference."""
        if self._call_has_training_arg:  # type: ignore[attr-defined]
            kwargs["training"] = False
        return super().__call__(*args, **kwargs)  # type: ignore[misc]


_still_classes: dict[type, type] = {}


def hold_still(layer: Any) -> None:
    """Keep a Keras layer in inference until :func:`release`; its children are not touched."""
    kind = type(layer)
    if not issubclass(kind, Still):
        if kind not in _still_classes:
            _still_classes[kind] = type(kind.__name__, (Still, kind), {"__module__": kind.__module__})
        # Past Keras' own __setattr__, which looks for state in every value that it is given.
        object.__setattr__(layer, "__class__", _still_classes[kind])


def release(layer: Any) -> None:
    """Undo :func:`hold_still`."""
    kind = type(layer)
    if issubclass(kind, Still):
        object.__setattr__(layer, "__class__", kind.__mro__[2])


def _quicken(layer: Any) -> None:
    """Let moving statistics follow by a tenth in each step, as torch's do.

    Keras Applications move them by 1 %, some by 0.1 %: after a run of a hundred steps the weights would have
    learned and the statistics, by which the model is evaluated, would still be those of before.
    """
    if isinstance(layer, keras.layers.BatchNormalization):
        layer.momentum = min(layer.momentum, 0.9)


class Freezer:
    """Knows which stage owns every tensor and layer of a backbone, and holds stages still.

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
        self.stage_of = assign(self.variables, stages)
        demand_known(fresh, self.stage_of)
        self._layers = layers_of(module)
        trained = {id(raw(variable)) for variable in module.trainable_variables}
        self.parameters = {name for name, variable in self.variables.items() if id(variable) in trained}
        """Names of the tensors that gradients may change; the others are statistics and constants."""
        self.held: Set[str] = set()
        self.still = False
        """Whether the whole module is held."""

    def hold(self, count: int, only: Only = "all", norms: Norms = "train") -> None:
        """Hold the first ``count`` stages still and release of the others what ``only`` and ``norms`` say."""
        holding = Holding(self.stage_of, self._stages, self._fresh, count)
        self.still = holding.whole("")
        told = {
            path
            for path, layer in self._layers.items()
            if norms != "train" and self._statistical(path, layer)
        }
        loose = {
            name
            for name in self.parameters
            if not self._free(name, only) or (norms == "eval" and name.rpartition(".")[0] in told)
        }
        statistics = {
            name for name in self.variables if name not in self.parameters and name.rpartition(".")[0] in told
        }
        self.held = holding.tensors | ((loose | statistics) - self._fresh)
        # Parents come first, and each layer is told by itself: told by the outermost one alone, statistics of
        # a layer that was held twice stayed still when it was released.
        for path, layer in self._layers.items():
            layer.trainable = not holding.whole(path)
            if holding.whole(path) or path in told:
                hold_still(layer)
            else:
                release(layer)
                _quicken(layer)

    def _free(self, name: str, only: Only) -> bool:
        path, _, last = name.rpartition(".")
        if only == "norms":
            return path in self._layers and is_norm(self._layers[path])
        # Keras calls the bias of a norm beta.
        norm = path in self._layers and is_norm(self._layers[path])
        return only == "all" or last == "bias" or (last == "beta" and norm)

    def _statistical(self, path: str, layer: Any) -> bool:
        """Whether a layer follows statistics of batches, and has not to begin anew with them."""
        own = {name for name in self.variables if name.rpartition(".")[0] == path}
        return isinstance(layer, keras.layers.BatchNormalization) and not own & self._fresh

    def trainable(self) -> dict[str, tf.Variable]:
        """The tensors that a step may change by a gradient, by name."""
        return {
            name: variable
            for name, variable in self.variables.items()
            if name in self.parameters and name not in self.held
        }

    def moving(self) -> dict[str, tf.Variable]:
        """The tensors that a forward pass in training mode may change, by name: free ones that take no
        gradient."""
        return {
            name: variable
            for name, variable in self.variables.items()
            if name not in self.parameters and name not in self.held
        }


def is_norm(layer: Any) -> bool:
    """Whether a layer normalises: Keras' own, and those of others, which say so in their names."""
    return any("Norm" in kind.__name__ for kind in type(layer).__mro__)
