"""Keras Applications as a source of backbones. Importing this package imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterable

from zoo.plugin import Source, hookimpl


@hookimpl
def zoo_sources() -> Iterable[Source]:
    """Offer Keras Applications."""
    yield Source(
        name="keras",
        framework="tensorflow",
        target="zoo_keras.loader:KerasLoader",
        summary="Keras Applications: image backbones for TensorFlow, weights from Keras' own storage",
        requires=("keras>=3.13.1", "tensorflow>=2.18", "h5py>=3.11", "pooch>=1.8"),
        install='pip install "zoo-adapters[keras]"',
        survey="zoo_keras.catalogue:survey",
        facts="zoo_keras.catalogue:facts",
        vet="zoo_keras.file_checks:vet",
    )
