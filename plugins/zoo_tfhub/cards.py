"""Cards: from the registry where there is one, otherwise only what a name says."""

from __future__ import annotations

from zoo.errors import UnknownModel
from zoo.plugin import ImageInput, ModelCard, messages, registry
from zoo_tfhub.handles import parse_name
from zoo_tfhub.options import Range

USUAL_SIZE = (224, 224)
"""Of images, for models that take any size and state none: what ImageNet's models were trained with."""


def names() -> list[str]:
    """Return all names in the registry, sorted. TF Hub has no list of its own; any handle can be opened."""
    listed = (row["id"] for row in registry.rows(["tfhub:"]))
    return sorted(model_id.partition(":")[2] for model_id in listed if model_id.startswith("tfhub:"))


def card_of(name: str) -> ModelCard:
    """Return the card of a handle or of a place.

    Raises:
        UnknownModel: not the form of a handle.
    """
    if not name.startswith(registry.PLACE_PREFIX):
        try:
            text = parse_name(name).text
        except UnknownModel as error:
            error.hint = messages.did_you_mean(name, names()) or error.hint
            raise
        name = text
    model_id = f"tfhub:{name}"
    row = registry.row(model_id)
    if row is not None:
        return ModelCard.model_validate(row)
    # Of a handle nobody listed, only the name is known; the rest is seen when it is opened.
    return ModelCard(id=model_id, framework="tensorflow", task="", summary="not in the registry")


def on_shelf(card: ModelCard) -> bool:
    """Return whether a registry file describes this model."""
    return registry.row(card.id) is not None


def image_input(size: tuple[int, int], limits: Range = (0.0, 1.0)) -> ImageInput:
    """Return how images become what a model of TF Hub takes: squashed to (height, width), bilinear, with
    pixels of the range ``limits``."""
    low, high = limits
    form = ImageInput(height=size[0], width=size[1], interpolation="bilinear", mode="squash")
    if limits == (0.0, 1.0):
        return form
    # (value - mean) / std of values in 0..1.
    mean, std = (0.0 - low) / (high - low), 1 / (high - low)
    return form.model_copy(update={"mean": (mean,) * 3, "std": (std,) * 3})


def is_classifier(card: ModelCard) -> bool:
    """Return whether the published outputs are class scores, by the card or, where it says nothing, the
    name."""
    name = card.id.partition(":")[2]
    if name.startswith(registry.PLACE_PREFIX):
        return False
    return card.task == "image-classification" or (not card.task and "classif" in name.lower())


def feature_twin(card: ModelCard) -> str:
    """Return what to type instead of a classifier: the feature vector of the same family where the registry
    has it."""
    name = card.id.partition(":")[2]
    known = set(names())
    for ours, theirs in (("/classification/", "/feature_vector/"), ("/classification/", "/feature-vector/")):
        twin = name.replace(ours, theirs)
        if twin != name and twin in known:
            return f"use tfhub:{twin}"
    return messages.did_you_mean(name, [one for one in known if "feature" in one])
