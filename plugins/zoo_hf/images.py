"""Image preprocessing: the model's own image processor, in the core's terms where possible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from zoo.errors import ConfigError, IntegrityError
from zoo.plugin import ImageInput, data
from zoo_hf.staging import staged

Size = tuple[int, int]

_FILTERS = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming"}
_EXACT = 1e-5


class Normalize:
    """Pixels to native input, channel by channel: ``scale[c] * pixels[order[c]] + shift[c]``."""

    def __init__(self, order: list[int], scale: Tensor, shift: Tensor):
        self.order, self._scale, self._shift = order, scale.view(1, -1, 1, 1), shift.view(1, -1, 1, 1)
        self._on: dict[torch.device, tuple[Tensor, Tensor]] = {}

    def __call__(self, pixels: Tensor) -> Tensor:
        """uint8 (B, H, W, 3) on any device to float32 (B, C, H, W) on the same."""
        if pixels.device not in self._on:
            self._on[pixels.device] = self._scale.to(pixels.device), self._shift.to(pixels.device)
        scale, shift = self._on[pixels.device]
        native = pixels.permute(0, 3, 1, 2)
        if self.order != [0, 1, 2]:
            native = native[:, self.order]
        return torch.addcmul(shift, native.to(torch.float32), scale)


def processor_of(description: Mapping[str, bytes], config: Any, model_id: str) -> Any:
    """Return the image processor that the files describe; the type's default one where they are silent.

    Raises:
        ConfigError: it needs a library that is not installed.
        IntegrityError: the files do not make one.
    """
    from transformers import AutoImageProcessor
    from transformers.models.auto.image_processing_auto import IMAGE_PROCESSOR_MAPPING

    try:
        if not description.keys() & {"preprocessor_config.json", "processor_config.json"}:
            found = IMAGE_PROCESSOR_MAPPING.get(type(config), None)
            classes: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
            cls = classes.get("pil") or classes.get("torchvision")
            return cls() if cls is not None else None
        with staged(description) as folder:
            return AutoImageProcessor.from_pretrained(  # type: ignore[no-untyped-call]
                str(folder), backend="pil", local_files_only=True, trust_remote_code=False
            )
    except ImportError as error:
        raise ConfigError(
            f"the image processor of {model_id} needs a library",
            why=str(error).strip()[:300],
            hint="install it",
        ) from error
    except Exception as error:
        raise IntegrityError(
            f"the files of {model_id} do not make an image processor",
            why=f"{type(error).__name__}: {str(error)[:300]}",
            hint="download them again",
        ) from error


def native_size(config: Any, processor: Any, *, described: bool) -> Size:
    """(height, width) that the model was made for: what its processor gives where the files describe one,
    then by its configuration, then usual."""
    names = ("crop_size", "size") if getattr(processor, "do_center_crop", False) else ("size",)
    stated = [getattr(processor, name, None) for name in names]
    exact = [
        (one["height"], one["width"]) for one in stated if one and one.get("height") and one.get("width")
    ]
    edges = [(one["shortest_edge"],) * 2 for one in stated if one and one.get("shortest_edge")]
    made = [
        (size, size) if isinstance(size, int) else tuple(size)
        for holder in (config, getattr(config, "vision_config", None))
        if isinstance(size := getattr(holder, "image_size", None), (int, list, tuple)) and size
    ]
    choices = [*_given(processor), *exact, *made, *edges] if described else [*made, *exact, *edges]
    height, width = (choices or [(224, 224)])[0]
    return int(height), int(width)


def _given(processor: Any) -> list[Size]:
    """Return the size in which every image leaves the processor, if there is one.

    Asked, not read: a shortest edge is a size in one class and the length before a cut in another, and the
    configurations of networks that take any size often state what they were not trained at.
    """
    if processor is None:
        return []
    shapes = ((96, 61), (61, 96), (70, 70))
    found = {
        value.shape[1:] if value is not None else None
        for value in (_whole(processor, Image.new("RGB", shape, "gray")) for shape in shapes)
    }
    size = found.pop()
    return [size] if not found and size is not None else []


def image_input(processor: Any, size: Size) -> ImageInput:
    """Return the processor's geometry in the core's terms, if it is that pixel for pixel; otherwise both
    sides are resized to ``size``."""
    number = getattr(processor, "resample", None)
    resample = _FILTERS.get(2 if number is None else int(number), "bilinear")
    squash = ImageInput(height=size[0], width=size[1], interpolation=resample, mode="squash")
    if processor is None:
        return squash
    for change in _geometries(processor, size):
        form = squash.model_copy(update=change)
        if _agrees(processor, form):
            return form
    return squash


def _geometries(processor: Any, size: Size) -> Iterator[dict[str, Any]]:
    """Yield what a processor may do, as far as the core has terms for it, the likeliest first."""
    edge = _edge(processor)
    if edge:
        yield {"mode": "center", "crop": min(1.0, max(size) / edge), "offset": "down"}
    yield {}
    whole = getattr(processor, "size", None) or {}
    if getattr(processor, "do_center_crop", False) and whole.get("height"):
        # DeiT's: both sides resized, the middle cut out.
        yield {"crop": min(1.0, size[0] / whole["height"]), "offset": "down"}
    if edge:
        # LeViT's resizes the shorter side to 256/224 of what it states.
        yield {"mode": "center", "crop": 224 / 256, "offset": "down"}


def normalization(processor: Any, model_id: str) -> Normalize:
    """Return what the processor does to the values of pixels, measured on two plain images and one of noise.

    Raises:
        ConfigError: it is more than a factor and a shift for each channel.
    """
    if processor is None:
        half = torch.full((3,), 1 / 127.5)
        return Normalize([0, 1, 2], half, torch.full((3,), -1.0))
    side = 16
    try:
        return _measured(processor, side, model_id)
    except ConfigError:
        raise
    except Exception as error:
        # Processors that cut images into patches, say, fail in their own ways.
        raise ConfigError(
            f"the image processor of {model_id} does not give images",
            why=f"{type(error).__name__}: {str(error)[:200]}",
            hint="choose another model",
        ) from error


def _measured(processor: Any, side: int, model_id: str) -> Normalize:
    plain = [_values(processor, np.full((side, side, 3), value, np.uint8)).mean((1, 2)) for value in (0, 255)]
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    found = _values(processor, noise)
    for order in ([0, 1, 2], [2, 1, 0]):
        shift = torch.from_numpy(plain[0])
        scale = (torch.from_numpy(plain[1]) - shift) / 255
        one = Normalize(order, scale.float(), shift.float())
        ours = one(torch.from_numpy(noise)[None])[0].double().numpy()
        if ours.shape == found.shape and np.abs(ours - found).max() <= _EXACT * max(1.0, np.ptp(found)):
            return one
    raise ConfigError(
        f"the image processor of {model_id} does more to pixels than a factor and a shift for each channel",
        hint="choose another model",
    )


def processed(processor: Any, image: Image.Image, form: ImageInput) -> Any:
    """Return the library's own preprocessing of one image: float32 numpy (C, H, W). Where its geometry is not
    the core's, the image is squashed first and the library does the rest."""
    if processor is None:
        pixels = data.resize_and_crop(image, form)
        return normalization(None, "")(torch.from_numpy(pixels)[None])[0].numpy()
    whole = _whole(processor, image)
    if whole is not None and whole.shape[1:] == (form.height, form.width) and form.mode == "center":
        return whole
    if whole is not None and whole.shape[1:] == (form.height, form.width) and _agrees(processor, form):
        return whole
    return _values(processor, data.resize_and_crop(image, form)).astype(np.float32)


