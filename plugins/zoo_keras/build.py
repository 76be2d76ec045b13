"""Building an application without its head: the same graph and the same names, whatever was built before."""

from __future__ import annotations

import threading
import warnings
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
from keras.src.backend.common import global_state
from keras.src.utils import file_utils

from zoo.errors import ConfigError
from zoo_keras.names import Application


class LiveNormalization(keras.layers.Normalization):  # type: ignore[misc]
    """Keras computes mean and variance once, when the layer is built or Keras itself loads a file.

    Weights that arrive in any other way, from a saved run say, would not be seen; so they are read when they
    are used. Only layers that have learned statistics are of this class.
    """

    @property
    def mean(self) -> Any:
        """The mean, broadcast to the input."""
        return self._broadcast(self.adapt_mean)

    @mean.setter
    def mean(self, value: Any) -> None:
        """Keras' stored copy is not kept."""

    @property
    def variance(self) -> Any:
        """The variance, broadcast to the input."""
        return self._broadcast(self.adapt_variance)

    @variance.setter
    def variance(self, value: Any) -> None:
        """Keras' stored copy is not kept."""

    def _broadcast(self, variable: Any) -> Any:
        return keras.ops.cast(keras.ops.reshape(variable, self._broadcast_shape), self.compute_dtype)


# Keras 3 names the groups of a file of weights by the class.
LiveNormalization.__name__ = "Normalization"


def live(layer: Any) -> None:
    """Make a Normalization layer with variables follow them; leave every other layer as it is."""
    if type(layer) is keras.layers.Normalization and layer.weights:
        layer.__dict__.pop("mean", None)
        layer.__dict__.pop("variance", None)
        layer.__class__ = LiveNormalization


Asked = list[tuple[str, str | None]]
"""Address and digest, where Keras states one, of each file that Keras asked for."""

_lock = threading.Lock()


@contextmanager
def _published_graph() -> Iterator[Asked]:
    """While inside, this thread builds with ``weights="imagenet"`` and nothing is fetched or loaded.

    That is how Keras builds the network that its published weights belong to. With ``weights=None`` the
    graphs of EfficientNet B0 to B7 lack a rescaling, and weights loaded afterwards would see other pixels.
    What Keras asked for is recorded.
    """
    asked: Asked = []
    owner = threading.get_ident()
    with _lock:
        get_file, load_weights = file_utils.get_file, keras.Model.load_weights

        def record(*args: Any, **kwargs: Any) -> Any:
            if threading.get_ident() != owner:
                return get_file(*args, **kwargs)
            asked.append((kwargs["origin"] if "origin" in kwargs else args[1], kwargs.get("file_hash")))
            return ""

        def leave(model: Any, *args: Any, **kwargs: Any) -> Any:
            return None if threading.get_ident() == owner else load_weights(model, *args, **kwargs)

        file_utils.get_file, keras.Model.load_weights = record, leave
        try:
            yield asked
        finally:
            file_utils.get_file, keras.Model.load_weights = get_file, load_weights


@contextmanager
def _fresh_names() -> Iterator[None]:
    """While inside, layers without a name are numbered from the start: names go into saved runs."""
    before = global_state.get_global_attribute("object_name_uids")
    global_state.set_global_attribute("object_name_uids", defaultdict(int))
    try:
        yield
    finally:
        global_state.set_global_attribute("object_name_uids", before)


def build(app: Application, size: tuple[int, int] | None = None) -> Any:
    """Return the application as a functional ``keras.Model``, random weights from Keras' global seed.

    It takes float32 (B, height, width, 3) as ``preprocess_input`` gives it, and gives float32 (B, width).

    Raises:
        ConfigError: ``size``, (height, width) in pixels, is smaller than the application can be built for.
    """
    return build_recorded(app, size)[0]


def build_recorded(app: Application, size: tuple[int, int] | None = None) -> tuple[Any, Asked]:
    """Return the same, and what Keras would have fetched for it."""
    height, width = size or (app.side, app.side)
    if min(height, width) < app.least:
        raise ConfigError(
            f"keras:{app.name} cannot take images of {height} x {width} pixels",
            why=f"it needs at least {app.least} x {app.least}",
            hint=f"use {app.least} x {app.least} or more; its own size is {app.side} x {app.side}",
        )
    function = getattr(keras.applications, app.name)
    with warnings.catch_warnings(), _fresh_names(), _published_graph() as asked:
        # Which of several published files Keras would take at this size is not our concern here.
        warnings.filterwarnings("ignore", message="`input_shape` is undefined or non-square")
        module = function(
            include_top=False, weights="imagenet", input_shape=(height, width, 3), pooling="avg"
        )
    for layer in module.layers:
        live(layer)
    return module, asked
