"""A sound source and engine under other names, ready to take one fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


class Loader:
    """A sound loader under another source name. Every fault of a source overrides one method."""

    sound: Callable[[], Any]
    source: str

    def __init__(self):
        self.inner = type(self).sound()

    def names(self):
        return self.inner.names()

    def describe(self, name):
        card = self.inner.describe(name)
        own = card.id.partition(":")[2]
        return card.model_copy(update={"id": f"{self.source}:{own}", "framework": self.source})

    def open(self, card, weights, *, input_size=None):
        return self.inner.open(self._inner_card(card), weights, input_size=input_size)

    def reference(self, card, picture, *, input_size=None):
        return self.inner.reference(self._inner_card(card), picture, input_size=input_size)

    def _inner_card(self, card):
        return self.inner.describe(card.id.partition(":")[2])


class Engine:
    """A sound engine whose adapters get a fault mixed in."""

    sound: Callable[[], Any]
    fault: type | None

    def __init__(self):
        self.inner = type(self).sound()

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def load(self, backbone, *, device="auto"):
        adapter = self.inner.load(backbone, device=device)
        if self.fault is not None:
            adapter.__class__ = type("Faulty", (self.fault, type(adapter)), {})
        return adapter


def shift(adapter, names, by):
    """Move tensors of a live model."""
    weights = adapter.weights()
    adapter.set_weights({n: v + np.asarray(by, v.dtype) if n in names else v for n, v in weights.items()})


def parameters(adapter, stage=None):
    """Names of parameters, of one stage or all."""
    return [f.name for f in adapter.tensors() if f.kind == "parameter" and stage in (None, f.stage)]
