"""The engine: what zoo asks before there is a model."""

import numpy as np

from zoo.errors import ConfigError
from zoo_parrot.adapter import NumpyAdapter


class NumpyEngine:
    """Implements ``zoo.plugin.EngineProtocol`` for modules like ``zoo_parrot.network.Chain``."""

    def devices(self):
        return ["cpu"]

    def versions(self):
        return {"numpy": np.__version__}

    def seed(self, seed):
        np.random.seed([seed % 2**32, seed >> 32])

    def load(self, backbone, *, device="auto"):
        if device not in ("auto", "cpu"):
            raise ConfigError(f"there is no device {device!r} here", hint="use one of: auto, cpu")
        return NumpyAdapter(backbone)
