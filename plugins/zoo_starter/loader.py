"""The starter source: names, cards, backbones. A framework is imported when a model of it is opened."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from zoo.errors import ConfigError, UnknownModel
from zoo.plugin import (
    Backbone,
    ImageInput,
    LoadReport,
    LocalWeights,
    ModelCard,
    Tap,
    messages,
    registry,
)
from zoo_starter.architecture import FLAT, LEAST

Size = tuple[int, int]


class StarterLoader:
    """Implements :class:`zoo.plugin.Loader`."""

    def __init__(self) -> None:
        rows = registry.read_catalogue(Path(__file__).with_name("catalogue.json"))
        self._cards = {row["id"].partition(":")[2]: ModelCard.model_validate(row) for row in rows}

    def names(self) -> Iterable[str]:
        """Return the models of the catalogue, sorted."""
        return sorted(self._cards)

    def describe(self, name: str) -> ModelCard:
        """Return the card of a model from the catalogue."""
        if name not in self._cards:
            raise UnknownModel(
                f"there is no starter model {name[:80]!r}",
                hint=messages.did_you_mean(name, self._cards) or f"there are: {', '.join(self.names())}",
            )
        return self._cards[name]

    def open(
        self, card: ModelCard, weights: LocalWeights | None, *, input_size: Size | None = None
    ) -> Backbone:
        """Build the model without its head; float32, on the CPU."""
        form = _form(card, input_size)
        return (_open_torch if card.framework == "torch" else _open_keras)(card, weights, form)

    def accepts_size(self, card: ModelCard, size: Size) -> bool:
        """Return whether images of (height, width) are large enough."""
        return min(size) >= LEAST

    def reference(self, card: ModelCard, image: Image.Image, *, input_size: Size | None = None) -> Any:
        """Resize with Pillow and normalize with numpy: float32 (3, H, W), in Keras (H, W, 3)."""
        form = _form(card, input_size)
        small = image.convert("RGB").resize((form.width, form.height), Image.Resampling.BICUBIC)
        values = np.asarray(small, np.float32) / 255
        scaled = (values - values.mean()) / np.sqrt(values.var() + FLAT)
        return scaled.transpose(2, 0, 1) if card.framework == "torch" else scaled


def _form(card: ModelCard, size: Size | None) -> ImageInput:
    assert isinstance(card.input, ImageInput)
    height, width = size or (card.input.height, card.input.width)
    if min(height, width) < LEAST:
        raise ConfigError(
            f"{card.id} cannot take images of {height} x {width} pixels",
            why=f"it needs at least {LEAST} x {LEAST}",
            hint=f"use {LEAST} or more; its own size is {card.input.height}",
        )
    return card.input.model_copy(update={"height": height, "width": width})


def _open_torch(card: ModelCard, weights: LocalWeights | None, form: ImageInput) -> Backbone:
    import torch

    from zoo_starter.load_weights import read
    from zoo_starter.torch_network import GlyphNetwork, Normalize, stages

    module = GlyphNetwork()
    wanted = module.state_dict()
    loaded = LoadReport("random", 0, len(wanted))
    if weights is not None:
        forms = {name: (tuple(t.shape), str(t.dtype).removeprefix("torch.")) for name, t in wanted.items()}
        found = read(card.id, weights.path, forms)
        module.load_state_dict({name: torch.from_numpy(array) for name, array in found.items()})
        loaded = LoadReport("pretrained", len(wanted), len(wanted))
    links = stages(module)
    assert card.features is not None
    return Backbone(
        module=module,
        prepare=Normalize(),
        input=form,
        stages=links,
        taps={"vector": Tap(card.features, run=module.run)},
        loaded=loaded,
        cuts=frozenset(range(1, len(links))),
    )


def _open_keras(card: ModelCard, weights: LocalWeights | None, form: ImageInput) -> Backbone:
    from zoo_starter.keras_network import Chain, build, normalize, variables
    from zoo_starter.load_weights import COUNTER, keras_array, read, torch_name, torch_shape

    module = build(form.height, form.width)
    wanted = variables(module)
    loaded = LoadReport("random", 0, len(wanted))
    if weights is not None:
        forms: dict[str, tuple[tuple[int, ...], str]] = {}
        for name, one in wanted.items():
            theirs = torch_name(name)
            forms[theirs] = torch_shape(tuple(one.shape)), one.dtype
            if theirs.endswith("running_var"):
                forms[theirs.replace("running_var", COUNTER)] = (), "int64"
        found = read(card.id, weights.path, forms)
        for name, one in wanted.items():
            one.assign(keras_array(found[torch_name(name)]))
        dropped = tuple(name for name in sorted(found) if name.endswith(COUNTER))
        loaded = LoadReport("pretrained", len(wanted), len(wanted), dropped=dropped)
    chain = Chain(module)
    assert card.features is not None
    return Backbone(
        module=module,
        prepare=normalize,
        input=form,
        stages=chain.stages,
        taps={"vector": Tap(card.features, run=chain)},
        loaded=loaded,
        cuts=frozenset(range(1, len(chain.stages))),
    )
