"""Images whose values mean something else than their format says: reported once, with what to type."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from starters import MODELS

import zoo
from zoo.core.cards import ImageInput
from zoo.datasets.blank_inputs import checked
from zoo.datasets.decoding.images import decode
from zoo.datasets.inputs.images import as_inputs
from zoo.errors import DataError

pytestmark = pytest.mark.engine

FORM = ImageInput(height=16, width=16)


def drawings(root, make, suffix: str = ".png"):
    """Two classes of four images that differ in where a square lies."""
    for kind in ("left", "right"):
        (root / kind).mkdir()
        for i in range(4):
            values = np.full((16, 16), 30 + i)
            values[4:12, slice(0, 8) if kind == "left" else slice(8, 16)] = 230
            Image.fromarray(make(values)).save(root / kind / f"{i}{suffix}")
    return zoo.data(root, val=0)


def test_values_of_twelve_bits_are_reported_and_scaled(tmp_path):
    data = drawings(tmp_path, lambda values: (values * 16).astype(np.uint16))
    (warning,) = checked(data, FORM)[1]
    assert "nearly black: at most 14 of 255 in 8 checked" in warning
    assert "reach 3,680 of 65,535; if 12 bits hold them, train or embed with --bit-depth 12" in warning
    twelve = FORM.model_copy(update={"bit_depth": 12})
    assert checked(data, twelve)[1] == ()
    assert data.inputs.read(0, twelve).max() == 229
    with pytest.raises(DataError, match="at a bit depth of 10"):
        decode(data.inputs.name(0), FORM.model_copy(update={"bit_depth": 10}))


def test_values_of_eight_bits_in_more_are_reported(tmp_path):
    data = drawings(tmp_path, lambda values: values.astype(np.int32), ".tif")
    assert "bit_depth=8" in checked(data, FORM)[1][0]


def test_white_drawings_on_transparency_are_reported_and_composited_on_black(tmp_path):
    def icon(values):
        alpha = np.where(values > 200, 255, 0)
        return np.dstack([np.full((16, 16, 3), 255), alpha]).astype(np.uint8)

    data = drawings(tmp_path, icon)
    (warning,) = checked(data, FORM)[1]
    assert warning.startswith("8 of 8 images checked are of a single color ")
    assert "--background black" in warning
    black = FORM.model_copy(update={"background": "black"})
    assert checked(data, black)[1] == ()
    assert data.inputs.read(0, black)[..., 0].min() == 0
    opened = as_inputs(Image.open(data.inputs.name(0)))
    assert (opened.read(0, black) == data.inputs.read(0, black)).all()


def test_one_image_of_a_single_color_is_named(tmp_path):
    drawings(tmp_path, lambda values: values.astype(np.uint8))
    Image.new("RGB", (16, 16), "red").save(tmp_path / "left" / "blank.jpg")
    (warning,) = checked(zoo.data(tmp_path, val=0), FORM)[1]
    assert warning.startswith("1 of 9 images checked is of a single color (")
    assert "blank.jpg" in warning


def test_a_warning_names_the_line_that_trains():
    data = zoo.data((np.zeros((4, 32, 32, 3), np.uint8), [0, 1] * 2), val=0)
    with pytest.warns(UserWarning, match="of a single color") as raised:
        zoo.load(MODELS[0]).train(data)
    assert [one.filename for one in raised if "single color" in str(one.message)] == [__file__]


def test_arrays_of_another_scale_are_reported():
    pixels = np.random.default_rng(0).integers(0, 17, (8, 8, 8), dtype=np.uint8)
    (warning,) = checked(zoo.data((pixels, [0, 1] * 4), val=0), ImageInput(height=8, width=8))[1]
    assert warning.endswith("at most 16 of 255 in 8 checked; scale the values to 0..255")
