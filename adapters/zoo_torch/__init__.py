"""The PyTorch engine. Importing this package imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterable

from zoo.plugin import Engine, hookimpl


@hookimpl
def zoo_engines() -> Iterable[Engine]:
    """Offer PyTorch."""
    yield Engine(
        name="torch",
        framework="torch",
        target="zoo_torch.engine:TorchEngine",
        summary="PyTorch: autograd, channels_last, bfloat16 where the device has it",
        requires=("torch>=2.14", "torchvision>=0.29"),
        install='pip install "zoo-adapters[torch]"',
        heads={
            "softmax": "zoo_torch.tasks.softmax:SoftmaxHead",
            "sigmoid": "zoo_torch.tasks.sigmoid:SigmoidHead",
            "linear": "zoo_torch.tasks.linear:RegressionHead",
            "token-softmax": "zoo_torch.tasks.token_softmax:TokenSoftmaxHead",
        },
    )
