"""The Keras source: names, cards, backbones. Keras itself is imported when the first model is opened."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PIL.Image import Image

from zoo.errors import PluginError
from zoo.plugin import Backbone, LoadReport, LocalWeights, ModelCard, Tap
from zoo_keras.backend import keras_on_tensorflow
from zoo_keras.cards import card_of, image_input
from zoo_keras.names import APPLICATIONS, Application, application

Size = tuple[int, int]


class KerasLoader:
    """Implements :class:`zoo.plugin.Loader`."""

    def names(self) -> Iterable[str]:
        """Return the forty applications, sorted."""
        return tuple(APPLICATIONS)

    def describe(self, name: str) -> ModelCard:
        """Return the card of an application; Keras is not imported."""
        return card_of(name)

    def open(
        self, card: ModelCard, weights: LocalWeights | None, *, input_size: Size | None = None
    ) -> Backbone:
        """Build the application without its head; float32, channels last.

        The graph is always the one that the published weights belong to, also with random weights.
        """
        app = _application(card)
        keras_on_tensorflow()
        from zoo_keras.build import build
        from zoo_keras.chain import Chain
        from zoo_keras.prepare import Preprocess
        from zoo_keras.tensors import named_variables
        from zoo_keras.weights import load

        module = build(app, input_size)
        if card.features is None or module.output_shape != (None, card.features.width):
            raise PluginError(
                f"{card.id} gives features of shape {module.output_shape}",
                why=f"its card says {card.features}",
                hint="the card is of another version of Keras: python -m zoo_keras.catalogue writes new ones",
            )
        if weights is None:
            loaded = LoadReport("random", 0, len(named_variables(module)))
        else:
            loaded = load(card.id, module, weights)
        chain = Chain(module)
        return Backbone(
            module=module,
            prepare=Preprocess(app),
            input=image_input(app, input_size),
            stages=chain.stages,
            taps={"vector": Tap(card.features, run=chain if chain.cuts else None)},
            loaded=loaded,
            cuts=chain.cuts,
        )

    def accepts_size(self, card: ModelCard, size: tuple[int, int]) -> bool:
        """Return whether the application can be built for images of (height, width)."""
        return min(size) >= _application(card).least

    def reference(self, card: ModelCard, image: Image, *, input_size: Size | None = None) -> Any:
        """Keras' own preprocessing of one image: float32 numpy (H, W, 3)."""
        app = _application(card)
        keras_on_tensorflow()
        from zoo_keras.prepare import reference

        return reference(app, image, input_size)


def _application(card: ModelCard) -> Application:
    return application(card.id.partition(":")[2])
