"""The tfhub source: names, cards, backbones."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

import numpy as np
from PIL.Image import Image, Resampling

from zoo.errors import ConfigError
from zoo.records import Features, ImageInput, ModelCard, TextInput
from zoo.seams.backbone import Backbone, LoadReport, LocalWeights, Stage
from zoo_tfhub.cards import USUAL_SIZE, card_of, feature_twin, image_input, is_classifier, names
from zoo_tfhub.features import features_of
from zoo_tfhub.loading import load
from zoo_tfhub.module import HubModule
from zoo_tfhub.places import LocalModel
from zoo_tfhub.preparing import Pixels, Strings, Tokens
from zoo_tfhub.probing import Interface, Size, interface_of
from zoo_tfhub.randomness import unseeded

_log = logging.getLogger("zoo.tfhub")


class HubLoader:
    """Implements :class:`zoo.seams.loader.Loader`."""

    def __init__(self) -> None:
        self._sizes: dict[str, Size] = {}

    def names(self) -> Iterable[str]:
        """The names on the shelf, sorted; any other handle can be opened too."""
        return names()

    def describe(self, name: str) -> ModelCard:
        """The card of a handle or place; for one that is not on the shelf it says the name alone."""
        return card_of(name)

    def open(
        self, card: ModelCard, weights: LocalWeights | None, *, input_size: Size | None = None
    ) -> Backbone:
        """Load the SavedModel and put it behind one stage."""
        if weights is None:
            raise ConfigError(
                f"{card.id} cannot be opened without its files",
                why="a SavedModel is a program that brings its weights",
                mend="leave --from-scratch out",
            )
        loaded = load(weights.path, card.id)
        interface = interface_of(loaded, card.id, _wanted(card, input_size))
        # A card whose task is a classifier's may still offer the layer before the scores.
        output = features_of(
            interface.outputs, card.id, classifier=is_classifier(card), mend=feature_twin(card)
        )
        module = HubModule(loaded, interface, output)
        prepare, form = self._input(card, weights, interface, input_size)
        if isinstance(form, ImageInput):
            self._sizes[card.id] = (form.height, form.width)
        _warn(card, interface, module, output.width)
        total = len(module.variables)
        return Backbone(
            module=module,
            prepare=prepare,
            input=form,
            stages=(Stage("backbone", ("",)),),
            features=Features(kind="vector", width=output.width),
            loaded=LoadReport("pretrained", total, total),
        )

    def reference(self, card: ModelCard, example: Image | str, *, input_size: Size | None = None) -> Any:
        """TF Hub's convention in numpy: a picture squashed to the model's size, in [0, 1]; nothing for texts,
        whose preprocessing is the model itself."""
        if isinstance(example, str):
            return None
        height, width = input_size or self._sizes.get(card.id) or _wanted(card, None) or USUAL_SIZE
        small = example.convert("RGB").resize((width, height), Resampling.BILINEAR)
        return np.asarray(small, dtype=np.float32) / np.float32(255)

    def _input(
        self, card: ModelCard, weights: LocalWeights, interface: Interface, input_size: Size | None
    ) -> tuple[Any, ImageInput | TextInput]:
        if interface.kind == "image":
            return Pixels(interface.inputs.dtype), image_input(_size(card, interface, input_size))
        if interface.kind == "text":
            return Strings(), TextInput()
        folder = weights.preprocessor if isinstance(weights, LocalModel) else None
        if folder is None:
            raise ConfigError(
                f"{card.id} takes numbered tokens, not texts",
                why=f"its inputs are {', '.join(sorted(interface.inputs))}",
                mend="name the SavedModel that makes them: tfhub:PLACE#preprocessor=PLACE",
            )
        tokens = Tokens(load(folder, f"the preprocessor of {card.id}"), interface.inputs, card.id)
        return tokens, TextInput(max_length=tokens.limit)


def _wanted(card: ModelCard, input_size: Size | None) -> Size | None:
    if input_size is None and isinstance(card.input, ImageInput):
        return card.input.height, card.input.width
    return input_size


def _size(card: ModelCard, interface: Interface, input_size: Size | None) -> Size:
    """(height, width): what the trace fixes; or, where it takes any, as asked, as on the card, or usual."""
    fixed = interface.size
    if fixed is None:
        return _wanted(card, input_size) or USUAL_SIZE
    if input_size is not None and input_size != fixed:
        raise ConfigError(
            f"{card.id} cannot take pictures of {input_size[0]}x{input_size[1]} pixels, only of "
            f"{fixed[0]}x{fixed[1]}",
            why="a SavedModel can be called only as it was traced",
            mend="leave the input size out, or name a model of that size",
        )
    return fixed


def _warn(card: ModelCard, interface: Interface, module: HubModule, width: int) -> None:
    if card.features is not None and card.features.width != width:
        # Cards are written from pages that people wrote; the live model is what counts.
        _log.warning(
            "the card of %s says %d features, the model gives %d", card.id, card.features.width, width
        )
    if module.trainable_variables and (drawn := unseeded(interface)):
        _log.warning(
            "%s draws random numbers that no seed reaches (%s): training it twice gives two results",
            card.id,
            ", ".join(drawn),
        )
    if module.trainable_variables and interface.switch == "none":
        _log.warning(
            "%s has no training mode: unfrozen, its weights move, but dropout and running statistics stay "
            "as they are in evaluation",
            card.id,
        )
