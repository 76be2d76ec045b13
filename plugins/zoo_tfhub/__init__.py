"""TF Hub as a source of backbones: reusable SavedModels. Importing this package imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterable

from zoo.plugin import Source, hookimpl


@hookimpl
def zoo_sources() -> Iterable[Source]:
    """Offer TF Hub."""
    yield Source(
        name="tfhub",
        framework="tensorflow",
        target="zoo_tfhub.loader:HubLoader",
        summary="TF Hub: reusable SavedModels for images and texts, by handle, URL or folder",
        requires=("tensorflow>=2.18", "requests>=2.32"),
        install='pip install "zoo-adapters[tfhub]"',
        cache="zoo_tfhub.cached:TfHub",
        present="zoo_tfhub.downloaded:present",
        survey="zoo_tfhub.catalogue:survey",
        vet="zoo_tfhub.resolve:vet",
        fetch="zoo_tfhub.resolve:fetch",
        programs=True,
    )
