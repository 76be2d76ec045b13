"""A source of one tiny torch network for texts and lists of words. Letters are its tokens."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from tiny_torch import fill
from torch import Tensor, nn

from zoo.core.cards import Features, ModelCard, TextInput
from zoo.core.protocols.backbone import Backbone, Stage, Tap
from zoo.datasets.inputs.words import Words
from zoo.errors import UnknownModel
from zoo.plugin import Source, hookimpl

NAME, WIDTH, LONGEST = "letters", 24, 400
ROWS = 128


class Letters(nn.Module):
    """Letters looked up, mixed within their neighbours, averaged over what is not padding."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(ROWS, WIDTH)
        self.mix = nn.Sequential(nn.Linear(3 * WIDTH, WIDTH), nn.Tanh(), nn.Dropout(0.1))

    def tokens(self, prepared: dict[str, Tensor]) -> Tensor:
        """States (B, T, WIDTH), each of a letter and the two on its right."""
        mask = prepared["mask"][..., None]
        rows = nn.functional.pad(self.table(prepared["letters"]) * mask, (0, 0, 0, 2))
        return self.mix(torch.cat([rows[:, :-2], rows[:, 1:-1], rows[:, 2:]], 2)) * mask

    def forward(self, prepared: dict[str, Tensor]) -> Tensor:
        """Mean states (B, WIDTH)."""
        return self.tokens(prepared).sum(1) / prepared["mask"].sum(1, keepdim=True)


def prepare(batch: list[Any]) -> dict[str, Tensor]:
    """Letters as numbers; for lists of words the place of each word's first letter."""
    texts = [" ".join(text) if isinstance(text, (list, tuple)) else text for text in batch]
    wide = min(LONGEST, max(map(len, texts)))
    letters, mask = torch.zeros(len(texts), wide, dtype=torch.int64), torch.zeros(len(texts), wide)
    for row, text in enumerate(texts):
        codes = [min(ord(letter), ROWS - 1) for letter in text[:LONGEST]]
        letters[row, : len(codes)] = torch.tensor(codes)
        mask[row, : len(codes)] = 1
    prepared = {"letters": letters, "mask": mask}
    if isinstance(batch[0], Words):
        words = torch.full((len(batch), max(map(len, batch))), -1)
        for row, found in enumerate(batch):
            starts = np.cumsum([0, *(len(word) + 1 for word in found)])[:-1]
            for number, start in enumerate(starts):
                words[row, number] = start if start < LONGEST else -1
        prepared["words"] = words
    return prepared


class Loader:
    """Structural: nothing is inherited."""

    def names(self):
        return [NAME]

    def describe(self, name):
        if name != NAME:
            raise UnknownModel(f"there is no {name!r}", hint=f"there is only {NAME}")
        return ModelCard(
            id=f"texts:{NAME}",
            framework="torch",
            modality="text",
            parameters=sum(p.numel() for p in Letters().parameters()),
            input=TextInput(max_length=LONGEST),
            features=Features(width=WIDTH),
            kinds=("vector", "tokens"),
        )

    def open(self, card, weights, *, input_size=None):
        module = Letters()
        return Backbone(
            module=module,
            prepare=prepare,
            input=TextInput(max_length=LONGEST),
            stages=(Stage("table", ("table",)), Stage("mix", ("mix",))),
            taps={
                "vector": Tap(Features(width=WIDTH)),
                "tokens": Tap(Features(kind="tokens", width=WIDTH), method="tokens"),
            },
            loaded=fill(module, weights),
        )

    def reference(self, card, text, *, input_size=None):
        return {name: value[0].numpy() for name, value in prepare([text]).items()}


class Plugin:
    """Offers the network."""

    @hookimpl
    def zoo_sources(self):
        yield Source(name="texts", framework="torch", target=f"{__name__}:Loader")
