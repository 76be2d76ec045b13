"""Weights: every tensor from the file, bit for bit, in each form that Keras writes; or a refusal."""

from __future__ import annotations

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format
from keras.src.utils import file_utils
from keras_models import features, opened, pictures, stirred, values
from safetensors.numpy import save_file
from zoo_keras.names import application
from zoo_keras.prepare import preprocess_input

from zoo.errors import IntegrityError

pytestmark = pytest.mark.tensorflow


def as_legacy(module, path):
    """As Keras 2 wrote weights, and as the published files are."""
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, module)
    return path


def as_keras_3(module, path):
    module.save_weights(path.with_name("x.weights.h5"))
    return path.with_name("x.weights.h5").rename(path)


def as_safetensors(module, path):
    save_file(values(module), path)
    return path


# EfficientNet has statistics of its input and an integer, ConvNeXt layers within layers.
@pytest.mark.parametrize("name", ["MobileNetV3Small", "EfficientNetB0", "ConvNeXtTiny"])
@pytest.mark.parametrize("write", [as_legacy, as_keras_3, as_safetensors])
def test_every_tensor_comes_from_the_file_whatever_its_name(name, write, tmp_path):
    module = stirred(name)
    backbone = opened(name, write(module, tmp_path / "weights of any name"))
    assert backbone.loaded.origin == "pretrained"
    assert backbone.loaded.loaded == backbone.loaded.total == len(module.weights)
    wanted, found = values(module), values(backbone.module)
    assert all(np.array_equal(wanted[name], found[name]) for name in wanted)
    np.testing.assert_array_equal(
        features(backbone, pictures()), np.asarray(module(backbone.prepare(pictures()), training=False))
    )


@pytest.mark.parametrize("name", ["EfficientNetB0", "ResNet50", "MobileNetV3Small"])
def test_the_network_is_the_one_that_keras_builds_for_published_weights(name, tmp_path, monkeypatch):
    """EfficientNet's graph has a layer more with ``weights="imagenet"`` than without."""
    file = as_legacy(stirred(name), tmp_path / "published.h5")
    monkeypatch.setattr(file_utils, "get_file", lambda *args, **kwargs: str(file))
    theirs = getattr(keras.applications, name)(
        include_top=False, weights="imagenet", input_shape=(32, 32, 3), pooling="avg"
    )
    pixels = preprocess_input(application(name))(pictures().astype(np.float32))
    np.testing.assert_array_equal(
        features(opened(name, file), pictures()), np.asarray(theirs(pixels, training=False))
    )


def test_weights_that_come_from_a_saved_run_are_used_whole(tmp_path):
    """An engine assigns tensors; Keras' own Normalization would go on with the statistics it began with."""
    loaded = opened("EfficientNetB0", as_legacy(stirred("EfficientNetB0"), tmp_path / "w.h5"))
    assigned = opened("EfficientNetB0")
    for value, variable in zip(values(loaded.module).values(), assigned.module.weights, strict=True):
        variable.assign(value)
    np.testing.assert_array_equal(features(assigned, pictures()), features(loaded, pictures()))
    before = features(assigned, pictures())
    assigned.module.get_layer("normalization").weights[0].assign([0.9, 0.9, 0.9])
    assert not np.array_equal(features(assigned, pictures()), before)


@pytest.mark.parametrize("write", [as_legacy, as_keras_3, as_safetensors])
def test_the_weights_of_another_model_are_refused(write, tmp_path):
    file = write(stirred("MobileNet"), tmp_path / "w.h5")
    with pytest.raises(IntegrityError, match="does not hold the weights of keras:MobileNetV2"):
        opened("MobileNetV2", file)


@pytest.mark.parametrize("write", [as_legacy, as_keras_3])
def test_a_file_with_the_classifier_is_refused_and_says_so(write, tmp_path):
    whole = keras.applications.MobileNetV3Small(weights=None, include_top=True, input_shape=(32, 32, 3))
    with pytest.raises(IntegrityError, match="holds the classifier too"):
        opened("MobileNetV3Small", write(whole, tmp_path / "w.h5"))


