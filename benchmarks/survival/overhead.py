"""What checkpoints cost at their default interval."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

import zoo
from zoo.runs.checkpoint import Checkpoints
from zoo.runs.training_state import Checkpoint

BUDGET = {"starter:glyphs": "60s", "timm:resnet18": "150s", "starter:glyphs-keras": "60s"}


def share(model: str) -> dict[str, Any]:
    """Of a training's wall time, the part that went into checkpoints."""
    random = np.random.default_rng(0)
    pictures = random.integers(0, 255, (2000, 64, 64, 3), dtype=np.uint8)
    data = zoo.data((pictures, [f"kind {i % 4}" for i in range(len(pictures))]))
    kept: list[float] = []
    written: list[int] = []
    keep = Checkpoints.keep

    def timed(self: Checkpoints, snapshot: Checkpoint) -> None:
        begun = time.perf_counter()
        keep(self, snapshot)
        kept.append(time.perf_counter() - begun)
        written.append(sum(file.stat().st_size for file in self._folder.iterdir()))

    with tempfile.TemporaryDirectory() as place, mock.patch.object(Checkpoints, "keep", timed):
        run = zoo.finetune(
            model,
            data,
            out=Path(place) / "run",
            from_scratch=True,
            freeze="nothing",
            report=False,
            baselines="none",
            input_size=64,
            budget=BUDGET[model],
        )
    seconds = run.report.seconds
    return {
        "model": model,
        "seconds of training": round(seconds, 1),
        "steps": run.report.steps,
        "checkpoints": len(kept),
        "bytes of one": max(written, default=0),
        "seconds of all": round(sum(kept), 2),
        "share %": round(100 * sum(kept) / seconds, 2),
    }
