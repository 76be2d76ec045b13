"""Cards: the facts about the forty applications, as they stand in zoo's registry; Keras is not imported."""

from __future__ import annotations

from zoo.errors import IntegrityError
from zoo.plugin import ImageInput, ModelCard, registry
from zoo_keras.names import Application, application

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def card_of(name: str) -> ModelCard:
    """Return the card of an application.

    Raises:
        UnknownModel: there is no such application.
        IntegrityError: the registry has no card of it.
    """
    model_id = f"keras:{application(name).name}"
    row = next(
        (row for row in registry.read_catalogue(registry.own_registry()) if row["id"] == model_id), None
    )
    if row is None:
        raise IntegrityError(
            f"the registry has no card of {model_id}",
            path=registry.own_registry(),
            hint="write it again: python -m zoo_keras.catalogue",
        )
    return ModelCard.model_validate(row)


def image_input(app: Application, size: tuple[int, int] | None = None) -> ImageInput:
    """Geometry of the images, at another (height, width) where one is given.

    Keras' recipe is ``load_img(target_size=...)``: both sides are resized, nothing is cut off. Its default
    of nearest neighbour would skip pixels, so zoo says bilinear, as Keras' own data sets do. Mean and
    deviation are stated where one pair says it all: ``caffe`` also swaps channels, ``built-in`` does nothing.
    """
    height, width = size or (app.side, app.side)
    mean, std = {"tf": ((0.5,) * 3, (0.5,) * 3), "torch": (_MEAN, _STD)}.get(app.scaling, (None, None))
    return ImageInput(height=height, width=width, interpolation="bilinear", mode="squash", mean=mean, std=std)
