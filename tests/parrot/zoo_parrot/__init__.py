"""Parrots: four tiny models and an engine, in plain numpy. Importing this package imports neither."""

from zoo.plugin import Engine, Source, hookimpl


@hookimpl
def zoo_sources():
    """Offer the models."""
    yield Source(
        name="parrot",
        framework="numpy",
        target="zoo_parrot.loader:ParrotLoader",
        summary="Parrots: tiny backbones in numpy for images, texts and sounds, weights in the package",
        requires=("numpy>=2.0",),
        install="pip install zoo-parrot",
        catalogue="zoo_parrot:registry.json",
    )


@hookimpl
def zoo_engines():
    """Offer to train modules of framework ``numpy``."""
    yield Engine(
        name="numpy",
        framework="numpy",
        target="zoo_parrot.engine:NumpyEngine",
        summary="numpy: backpropagation by hand, on the CPU",
        requires=("numpy>=2.0",),
        install="pip install zoo-parrot",
        heads={
            "softmax": "zoo_parrot.heads:Softmax",
            "sigmoid": "zoo_parrot.heads:Sigmoid",
            "linear": "zoo_parrot.heads:Numbers",
        },
    )
