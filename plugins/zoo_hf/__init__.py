"""The Hugging Face Hub as a source: models of the transformers library. Importing this package imports
nothing heavy."""

from __future__ import annotations

from collections.abc import Iterable

from zoo.plugin import DataScheme, Source, hookimpl


@hookimpl
def zoo_sources() -> Iterable[Source]:
    """Offer the Hub."""
    yield Source(
        name="hf",
        framework="torch",
        target="zoo_hf.loader:HfLoader",
        summary="Hugging Face: transformers models for texts, images and sound, by id or folder",
        requires=("torch>=2.14", "torchvision>=0.29", "transformers>=5.5"),
        install='pip install "zoo-adapters[hf]"',
        vet="zoo_hf.resolve:vet",
        fetch="zoo_hf.resolve:fetch",
        places=True,
        assets="zoo_hf.resolve:described",
        search="zoo_hf.search:search",
        local="zoo_hf.cached:cached_cards",
        facts="zoo_hf.catalogue:facts",
    )


@hookimpl
def zoo_datasets() -> Iterable[DataScheme]:
    """Offer the Hub's data sets."""
    yield DataScheme(
        name="hf",
        target="zoo_hf.dataset:load",
        summary="hf:user/dataset[/config][@revision], or hf:./folder: data sets of the Hugging Face Hub",
        requires=("datasets>=4", "huggingface-hub>=1.31"),
        install='pip install "zoo-adapters[hf-data]"',
    )
