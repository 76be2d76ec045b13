"""Cards of timm models: facts that are known without weights."""

from __future__ import annotations

from typing import Any

import torch
from timm.data.config import resolve_data_config

from zoo.errors import PluginError
from zoo.plugin import Features, ImageInput, ModelCard, WeightsRef
from zoo_timm.build import build_on_meta
from zoo_timm.names import Tag, resolve

# Class counts of the label sets that timm's classifiers were trained on: ImageNet-1k, the ImageNet-21k
# and 22k variants, OpenImages and iNaturalist-like sets. Other counts are widths of embeddings (CLIP).
_LABEL_SETS = frozenset({1000, 11221, 11821, 19168, 21841, 21842, 21843, 115217})


def card_of(name: str) -> ModelCard:
    """Return the card of a timm name; a bare architecture means its default pretrained tag.

    Raises:
        UnknownModel: timm does not list it.
    """
    tag = resolve(name)
    config = tag.config
    parameters, width = facts(tag)
    repo = config.get("hf_hub_id")
    published = bool(repo or config.get("url"))
    classifies = not published or config.get("num_classes") in _LABEL_SETS
    return ModelCard(
        id=f"timm:{tag.name}",
        framework="torch",
        task="image-classification" if classifies else "image-feature-extraction",
        architecture=tag.architecture,
        family=tag.family,
        parameters=parameters,
        input=image_input(tag),
        features=Features(kind="vector", width=width),
        license=_license(config.get("license")),
        weights=WeightsRef(repo=str(repo)) if repo else None,
    )


def data_config(tag: Tag, size: tuple[int, int] | None = None) -> dict[str, Any]:
    """Return timm's preprocessing of a tag, at another (height, width) if given."""
    found: dict[str, Any] = resolve_data_config(  # type: ignore[no-untyped-call]
        pretrained_cfg=tag.config
    )
    if size is not None:
        found["input_size"] = (found["input_size"][0], *size)
    return found


def image_input(tag: Tag, size: tuple[int, int] | None = None) -> ImageInput:
    """Return the same as a record."""
    config = data_config(tag, size)
    channels, height, width = config["input_size"]
    mean = tuple(map(float, config["mean"]))
    return ImageInput(
        height=height,
        width=width,
        channels=channels,
        interpolation=config["interpolation"],
        crop=config["crop_pct"],
        mode=config["crop_mode"],
        # timm fills a border with the mean colour, so that it is zero after normalisation.
        fill=_grey(mean) if config["crop_mode"] == "border" else (0, 0, 0),
        mean=mean,
        std=tuple(map(float, config["std"])),
    )


_measured: dict[str, tuple[int, int]] = {}


def facts(tag: Tag) -> tuple[int, int]:
    """Return the number of parameters without the head, and the width of the features, verified by a forward
    pass.

    Each tag is built separately: some families build by the tag's name (qwen3_vit has a width per tag), and
    the configuration does not say so.
    """
    if tag.name not in _measured:
        _measured[tag.name] = _measure(tag)
    return _measured[tag.name]


def _measure(tag: Tag) -> tuple[int, int]:
    module = build_on_meta(tag).eval()
    with torch.no_grad():
        features = module(torch.zeros(1, *data_config(tag)["input_size"], device="meta"))
    width = int(module.head_hidden_size)  # type: ignore[arg-type]
    if not isinstance(features, torch.Tensor) or tuple(features.shape) != (1, width):
        raise PluginError(
            f"timm:{tag.name} does not give one vector of {width} numbers for an image",
            why=f"it gives {getattr(features, 'shape', type(features).__name__)}",
            hint="choose another architecture",
        )
    return sum(parameter.numel() for parameter in module.parameters()), width


def _license(text: object) -> str | None:
    return None if text in (None, "", "unknown") else str(text).lower()


def _grey(mean: tuple[float, ...]) -> tuple[int, int, int]:
    first, second, third = (round(255 * value) for value in mean)
    return first, second, third
