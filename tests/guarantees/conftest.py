"""A small run of the third-party plugin."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import zoo


@pytest.fixture(scope="module")
def trained(parrot, tmp_path_factory):
    """A folder with a run, and the images it was trained on."""
    folder = tmp_path_factory.mktemp("trained")
    random = np.random.default_rng(0)
    for i in range(8):
        (folder / "data" / "ab"[i % 2]).mkdir(parents=True, exist_ok=True)
        image = Image.fromarray(random.integers(0, 256, (32, 32, 3), dtype=np.uint8))
        image.save(folder / "data" / "ab"[i % 2] / f"{i}.png")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("ZOO_HOME", str(folder / "home"))
        zoo.finetune("parrot:mimic-s", folder / "data", out=folder / "run", epochs=1, baselines="none")
    return folder


@pytest.fixture
def run(trained, tmp_path):
    """A copy of the run, to be changed."""
    return Path(shutil.copytree(trained / "run", tmp_path / "run"))