def small(**given):
    given = {"weights": None, "include_top": False, "input_shape": (32, 32, 3), "pooling": "avg", **given}
    return keras.applications.MobileNetV3Small(**given)


def around(base):
    inputs = keras.Input((32, 32, 3))
    return keras.Model(inputs, keras.layers.Dense(7)(base(keras.layers.Rescaling(2.0)(inputs))))


@pytest.mark.parametrize(
    ("module", "write", "why", "hint"),
    [
        (
            lambda: around(small()),
            as_keras_3,
            "below 'layers/functional/layers'",
            "model.layers[N].save_weights",
        ),
        (lambda: around(small()), as_legacy, "below 'MobileNetV3Small'", "model.layers[N].save_weights"),
        (lambda: small(alpha=0.75), as_keras_3, "have other shapes, for example", "another alpha"),
    ],
    ids=["inside a model", "inside a model, legacy", "another width"],
)
def test_files_that_people_have_are_refused_for_the_reason(module, write, why, hint, tmp_path):
    with pytest.raises(IntegrityError) as caught:
        opened("MobileNetV3Small", write(module(), tmp_path / "w.h5"))
    assert why in caught.value.why
    assert hint in caught.value.hint


def test_a_network_that_was_built_without_the_published_rescaling_is_refused(tmp_path):
    given = {"include_top": False, "input_shape": (32, 32, 3), "pooling": "avg"}
    plain = keras.applications.EfficientNetB0(weights=None, **given)
    with pytest.raises(IntegrityError, match="built with weights=None"):
        opened("EfficientNetB0", as_keras_3(plain, tmp_path / "plain.h5"))


def test_what_keras_saves_of_its_own_published_network_is_loaded(tmp_path, monkeypatch):
    file = as_legacy(stirred("EfficientNetB0"), tmp_path / "published.h5")
    monkeypatch.setattr(file_utils, "get_file", lambda *args, **kwargs: str(file))
    theirs = keras.applications.EfficientNetB0(
        include_top=False, weights="imagenet", input_shape=(32, 32, 3), pooling="avg"
    )
    backbone = opened("EfficientNetB0", as_keras_3(theirs, tmp_path / "theirs"))
    assert backbone.loaded.loaded == len(theirs.weights)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("write", [as_keras_3, as_safetensors])
def test_numbers_that_are_not_finite_are_refused(value, write, tmp_path):
    module = stirred("MobileNetV3Small")
    variable = module.weights[7]
    broken = np.array(variable)
    broken.flat[1] = value
    variable.assign(broken)
    with pytest.raises(IntegrityError, match="holds NaN or infinity"):
        opened("MobileNetV3Small", write(module, tmp_path / "w.h5"))


def test_a_tensor_that_keras_leaves_out_is_noticed(tmp_path, monkeypatch):
    file = as_legacy(stirred("MobileNetV3Small"), tmp_path / "w.h5")
    load = keras.Model.load_weights

    def careless(model, path):
        kept = np.array(model.weights[7])
        load(model, path)
        model.weights[7].assign(kept)

    monkeypatch.setattr(keras.Model, "load_weights", careless)
    with pytest.raises(IntegrityError, match=r"1 missing .*1 unexpected"):
        opened("MobileNetV3Small", file)


def test_an_array_that_nothing_uses_is_noticed(tmp_path):
    file = as_keras_3(stirred("MobileNetV3Small"), tmp_path / "w.h5")
    with h5py.File(file, "a") as content:
        content["layers/extra"] = np.ones(3, np.float32)
    with pytest.raises(IntegrityError, match=r"1 unexpected \(layers/extra"):
        opened("MobileNetV3Small", file)


def test_float64_that_float32_cannot_hold_is_refused(tmp_path):
    module = stirred("MobileNetV3Small")
    file = as_legacy(module, tmp_path / "w.h5")
    with h5py.File(file, "a") as content:
        place = next(name for name in named_arrays(content) if content[name].ndim == 1)
        value = content[place][()].astype(np.float64) + 1e-12
        del content[place]
        content[place] = value
    with pytest.raises(IntegrityError, match="unexpected"):
        opened("MobileNetV3Small", file)


def named_arrays(file):
    found = []
    file.visititems(lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None)
    return found
