"""Runs that are interrupted at a step and gone on with, and what they leave behind."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

import zoo
from zoo.training.observer import NullObserver


def pictures(count: int = 60, seed: int = 0):
    """Noisy bars across or down or slanting, uint8 (count, 32, 32, 3), and which."""
    random = np.random.default_rng(seed)
    kinds = np.arange(count) % 3
    down, across = np.mgrid[0:32, 0:32]
    along = np.where(
        kinds[:, None, None] == 0, down, np.where(kinds[:, None, None] == 1, across, down + across)
    )
    bars = (along // 4 % 2) * 160 + random.integers(0, 90, (count, 32, 32))
    return np.repeat(bars[..., None], 3, axis=-1).astype(np.uint8), [f"kind {kind}" for kind in kinds]


class Stop(NullObserver):
    """Presses Ctrl-C after a step."""

    def __init__(self, step: int):
        self._step = step

    def on_step_end(self, step, loss):
        if step == self._step:
            raise KeyboardInterrupt


def run(folder: Path, model: str, *, stop: tuple[int, ...] = (), data=None, **settings):
    """Train, interrupted after each of these steps; the run's folder."""
    data = data or zoo.data(pictures())
    left, observer = list(stop), None
    try:
        observer = Stop(left.pop(0)) if left else None
        zoo.finetune(model, data, out=folder, report=False, observer=observer, **settings)
    except KeyboardInterrupt:
        while True:
            observer = Stop(left.pop(0)) if left else None
            try:
                zoo.resume(folder, data=data, observer=observer)
                break
            except KeyboardInterrupt:
                continue
    assert not left
    return folder


def digest(folder: Path) -> str:
    return hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def log(folder: Path):
    """The log without times."""
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [{name: value for name, value in line.items() if name != "seconds"} for line in lines]
