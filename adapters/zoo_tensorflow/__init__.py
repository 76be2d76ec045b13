"""The TensorFlow engine. Importing this package imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterable

from zoo.plugin import Engine, hookimpl


@hookimpl
def zoo_engines() -> Iterable[Engine]:
    """Offer TensorFlow."""
    yield Engine(
        name="tensorflow",
        framework="tensorflow",
        target="zoo_tensorflow.engine:TensorFlowEngine",
        summary="TensorFlow: Keras models and SavedModels, one compiled step",
        requires=("tensorflow>=2.18", "keras>=3.13.1"),
        install='pip install "zoo-adapters[tensorflow]"',
        heads={
            "softmax": "zoo_tensorflow.tasks.softmax:SoftmaxHead",
            "sigmoid": "zoo_tensorflow.tasks.sigmoid:SigmoidHead",
            "linear": "zoo_tensorflow.tasks.linear:RegressionHead",
        },
    )
