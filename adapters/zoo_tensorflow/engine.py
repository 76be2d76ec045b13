"""TensorFlow as an engine: devices, versions, seeding, and the door to adapters."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from zoo.errors import ConfigError
from zoo.plugin import Backbone
from zoo_tensorflow.startup import require_settings, tensorflow

if TYPE_CHECKING:
    from zoo_tensorflow.adapter import TensorFlowAdapter


class TensorFlowEngine:
    """Trains backbones whose ``module`` is a Keras layer, or a callable with ``variables`` (a SavedModel).

    Raises:
        ConfigError: Keras runs on another backend.
    """

    def __init__(self) -> None:
        self._tf = tensorflow()
        self._loaded = False

    def devices(self) -> list[str]:
        """``gpu:0`` and so on, as TensorFlow numbers them, then ``cpu``."""
        gpus = self._tf.config.list_logical_devices("GPU")
        return [*(f"gpu:{number}" for number in range(len(gpus))), "cpu"]

    def versions(self) -> dict[str, str]:
        """TensorFlow, Keras, and the number of threads: CPU results depend on it in the last bits."""
        import keras

        threads = self._tf.config.threading.get_intra_op_parallelism_threads()
        return {
            "tensorflow": self._tf.__version__,
            "keras": keras.__version__,
            "threads": str(threads or os.cpu_count()),
        }

    def seed(self, seed: int) -> None:
        """Seed Keras' initializers (which draw from Python's and NumPy's generators) and TensorFlow.

        A source builds its model after this, so settings that would change the model are refused here.

        Raises:
            ConfigError: names the setting.
        """
        import keras

        require_settings()
        keras.utils.set_random_seed(seed % 2**32)

    def load(self, backbone: Backbone, *, device: str = "auto") -> TensorFlowAdapter:
        """Take over a backbone. It stays where TensorFlow put it: on the first GPU, else on the CPU.

        Raises:
            ConfigError: no such device, the backbone lies on another one, or a setting of this process is
                refused.
            PluginError: the chain does not cover the module's tensors exactly once.
        """
        from zoo_tensorflow.adapter import TensorFlowAdapter
        from zoo_tensorflow.memory_cleanup import sweep
        from zoo_tensorflow.tensors import variables_of

        require_settings()
        known = self.devices()
        wanted = {"auto": known[0], "gpu": "gpu:0"}.get(device, device)
        if wanted not in known:
            raise ConfigError(
                f"there is no device {device!r} here", hint=f"use one of: auto, {', '.join(known)}"
            )
        if wanted != known[0]:
            raise ConfigError(
                f"TensorFlow has placed the model on {known[0]}",
                why="it places a model where it is built, on the first device that it sees",
                hint='choose with CUDA_VISIBLE_DEVICES: "" is the CPU, "1" the second GPU',
            )
        if self._loaded:
            # The model that was here before may have been let go of.
            sweep(variables_of(backbone.module).values())
        self._loaded = True
        return TensorFlowAdapter(backbone, wanted)
