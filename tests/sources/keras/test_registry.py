"""The static table and the cards say what the installed Keras says."""

from __future__ import annotations

import inspect

import keras
import pytest
from keras.src.applications import imagenet_utils
from keras_models import LOADER
from zoo_keras import catalogue
from zoo_keras.build import build
from zoo_keras.names import APPLICATIONS, application

from zoo.errors import UnknownModel
from zoo.registry.reader import own_registry, read_catalogue

pytestmark = pytest.mark.tensorflow

# With the head, as Keras' documentation stated them while it stated them exactly.
PUBLISHED = {
    "DenseNet121": 8_062_504,
    "EfficientNetB0": 5_330_571,
    "InceptionV3": 23_851_784,
    "MobileNet": 4_253_864,
    "MobileNetV2": 3_538_984,
    "NASNetMobile": 5_326_716,
    "ResNet50": 25_636_712,
    "ResNet50V2": 25_613_800,
    "Xception": 22_910_480,
}


class Asked(Exception):
    pass


def test_the_names_are_those_of_keras():
    live = [name for name, one in vars(keras.applications).items() if inspect.isfunction(one)]
    assert list(APPLICATIONS) == list(LOADER.names()) == sorted(live)
    assert len(live) == 40


def test_the_modules_are_those_of_keras():
    for name, app in APPLICATIONS.items():
        assert getattr(keras.applications, name).__module__.rpartition(".")[2] == app.module


@pytest.mark.parametrize("name", [name for name in APPLICATIONS if "MobileNetV3" not in name])
def test_the_sizes_are_those_of_keras(name, monkeypatch):
    def record(*args: object, default_size: int, min_size: int, **kwargs: object) -> None:
        raise Asked(default_size, min_size)

    app = application(name)
    monkeypatch.setattr(imagenet_utils, "obtain_input_shape", record)
    with pytest.raises(Asked) as asked:
        getattr(keras.applications, name)(weights=None)
    assert asked.value.args == (app.side, app.least)


def test_the_sizes_of_mobilenet_v3_are_those_of_keras():
    """It has rules of its own; the side for which it was trained stands in the names of its files alone."""
    for name in ("MobileNetV3Large", "MobileNetV3Small"):
        app = application(name)
        assert f"_{app.side}_" in LOADER.describe(name).weights.file
        with pytest.raises(ValueError, match=f"at least {app.least}x{app.least}"):
            getattr(keras.applications, name)(weights=None, input_shape=(app.least - 1, 200, 3))


@pytest.mark.parametrize("name", ["MobileNetV2", "EfficientNetB0", "NASNetMobile", "ConvNeXtTiny"])
def test_the_shelf_says_what_keras_says(name):
    assert catalogue.card(application(name)) == LOADER.describe(name)


def test_every_application_is_on_the_shelf_with_a_digest_of_its_file():
    rows = [row for row in read_catalogue(own_registry()) if row["id"].startswith("keras:")]
    assert [row["id"].partition(":")[2] for row in rows] == sorted(APPLICATIONS)
    for row in rows:
        algorithm, _, digest = row["weights"]["digest"].partition(":")
        assert len(digest) == {"md5": 32, "sha256": 64}[algorithm]
        assert row["weights"]["url"].startswith("https://storage.googleapis.com/")


@pytest.mark.parametrize("name", PUBLISHED)
def test_with_its_head_it_has_the_published_number_of_parameters(name):
    app = application(name)
    module = build(app)
    width = LOADER.describe(name).features.width
    assert module.count_params() + (width + 1) * 1000 == PUBLISHED[name]
    assert catalogue.parameters(module) == LOADER.describe(name).parameters


def test_an_unknown_name_lists_near_ones():
    with pytest.raises(UnknownModel) as caught:
        LOADER.describe("MobilNetV2")
    assert "MobileNetV2" in caught.value.hint
