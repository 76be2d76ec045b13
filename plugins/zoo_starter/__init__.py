"""Starter models: tiny backbones whose weights lie in this package. Importing it imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterable

from zoo.plugin import Source, hookimpl


@hookimpl
def zoo_sources() -> Iterable[Source]:
    """Offer the starter models; each card says which framework the model is of."""
    yield Source(
        name="starter",
        framework="",
        target="zoo_starter.loader:StarterLoader",
        summary="Starter models: tiny backbones for PyTorch and TensorFlow, weights in the package",
        install='pip install "zoo-adapters[starter]"',
        catalogue="zoo_starter:catalogue.json",
    )
