"""Which output of a SavedModel is taken, and the models that Keras 3 writes."""

from __future__ import annotations

import numpy as np
import pytest
import saved_models
import tensorflow as tf
from zoo_tfhub.loader import HubLoader
from zoo_tfhub.resolve import vet

from zoo.core.cards import ModelCard
from zoo.errors import ConfigError

pytestmark = pytest.mark.tensorflow


def opened(place):
    card = ModelCard(id="tfhub:acme/net/1", framework="tensorflow", task="")
    return HubLoader().open(card, vet(str(place), offline=True))


def saved(model, folder):
    return saved_models.save(model, folder / "model")


def softmax(x, w):
    return {"probs": tf.nn.softmax(saved_models.vector(x, w))}


def written_out(x, w):
    powers = tf.exp(saved_models.vector(x, w))
    return tf.reshape(tf.cast(powers / tf.reduce_sum(powers, 1, keepdims=True), tf.float32), (-1, 5))


def sigmoid_in_a_function(x, w):
    return tf.function(lambda x, w: (x, tf.nn.sigmoid(saved_models.vector(x, w))))(x, w)[1]


@pytest.mark.parametrize(
    ("gives", "kind"),
    [(softmax, "Softmax"), (written_out, "Softmax"), (sigmoid_in_a_function, "Sigmoid")],
)
def test_class_scores_are_not_taken_for_features_unless_they_are_named(gives, kind, tmp_path):
    folder = saved(saved_models.Modeless(gives), tmp_path)
    with pytest.raises(ConfigError, match=f"the result of {kind}") as caught:
        opened(folder)
    assert "keras.Model(model.inputs" in caught.value.hint
    name = "probs" if gives is softmax else "output_0"
    assert opened(f"{folder}#output={name}").features.width == 5
    with pytest.raises(ConfigError, match="has no output 'scores'"):
        opened(f"{folder}#output=scores")


def test_logits_of_imagenet_are_pointed_out(tmp_path, caplog):
    def gives(x, w):
        return saved_models.vector(x, w) @ tf.ones((5, 1001))

    folder = saved(saved_models.Modeless(gives), tmp_path)
    opened(folder)
    assert "1001 values, as many as ImageNet has classes" in caplog.text
    caplog.clear()
    opened(f"{folder}#output=output_0")
    assert "ImageNet" not in caplog.text


def test_of_several_outputs_a_user_names_one(tmp_path):
    def gives(x, w):
        return {
            "scores": tf.nn.softmax(saved_models.vector(x, w)),
            "before": saved_models.vector(x, w)[:, :3],
        }

    folder = saved(saved_models.Modeless(gives), tmp_path)
    with pytest.raises(ConfigError, match="does not give one vector") as caught:
        opened(folder)
    assert caught.value.hint == "write #output=NAME behind the place; there are before"
    assert opened(f"{folder}#output=before").features.width == 3


@pytest.fixture(scope="module")
def keras_models(tmp_path_factory):
    """A Keras model with BatchNorm and dropout, and the folder of what Keras 3 writes in its three ways."""
    import keras

    root = tmp_path_factory.mktemp("keras")
    inputs = keras.Input((8, 8, 3))
    value = keras.layers.BatchNormalization(momentum=0.99)(keras.layers.Conv2D(4, 3)(inputs))
    value = keras.layers.Dropout(0.5)(keras.layers.GlobalAveragePooling2D()(value))
    model = keras.Model(inputs, value)
    model.export(str(root / "export"), verbose=False)
    tf.saved_model.save(model, str(root / "save"))
    archive = keras.export.ExportArchive()
    archive.track(model)
    spec = [tf.TensorSpec((None, 8, 8, 3), tf.float32)]
    archive.add_endpoint("serve", lambda x: model(x, training=False), spec)
    archive.add_endpoint("train", lambda x: model(x, training=True), spec)
    archive.write_out(str(root / "archive"), verbose=False)
    return model, root


@pytest.mark.parametrize(("way", "switches"), [("export", False), ("save", False), ("archive", True)])
def test_what_keras_3_writes_is_opened_by_its_signatures(way, switches, keras_models, caplog):
    model, root = keras_models
    module = opened(f"{root / way}#range=0..1").module
    pixels = tf.random.stateless_uniform((3, 8, 8, 3), (1, 2))
    np.testing.assert_allclose(module(pixels), model(pixels, training=False), rtol=1e-5)
    with tf.GradientTape() as tape:
        tape.watch(module.trainable_variables)
        training = module(pixels, training=True)
    assert len(module.trainable_variables) == 4
    assert all(one is not None for one in tape.gradient(training, module.trainable_variables))
    # Dropout makes some features zero.
    assert bool(np.any(np.asarray(training) == 0)) == switches
    assert ("no training mode" in caplog.text) == (not switches)
