"""Preprocessing: what each application's own module makes of an image, once."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras_models import LOADER
from PIL import Image
from zoo_keras.cards import image_input
from zoo_keras.names import APPLICATIONS, application
from zoo_keras.prepare import Preprocess

from zoo.datasets.decoding.resize import resize_and_crop
from zoo.errors import ConfigError

pytestmark = pytest.mark.tensorflow

MODULES = {app.module: name for name, app in APPLICATIONS.items()}
IMAGENET = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
FORMULAS = {
    "caffe": lambda x: x[..., ::-1] - np.array([103.939, 116.779, 123.68]),
    "tf": lambda x: x / 127.5 - 1.0,
    "torch": lambda x: (x / 255.0 - IMAGENET[0]) / IMAGENET[1],
    "built-in": lambda x: x,
}


def picture(width: int, height: int) -> Image.Image:
    coarse = np.random.default_rng(5).integers(0, 256, (height // 4, width // 4, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


@pytest.mark.parametrize("name", MODULES.values())
@pytest.mark.parametrize("size", [None, (96, 80)])
def test_a_prepared_picture_is_kerass_own(name, size):
    app = application(name)
    raw = picture(301, 203)
    pixels = resize_and_crop(raw, image_input(app, size))
    ours = np.asarray(tf.function(Preprocess(app))(tf.constant(pixels[None])))[0]
    theirs = LOADER.reference(LOADER.describe(name), raw, input_size=size)
    assert ours.dtype == theirs.dtype == np.float32
    # A compiled graph may multiply by the inverse where numpy divides.
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)
    np.testing.assert_allclose(ours, FORMULAS[app.scaling](pixels.astype(np.float64)), rtol=0, atol=1e-4)


def test_the_pixels_given_are_left_alone_and_any_number_is_one_trace():
    pixels = np.random.default_rng(1).integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)
    before = pixels.copy()
    prepare = tf.function(
        Preprocess(application("ResNet50")), input_signature=[tf.TensorSpec((None, 8, 8, 3), tf.uint8)]
    )
    whole = np.asarray(prepare(pixels))
    np.testing.assert_array_equal(np.asarray(prepare(pixels[2:3]))[0], whole[2])
    np.testing.assert_array_equal(pixels, before)
    assert prepare.experimental_get_tracing_count() == 1


@pytest.mark.parametrize(
    ("setting", "value", "usual"),
    [("image_data_format", "channels_first", "channels_last"), ("dtype_policy", "mixed_float16", "float32")],
)
def test_settings_of_keras_that_would_change_the_model_are_refused(setting, value, usual):
    change = getattr(keras.config, f"set_{setting}")
    change(value)
    try:
        with pytest.raises(ConfigError, match=setting):
            LOADER.open(LOADER.describe("MobileNetV3Small"), None, input_size=(32, 32))
    finally:
        change(usual)
