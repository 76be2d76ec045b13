"""The tfhub source: names, cards, backbones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from PIL.Image import Image, Resampling

from zoo.errors import ConfigError
from zoo.plugin import (
    Backbone,
    Features,
    ImageInput,
    LoadReport,
    LocalWeights,
    ModelCard,
    Stage,
    Tap,
    TextInput,
    registry,
)
from zoo_tfhub.cards import (
    USUAL_SIZE,
    card_of,
    feature_twin,
    image_input,
    is_classifier,
    names,
    on_shelf,
)
from zoo_tfhub.features import features_of
from zoo_tfhub.input_signatures import Size
from zoo_tfhub.load_saved_model import load
from zoo_tfhub.module import HubModule
from zoo_tfhub.options import Options, Range
from zoo_tfhub.preprocessing import Pixels, Strings, Tokens
from zoo_tfhub.resolve import LocalModel
from zoo_tfhub.signatures import Interface, interface_of
from zoo_tfhub.warnings import warn_of_batches, warn_of_logits, warn_of_range, warn_of_training, warn_of_width


class HubLoader:
    """Implements :class:`zoo.plugin.Loader`."""

    def __init__(self) -> None:
        self._prepared: dict[str, tuple[Size, Range]] = {}

    def names(self) -> Iterable[str]:
        """Return the names in the registry, sorted; any other handle can be opened too."""
        return names()

    def describe(self, name: str) -> ModelCard:
        """Return the card of a handle or place; for one that is not in the registry it says the name
        alone."""
        return card_of(name)

    def open(
        self, card: ModelCard, weights: LocalWeights | None, *, input_size: Size | None = None
    ) -> Backbone:
        """Load the SavedModel and put it behind one stage."""
        if weights is None:
            raise ConfigError(
                f"{card.id} cannot be opened without its files",
                why="a SavedModel is a program that brings its weights",
                hint="leave --from-scratch out",
            )
        program = load(weights.path, card.id)
        interface = interface_of(program.loaded, card.id, _wanted(card, input_size))
        # A card whose task is a classifier's may still offer the layer before the scores.
        options = weights.options if isinstance(weights, LocalModel) else Options()
        output = features_of(
            interface.evaluation,
            card.id,
            classifier=is_classifier(card),
            hint="" if card.id.startswith(f"tfhub:{registry.PLACE_PREFIX}") else feature_twin(card),
            wanted=options.output or "",
        )
        module = HubModule(program, interface, output)
        prepare, form = self._input(card, weights, interface, input_size)
        if isinstance(prepare, Pixels) and isinstance(form, ImageInput):
            self._prepared[card.id] = (form.height, form.width), prepare.limits
            # The card of a run states its input: what it was trained with cannot be chosen any more.
            if options.range is None and card.input is None and not on_shelf(card):
                warn_of_range(card.id, interface)
        warn_of_batches(card.id, interface)
        warn_of_width(card, output.width)
        if card.features is None and options.output is None:
            warn_of_logits(card.id, output.width)
        if module.trainable_variables:
            warn_of_training(card.id, interface)
        total = len(module.variables)
        return Backbone(
            module=module,
            prepare=prepare,
            input=form,
            stages=(Stage("backbone", ("",)),),
            taps={"vector": Tap(Features(width=output.width))},
            loaded=LoadReport("pretrained", total, total),
            program=f"{weights.sha256}{options.text}",
        )

    def reference(self, card: ModelCard, example: Image | str, *, input_size: Size | None = None) -> Any:
        """TF Hub's convention in numpy: an image squashed to the model's size, in its range; nothing for
        texts, whose preprocessing is the model itself."""
        if isinstance(example, str):
            return None
        size, (low, high) = self._prepared.get(card.id, (_wanted(card, None) or USUAL_SIZE, (0.0, 1.0)))
        height, width = input_size or size
        small = example.convert("RGB").resize((width, height), Resampling.BILINEAR)
        values = np.asarray(small, dtype=np.float32)
        return low + values * np.float32((high - low) / 255)

    def _input(
        self, card: ModelCard, weights: LocalWeights, interface: Interface, input_size: Size | None
    ) -> tuple[Any, ImageInput | TextInput]:
        if interface.kind == "image":
            limits = weights.options.range if isinstance(weights, LocalModel) else None
            pixels = Pixels(interface.inputs.dtype, limits, card.id)
            return pixels, image_input(_size(card, interface, input_size), pixels.limits)
        if isinstance(weights, LocalModel) and weights.options.range is not None:
            raise ConfigError(f"{card.id} takes texts, which have no pixels", hint="leave #range= out")
        if interface.kind == "text":
            return Strings(column=interface.inputs.shape.rank == 2), TextInput()
        folder = weights.preprocessor if isinstance(weights, LocalModel) else None
        if folder is None:
            raise ConfigError(
                f"{card.id} takes numbered tokens, not texts",
                why=f"its inputs are {', '.join(sorted(interface.inputs))}",
                hint="name the SavedModel that makes them: tfhub:PLACE#preprocessor=PLACE",
            )
        tokens = Tokens(load(folder, f"the preprocessor of {card.id}").loaded, interface.inputs, card.id)
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
            f"{card.id} cannot take images of {input_size[0]}x{input_size[1]} pixels, only of "
            f"{fixed[0]}x{fixed[1]}",
            why="a SavedModel can be called only as it was traced",
            hint="leave the input size out, or name a model of that size",
        )
    return fixed
