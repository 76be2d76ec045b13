"""The timm source: names, cards, backbones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from PIL.Image import Image
from timm.data.transforms_factory import create_transform

from zoo.errors import PluginError
from zoo.plugin import Backbone, LoadReport, LocalWeights, ModelCard, Tap
from zoo_timm.build import Size, build
from zoo_timm.cards import card_of, data_config, image_input
from zoo_timm.chain import stages_of
from zoo_timm.families import boundaries
from zoo_timm.names import Tag, all_names, resolve
from zoo_timm.partial_forward import Chain
from zoo_timm.prepare import Normalize
from zoo_timm.sizes import accepted, accepts
from zoo_timm.weights import open_with


class TimmLoader:
    """Implements :class:`zoo.plugin.Loader`."""

    def names(self) -> Iterable[str]:
        """Return all architectures and all pretrained tags of timm, sorted."""
        return all_names()

    def describe(self, name: str) -> ModelCard:
        """Return the card of a model; ``resnet18`` means its default tag. Builds the model on the meta
        device."""
        return card_of(name)

    def open(
        self, card: ModelCard, weights: LocalWeights | None, *, input_size: Size | None = None
    ) -> Backbone:
        """Build the model without its head; float32, on the CPU."""
        tag = _tag(card)
        size = accepted(tag, input_size)
        if weights is None:
            module = build(tag, size)
            loaded = LoadReport("random", 0, len(module.state_dict()))
        else:
            module, loaded = open_with(tag, weights, size)
        if card.features is None or card.features.width != module.head_hidden_size:
            raise PluginError(
                f"{card.id} gives {module.head_hidden_size} features",
                why=f"its card says {card.features.width if card.features else 'nothing'}",
                hint="the card is of another version of timm: zoo registry update writes new ones",
            )
        form = image_input(tag, size)
        assert form.mean is not None
        assert form.std is not None
        stages = stages_of(module, tag.family)
        cuts = boundaries.cuts_of(stages, tag.family)
        chain = Chain(module, stages, boundaries.steps_over(module, tag.family))
        return Backbone(
            module=module,
            prepare=Normalize(form.mean, form.std),
            input=form,
            stages=stages,
            taps={"vector": Tap(card.features, run=chain if cuts else None)},
            loaded=loaded,
            cuts=cuts,
        )

    def accepts_size(self, card: ModelCard, size: Size) -> bool:
        """Return whether the architecture takes images of (height, width); nothing is allocated."""
        return accepts(_tag(card), size)

    def reference(self, card: ModelCard, image: Image, *, input_size: Size | None = None) -> Any:
        """Apply timm's own evaluation transform: float32 numpy (3, H, W)."""
        config = data_config(_tag(card), input_size)
        transform = create_transform(**config, is_training=False)
        return np.asarray(transform(image.convert("RGB")).numpy(), dtype=np.float32)


def _tag(card: ModelCard) -> Tag:
    return resolve(card.id.partition(":")[2])
