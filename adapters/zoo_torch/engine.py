"""PyTorch as an engine: devices, versions, seeding, and the door to adapters."""

from __future__ import annotations

# Looks around before anything of torch is imported.
import zoo_torch.import_order  # noqa: F401  isort: skip
import torch

from zoo.errors import ConfigError
from zoo.plugin import Backbone
from zoo_torch.adapter import TorchAdapter


class TorchEngine:
    """Trains backbones whose ``module`` is a ``torch.nn.Module``."""

    def devices(self) -> list[str]:
        """Best first: CUDA devices, Apple's MPS, then ``cpu``."""
        found = [f"cuda:{i}" for i in range(torch.cuda.device_count())]
        if torch.backends.mps.is_available():
            found.append("mps")
        return [*found, "cpu"]

    def versions(self) -> dict[str, str]:
        """torch, and the number of threads: CPU results depend on it in the last bits."""
        return {"torch": torch.__version__, "threads": str(torch.get_num_threads())}

    def seed(self, seed: int) -> None:
        """Seed torch on every device."""
        torch.manual_seed(seed)

    def load(self, backbone: Backbone, *, device: str = "auto") -> TorchAdapter:
        """Take over a backbone; ``device`` is ``auto`` or as torch writes it.

        Raises:
            ConfigError: no such device.
            PluginError: the chain does not cover the module's tensors exactly once.
        """
        return TorchAdapter(backbone, self._device(device))

    def _device(self, name: str) -> torch.device:
        known = self.devices()
        if name == "auto":
            return torch.device(known[0])
        wanted = f"{name}:0" if name == "cuda" else name
        if wanted not in known:
            raise ConfigError(
                f"there is no device {name!r} here", hint=f"use one of: auto, {', '.join(known)}"
            )
        return torch.device(wanted)
