"""The starter models: one file of weights, the same features in both frameworks."""

from __future__ import annotations

import numpy as np
import pytest

import zoo

pytestmark = [pytest.mark.torch, pytest.mark.tensorflow, pytest.mark.needs("timm")]


@pytest.mark.parametrize("side", [32, 47])
def test_both_networks_are_one_function(side):
    torch, keras = (
        zoo.load(f"starter:{name}", input_size=side).adapter for name in ("glyphs", "glyphs-keras")
    )
    pictures = np.random.default_rng(0).integers(0, 256, (5, side, side, 3)).astype(np.uint8)
    wanted = torch.embed(pictures)
    assert np.abs(wanted).max() > 0.1
    assert np.allclose(keras.embed(pictures), wanted, atol=1e-4)
    stages = [stage.name for stage in torch.backbone.stages]
    assert stages == [stage.name for stage in keras.backbone.stages]
    for cut in range(1, len(stages)):
        assert np.allclose(keras.run(pictures, cut), wanted, atol=1e-4)
