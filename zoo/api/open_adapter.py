"""Opening the network of a model, for models of sources and saved runs alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from zoo.core.cards import ImageInput, ModelCard, modality_of
from zoo.core.protocols.backbone import Backbone, LocalWeights
from zoo.core.protocols.engine import BackboneAdapter
from zoo.core.task import Task
from zoo.errors import ConfigError
from zoo.registry.weights.local import check_unchanged
from zoo.training.random_state import random_state
from zoo.utils.format import MODALITY_NOUN


@dataclass(frozen=True)
class LoadOptions:
    """The arguments of :func:`zoo.load` that say how a model is opened, not which.

    Attributes:
        input_size: height and width in pixels; None: the model's own.
        image_values: fields of :class:`zoo.core.cards.ImageInput` that replace the model's own.
        task: that the model is wanted for; None: not known.
    """

    from_scratch: bool = False
    input_size: tuple[int, int] | None = None
    image_values: Mapping[str, Any] = field(default_factory=dict)
    device: str = "auto"
    offline: bool | None = None
    trust: bool = False
    seed: int = 0
    task: Task | None = None


def open_adapter(
    loader: Any,
    engine: Any,
    card: ModelCard,
    weights: LocalWeights | None,
    options: LoadOptions,
    **given: Any,
) -> BackboneAdapter:
    """Open a network and hand it to its engine.

    Args:
        loader: of the source.
        engine: that trains it.
        card: of the model.
        weights: to read; None: random ones.
        options: of :func:`zoo.load`.
        given: what else the source's loader takes: ``assets``, ``shapes``.

    Raises:
        IntegrityError: the weights were changed while they were read.
        ConfigError: ``options.image_values`` do not fit the input.
    """
    with random_state:
        engine.seed(options.seed)
        backbone: Backbone = loader.open(card, weights, input_size=options.input_size, **given)
        if weights is not None:
            # What was read must be what the digest is known of.
            check_unchanged(weights)
        backbone = _with_image_values(backbone, options.image_values)
        adapter: BackboneAdapter = engine.load(backbone, device=options.device)
    return adapter


def require_no_size(card: ModelCard, size: tuple[int, int] | None) -> None:
    """Refuse a size in pixels of a model that takes no images.

    Raises:
        ConfigError: names what the model takes.
    """
    if size is not None and card.modality not in ("image", None):
        raise ConfigError(
            f"{card.id} takes {MODALITY_NOUN[card.modality]}s, which have no size in pixels",
            hint="leave input_size out",
        )


def _with_image_values(backbone: Backbone, values: Mapping[str, Any]) -> Backbone:
    if not values:
        return backbone
    if not isinstance(backbone.input, ImageInput):
        raise ConfigError(
            f"{' and '.join(values)} cannot be set",
            why=f"the model takes {MODALITY_NOUN[modality_of(backbone.input)]}s",
            hint="leave out what is for images",
        )
    try:
        form = ImageInput.model_validate({**backbone.input.model_dump(), **values})
    except ValidationError as error:
        raise ConfigError(f"{dict(values)} cannot be used", why=error.errors()[0]["msg"]) from None
    return replace(backbone, input=form)
