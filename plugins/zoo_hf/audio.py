"""Preparing sound: the model's own feature extractor."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import ASTFeatureExtractor

from zoo.errors import ConfigError, IntegrityError
from zoo.plugin import AudioInput
from zoo_hf.staging import staged

_LEAST = 0.1
"""Seconds; what is shorter is filled up with silence, because convolutions over time need some."""


class Waves:
    """Audio clips to native input; ``extractor`` is of transformers."""

    def __init__(self, extractor: Any):
        self.extractor = extractor
        self.rate = int(extractor.sampling_rate)
        usual = inspect.signature(extractor.__call__).parameters.get("padding")
        # Where the library would not pad by itself; others pad to a length of their own.
        self._options = {"padding": "longest"} if usual is None or not usual.default else {}

    def __call__(self, sounds: Sequence[Any]) -> dict[str, Tensor]:
        """float32 arrays (T,) in -1..1 at the model's rate, to tensors on the CPU: values, and a mask where
        the model takes one."""
        least = int(self.rate * _LEAST)
        waves = [np.pad(one, (0, max(0, least - len(one)))) for one in sounds]
        found = self.extractor(
            waves, sampling_rate=self.rate, return_tensors="pt", return_attention_mask=True, **self._options
        )
        return {name: value for name, value in found.items() if isinstance(value, Tensor)}

    def probe(self, parts: Sequence[int] = (2, 1)) -> list[Any]:
        """Audio clips of noise, of these parts of a second: of half a one and of a whole one."""
        random = np.random.default_rng(0)
        return [random.uniform(-0.5, 0.5, self.rate // n).astype(np.float32) for n in parts]


def extractor_of(description: Mapping[str, bytes], config: Any, model_id: str) -> Any:
    """Return the feature extractor that the files describe.

    Raises:
        ConfigError: there is none, or it needs a library that is not installed.
        IntegrityError: the files do not make one.
    """
    from transformers import AutoFeatureExtractor

    try:
        with staged(description) as folder:
            found = AutoFeatureExtractor.from_pretrained(  # type: ignore[no-untyped-call]
                str(folder), local_files_only=True, trust_remote_code=False
            )
    except (ImportError, OSError) as error:
        raise ConfigError(
            f"{model_id} has no feature extractor that can be read",
            why=str(error).strip()[:300],
            hint="check its files",
        ) from error
    except Exception as error:
        # Whatever the library raises for values that make no extractor.
        raise IntegrityError(
            f"the files of {model_id} do not make a feature extractor",
            why=f"{type(error).__name__}: {str(error)[:300]}",
            hint="download them again",
        ) from error
    # Masks of time and frequency are drawn from numpy's global state, which no step's seed reaches.
    config.apply_spec_augment = False
    return found


def audio_input(extractor: Any) -> AudioInput:
    """Rate, and the length after which the extractor cuts off, where it states one."""
    rate = int(extractor.sampling_rate)
    longest, frames = getattr(extractor, "chunk_length", None), getattr(extractor, "max_length", None)
    seconds = float(longest) if isinstance(longest, (int, float)) and longest > 0 else None
    if isinstance(extractor, ASTFeatureExtractor) and frames:
        # One frame every 10 ms, each of 25 ms: the last one ends 15 ms behind its place.
        seconds = 0.010 * frames + 0.015
    return AudioInput(rate=rate, max_seconds=seconds)


def compute_alone_if_needed(module: Any, waves: Waves) -> None:
    """Have audio clips computed one at a time where the padding of a batch changes an answer: a norm over
    time in the first layers of wav2vec 2.0, say."""
    probe = waves.probe()
    with torch.no_grad():
        alone, together = module(waves(probe[:1])), module(waves(probe))[:1]
    module.alone = not torch.allclose(alone, together, rtol=1e-4, atol=1e-5)
