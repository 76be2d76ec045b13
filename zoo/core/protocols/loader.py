"""The interface of a source: one object per world that publishes models."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from PIL.Image import Image

from zoo.core.cards import ModelCard
from zoo.core.protocols.backbone import Backbone, LocalWeights
from zoo.utils.arrays import Array


class Loader(Protocol):
    """The interface of a source. Inheritance is not needed: having these methods is enough.

    It may have a method ``accepts_size(card, size)`` that says whether the model can be opened for images of
    (height, width): then a larger input is proposed where images are much larger than the model's own. It
    must be cheap: no weights are read.
    """

    def names(self) -> Iterable[str]:
        """Return all names that the source can open, sorted; may take seconds."""
        ...

    def describe(self, name: str) -> ModelCard:
        """Facts about a model, without its weights and without a network.

        The card's id is the full name: an alias or a default tag is resolved.

        Raises:
            UnknownModel: no such name; the hint lists the nearest ones.
        """
        ...

    def open(
        self, card: ModelCard, weights: LocalWeights | None, *, input_size: tuple[int, int] | None = None
    ) -> Backbone:
        """Build the model without its head.

        Args:
            card: from ``describe``.
            weights: a verified file, or None for random initialisation (which the user asked for). The
                engine's random state has been seeded before the call.
            input_size: (height, width) in pixels, None for the model's own; always None for texts.

        Raises:
            IntegrityError: ``weights`` are not those of this model; the first five missing, unexpected
                and mismatched names are listed. Never a silent partial load.
            ConfigError: the model cannot take ``input_size``.
        """
        ...

    def reference(
        self, card: ModelCard, example: Image | str | Array, *, input_size: tuple[int, int] | None = None
    ) -> Any:
        """Return the library's own evaluation preprocessing of one RGB image, one text or one sound
        (float32 (T,)), by the library's own code.

        Returns:
            what ``Backbone.prepare`` must give for it, without the batch axis: for an image a numpy float32
            array; for a text or a sound an array, a mapping of names to arrays, or None where the library has
            no preprocessing outside the model. The conformance kit compares the two. Called with the example
            by position.
        """
        ...
