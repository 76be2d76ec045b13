"""The layers and tensors of a module by name, Keras layer or SavedModel alike."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf


def layers_of(module: Any) -> dict[str, Any]:
    """Return every Keras layer by its path of layer names joined by dots, the module itself as an empty text.

    Empty where the module is no Keras layer.
    """
    found: dict[str, Any] = {}
    if isinstance(module, keras.Layer):
        _walk(module, "", found, set())
    return found


def variables_of(module: Any) -> dict[str, tf.Variable]:
    """Return every tensor of the saved state by name, as TensorFlow's own variables.

    Of Keras layers: path and the variable's own name, ``conv1.kernel``; seed generators are no weights. Of
    other modules: the names of ``module.variables``. A name that stands twice gets a number.
    """
    found: dict[str, tf.Variable] = {}
    if not isinstance(module, keras.Layer):
        for variable in module.variables:
            found[_free(variable.name.partition(":")[0], found)] = variable
        return found
    seen: set[int] = set()
    for path, layer in layers_of(module).items():
        inner = {id(v) for sub in _children(layer) for v in sub.weights}
        for variable in layer.weights:
            if id(variable) not in inner and id(variable) not in seen:
                seen.add(id(variable))
                name = f"{path}.{variable.name}" if path else variable.name
                found[_free(name, found)] = raw(variable)
    return found


def owner_of(name: str) -> str:
    """Return the path of what a tensor belongs to: ``conv1`` of ``conv1.kernel`` and of a SavedModel's
    ``conv1/kernel``."""
    return name[: max(name.rfind("."), name.rfind("/"), 0)]


def last_of(name: str) -> str:
    """Return a tensor's own name: ``kernel``."""
    return name[max(name.rfind("."), name.rfind("/")) + 1 :]


def raw(variable: Any) -> tf.Variable:
    """TensorFlow's variable behind a Keras one."""
    return variable if isinstance(variable, tf.Variable) else variable.value


def seeds_of(module: Any) -> list[tf.Variable]:
    """Return the state of every seed generator in a Keras module, uint32 (2,) each: what its dropout draws
    from."""
    found: dict[int, tf.Variable] = {}
    for layer in layers_of(module).values():
        for generator in getattr(layer, "_seed_generators", ()):
            state = raw(generator.state)
            found[id(state)] = state
    return list(found.values())


def outer_seeds(module: Any) -> list[Any]:
    """Return what a module that is no Keras layer draws from besides its variables: ``module.seeds``, each
    with ``assign`` of int32 (2,) that holds for the calls that follow."""
    return [] if isinstance(module, keras.Layer) else list(getattr(module, "seeds", ()))


def _walk(layer: Any, path: str, found: dict[str, Any], seen: set[int]) -> None:
    seen.add(id(layer))
    found[path] = layer
    for child in _children(layer):
        if id(child) not in seen:
            _walk(child, _free(f"{path}.{child.name}" if path else child.name, found), found, seen)


def _children(layer: Any) -> list[Any]:
    # Only models show their layers; a composite layer keeps its own under this name.
    return list(getattr(layer, "_layers", ()))


def _free(name: str, taken: dict[str, Any]) -> str:
    free, number = name, 0
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free
