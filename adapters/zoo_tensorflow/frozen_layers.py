"""Keras layers that compute as in inference, also when they are called in training mode."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras


class FrozenMixin:
    """Mixed into the class of a frozen layer: ``training`` is False at every call.

    Moving statistics, dropout and stochastic depth all hang on that argument; ``trainable = False`` alone
    stops only the statistics of BatchNormalization.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Compute as in inference."""
        if not self._call_has_training_arg or not self.is_still_for(*args, **kwargs):  # type: ignore[attr-defined]
            return super().__call__(*args, **kwargs)  # type: ignore[misc]
        # Keras passes the mode of a layer on to later layers that receive none.
        context = self._get_call_context()  # type: ignore[attr-defined]
        before = context.get_value("training")
        kwargs["training"] = False
        try:
            return super().__call__(*args, **kwargs)  # type: ignore[misc]
        finally:
            context.set_value("training", before)

    def is_still_for(self, *args: Any, **kwargs: Any) -> bool:
        """Return whether the call with these arguments is one of inference."""
        return True


class SingleExampleNorm(FrozenMixin):
    """Mixin of a BatchNormalization: frozen where it sees one value per channel."""

    def is_still_for(self, inputs: Any = None, *args: Any, **kwargs: Any) -> bool:
        """Return whether no axis but that of the channels is longer than 1."""
        shape = list(getattr(inputs, "shape", None) or ())
        channels = {axis % len(shape) for axis in _axes(self.axis)} if shape else set()  # type: ignore[attr-defined]
        return bool(shape) and all(size == 1 for at, size in enumerate(shape) if at not in channels)


_classes: dict[tuple[type, type], type] = {}


def hold_still(layer: Any, way: type[FrozenMixin] = FrozenMixin) -> None:
    """Keep a Keras layer in inference until :func:`release`; its children are not touched."""
    kind = type(layer)
    if not issubclass(kind, FrozenMixin):
        if (way, kind) not in _classes:
            _classes[way, kind] = type(kind.__name__, (way, kind), {"__module__": kind.__module__})
        # Past Keras' own __setattr__, which looks for state in every value that it is given.
        object.__setattr__(layer, "__class__", _classes[way, kind])


def release(layer: Any) -> None:
    """Undo :func:`hold_still`."""
    if isinstance(layer, FrozenMixin):
        kind = next(one for one in type(layer).__mro__ if not issubclass(one, FrozenMixin))
        object.__setattr__(layer, "__class__", kind)


@contextmanager
def single_example(layers: list[Any]) -> Iterator[None]:
    """Inside, free norms among these layers go by their moving statistics where they see one value of each
    channel.

    One value has no spread: by its own statistics a norm answers the shift alone, whatever comes in, and its
    moving variance goes to nothing. The last batch of an epoch can be such a one where images have shrunk
    to a single pixel. Norms that see more of the example are trained as before.
    """
    norms = [one for one in layers if isinstance(one, keras.layers.BatchNormalization)]
    free = [one for one in norms if not isinstance(one, FrozenMixin)]
    try:
        for layer in free:
            hold_still(layer, SingleExampleNorm)
        yield
    finally:
        for layer in free:
            release(layer)


def _axes(axis: Any) -> tuple[int, ...]:
    return tuple(axis) if isinstance(axis, list | tuple) else (int(axis),)
