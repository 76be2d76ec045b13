"""The source: names, facts, and open models."""

import json
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors import SafetensorError
from safetensors.numpy import load_file

from zoo.errors import ConfigError, IntegrityError, UnknownModel
from zoo.plugin import Backbone, LoadReport, ModelCard, Stage, Tap
from zoo_parrot.ears import BANDS, hear
from zoo_parrot.network import GRID, build
from zoo_parrot.words import ROWS, count_words

WIDTHS = {"mimic-s": (32,), "mimic-m": (64, 32), "words": (32,), "ears": (32,)}
EMBEDDING = {"words": (ROWS, 16), "ears": (BANDS, 16)}
PREPARE = {"text": count_words, "audio": hear}


class ParrotLoader:
    """Implements ``zoo.plugin.Loader``."""

    def __init__(self):
        listed = json.loads(Path(__file__).with_name("registry.json").read_bytes())["cards"]
        self._cards = {card["id"].partition(":")[2]: card for card in listed}

    def names(self):
        return sorted(self._cards)

    def describe(self, name):
        if name not in self._cards:
            raise UnknownModel(f"there is no parrot {name!r}", hint=f"use one of: {', '.join(self.names())}")
        return ModelCard.model_validate(self._cards[name])

    def open(self, card, weights, *, input_size=None):
        form, prepare = card.input, PREPARE.get(card.modality)
        if card.modality == "image":
            form, prepare = resized(card, input_size), normalise
        chain = build_named(card.id.partition(":")[2])
        if weights is None:
            loaded = LoadReport("random", loaded=0, total=len(chain.tensors()))
        else:
            fill(chain, weights.path, card.id)
            loaded = LoadReport("pretrained", loaded=len(chain.tensors()), total=len(chain.tensors()))
        return Backbone(
            module=chain,
            prepare=prepare,
            input=form,
            stages=tuple(Stage(name, members=(name,)) for name in chain.links),
            taps={"vector": Tap(card.features, run=chain.run)},
            loaded=loaded,
            cuts=frozenset(range(1, len(chain.links))),
        )

    def reference(self, card, example, *, input_size=None):
        if card.modality != "image":
            return PREPARE[card.modality]([example])[0]
        form = resized(card, input_size)
        small = example.convert("RGB").resize((form.width, form.height), Image.Resampling.BICUBIC)
        return np.asarray(small, np.float32) / 127.5 - 1


def build_named(name):
    """The chain of one of the parrots, with random weights."""
    return build(WIDTHS[name], EMBEDDING.get(name))


def resized(card, size):
    """The geometry of the images that a model takes, at its own size or another."""
    height, width = size or (card.input.height, card.input.width)
    if min(height, width) < GRID or height % GRID or width % GRID:
        raise ConfigError(
            f"{card.id} cannot take {height}x{width} pixels", hint=f"use multiples of {GRID}, 32 say"
        )
    return card.input.model_copy(update={"height": height, "width": width})


def normalise(pixels):
    """uint8 (B, H, W, 3) to float32 of the same shape, -1 to 1."""
    return pixels.astype(np.float32) / np.float32(127.5) - 1


def fill(chain, path, model):
    """Put the tensors of a file into the chain: all of them and no others, or IntegrityError."""
    try:
        found = load_file(path)
    except SafetensorError as error:
        raise IntegrityError(f"cannot read the weights of {model}", path=path, why=str(error)) from None
    wanted = chain.tensors()
    missing, foreign = sorted(wanted.keys() - found.keys()), sorted(found.keys() - wanted.keys())
    other = sorted(
        name
        for name in wanted.keys() & found.keys()
        if (wanted[name].shape, wanted[name].dtype) != (found[name].shape, found[name].dtype)
    )
    if missing or foreign or other:
        why = f"missing {missing[:5]}, unexpected {foreign[:5]}, of another shape or type {other[:5]}"
        raise IntegrityError(f"these are not the weights of {model}", path=path, why=why)
    for name, tensor in wanted.items():
        tensor[...] = found[name]
