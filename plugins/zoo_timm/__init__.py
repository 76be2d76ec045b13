"""timm as a source of backbones. Importing this package imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterable

from zoo.plugin import Source, hookimpl


@hookimpl
def zoo_sources() -> Iterable[Source]:
    """Offer timm."""
    yield Source(
        name="timm",
        framework="torch",
        target="zoo_timm.loader:TimmLoader",
        summary="timm: image backbones for PyTorch, weights from the Hugging Face Hub",
        requires=("timm>=1.0.29", "torch>=2.14", "torchvision>=0.29"),
        install='pip install "zoo-adapters[timm]"',
        survey="zoo_timm.catalogue:survey",
        facts="zoo_timm.cards:card_of",
    )