def _edge(processor: Any) -> int | None:
    """Return the length to which the shorter side is resized."""
    if not getattr(processor, "do_resize", False):
        return None
    edge = getattr(getattr(processor, "size", None), "shortest_edge", None)
    share = getattr(processor, "crop_pct", None)
    if edge and share and edge < 384:
        # ConvNeXT's processors resize to edge / crop_pct, and cut out the edge.
        return int(edge / share)
    return int(edge) if edge else None


def _agrees(processor: Any, form: ImageInput) -> bool:
    random = np.random.default_rng(0)
    for width, height in ((form.width * 2 + 37, form.height + 51), (form.width // 2 + 5, form.height)):
        coarse = random.integers(0, 256, (height // 6 + 2, width // 6 + 2, 3), dtype=np.uint8)
        image = Image.fromarray(coarse, "RGB").resize((width, height), Image.Resampling.BICUBIC)
        theirs = _whole(processor, image)
        if theirs is None or theirs.shape[1:] != (form.height, form.width):
            return False
        ours = _values(processor, data.resize_and_crop(image, form))
        if ours.shape != theirs.shape or np.abs(ours - theirs).max() > _EXACT * max(1.0, np.ptp(theirs)):
            return False
    return True


def _whole(processor: Any, image: Image.Image) -> Any:
    try:
        found = processor(image, return_tensors="np")["pixel_values"]
    except Exception as error:
        # Some processors fail on sizes that others take; then they are not asked.
        del error
        return None
    value = np.asarray(found)[0]
    return value.astype(np.float32) if value.ndim == 3 else None


def _values(processor: Any, pixels: Any) -> Any:
    """Return what becomes of pixels when nothing is resized, cut or padded: float64 (C, H, W)."""
    still = {name: False for name in ("do_resize", "do_center_crop", "do_pad") if hasattr(processor, name)}
    found = processor(Image.fromarray(pixels), return_tensors="np", **still)["pixel_values"]
    return np.asarray(found)[0].astype(np.float64)
