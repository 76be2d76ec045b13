"""What is read from a SavedModel's traces, and what is refused, each with its reason."""

from __future__ import annotations

import logging

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tfhub import making
from zoo_tfhub.loader import HubLoader
from zoo_tfhub.places import vet

import zoo
from zoo.errors import ConfigError, IntegrityError, MissingPlugin, UnknownModel
from zoo.records import Features, ImageInput, ModelCard, TextInput


def opened(place, card=None, **options):
    card = card or ModelCard(id="tfhub:acme/net/1", framework="tensorflow", task="")
    return HubLoader().open(card, vet(str(place), offline=True), **options)


def saved(model, folder):
    return making.save(model, folder / "model")


def test_pictures_are_probed_without_running_the_model(models):
    backbone = opened(models / "pictures")
    assert (backbone.input.height, backbone.input.width) == (16, 16)
    assert backbone.features.width == 6
    assert [one.name for one in backbone.stages] == ["backbone"]
    assert backbone.loaded.total == 3


def test_pixels_become_the_unit_interval(models):
    backbone = opened(models / "pictures")
    picture = Image.fromarray(np.arange(16 * 16 * 3, dtype=np.uint8).reshape(16, 16, 3))
    given = backbone.prepare(tf.constant(np.asarray(picture)[None]))
    assert np.array_equal(given[0], np.asarray(picture, np.float32) / np.float32(255))


def test_a_batch_of_one_in_the_trace_is_no_backbone(tmp_path):
    with pytest.raises(ConfigError, match=r"float32 \(1, 16, 16, 3\)"):
        opened(saved(making.Pictures(batch=1), tmp_path))


def test_a_trace_of_grey_pictures_is_no_backbone(tmp_path):
    with pytest.raises(ConfigError, match="neither pictures nor texts"):
        opened(saved(making.Pictures(channels=1), tmp_path))


def test_of_several_traces_the_asked_size_is_taken(tmp_path):
    folder = saved(making.Pictures(16, 24), tmp_path)
    assert opened(folder).input.height == 16
    assert opened(folder, input_size=(24, 24)).input.height == 24


def test_traces_for_other_arguments_are_not_taken_for_the_models_own(tmp_path):
    backbone = opened(saved(making.Pictures(first={"return_endpoints": True}), tmp_path))
    assert backbone.module(tf.zeros((2, 16, 16, 3))).shape == (2, 6)


def test_a_size_that_was_not_traced_is_refused(models):
    with pytest.raises(ConfigError, match="32x32 pixels, only of 16x16"):
        opened(models / "pictures", input_size=(32, 32))


def test_a_model_of_any_size_takes_what_the_card_says(tmp_path):
    folder = saved(making.Pictures(None), tmp_path)
    form = ImageInput(height=96, width=80, interpolation="bilinear", mode="squash")
    card = ModelCard(id="tfhub:acme/net/1", framework="tensorflow", input=form)
    assert opened(folder).input.height == 224
    assert opened(folder, input_size=(64, 48)).input.width == 48
    with pytest.raises(ConfigError, match="classifier"):
        opened(folder, card)
    assert opened(folder, card.model_copy(update={"task": "image-feature-vector"})).input == form


@pytest.mark.parametrize(
    ("gives", "width"),
    [
        (making.vector, 5),
        (lambda x, w: {"default": making.vector(x, w), "other": x}, 5),
        (lambda x, w: {"pooled_output": making.vector(x, w), "sequence_output": x}, 5),
        (lambda x, w: [making.vector(x, w)], 5),
        (lambda x, w: tf.reduce_mean(x, (1, 2), keepdims=True) @ w, 5),
    ],
    ids=["tensor", "default", "pooled", "list of one", "map of one place"],
)
def test_the_features_are_found(gives, width, tmp_path):
    backbone = opened(saved(making.Modeless(gives), tmp_path))
    pixels = tf.random.stateless_uniform((3, 8, 8, 3), (1, 2))
    features = backbone.module(pixels)
    assert features.shape == (3, width)
    np.testing.assert_allclose(features, making.vector(pixels, backbone.module.variables[0]), rtol=1e-5)


@pytest.mark.parametrize(
    "gives",
    [lambda x, w: x @ w, lambda x, w: {"a": making.vector(x, w), "b": x}],
    ids=["map", "unknown names"],
)
def test_what_is_no_vector_is_refused(gives, tmp_path):
    with pytest.raises(ConfigError, match="does not give one vector"):
        opened(saved(making.Modeless(gives), tmp_path))


def test_a_classifier_gives_the_layer_before_its_scores_or_is_refused(tmp_path):
    card = ModelCard(
        id="tfhub:acme/net/classification/1", framework="tensorflow", task="image-classification"
    )

    def both(x, w):
        features = making.vector(x, w)
        return {"default": features[:, :2], "feature_vector": features}

    assert opened(making.save(making.Modeless(both), tmp_path / "both"), card).features.width == 5
    with pytest.raises(ConfigError, match="class scores alone"):
        opened(making.save(making.Modeless(making.vector), tmp_path / "scores"), card)


def test_texts_are_probed(models):
    backbone = opened(models / "texts")
    assert isinstance(backbone.input, TextInput)
    texts = np.array(["good day", "bad", ""], dtype=object)
    assert backbone.module(backbone.prepare(texts)).shape == (3, 4)


def test_an_encoder_and_its_preprocessor(models):
    backbone = opened(f"{models / 'encoder'}#preprocessor={models / 'preprocessor'}")
    assert backbone.input == TextInput(max_length=making.LENGTH)
    prepared = backbone.prepare(tf.constant(["good day", "bad"]))
    assert prepared["input_mask"].numpy().sum(1).tolist() == [2, 1]
    assert backbone.module(prepared).shape == (2, 4)


def test_an_encoder_alone_asks_for_its_preprocessor(models):
    with pytest.raises(ConfigError, match="#preprocessor="):
        opened(models / "encoder")


def test_a_preprocessor_of_another_encoder_is_refused(models, tmp_path):
    other = making.save(making.Preprocessor(tf.int64), tmp_path / "other")
    with pytest.raises(ConfigError, match="does not belong to it"):
        opened(f"{models / 'encoder'}#preprocessor={other}")


def test_signatures_alone_are_not_trainable(tmp_path):
    import keras

    inputs = keras.Input((4,))
    keras.Model(inputs, keras.layers.Dense(2)(inputs)).export(str(tmp_path / "m"), verbose=False)
    with pytest.raises(ConfigError, match="not trainable"):
        opened(tmp_path / "m")


def test_training_alone_cannot_be_evaluated(tmp_path):
    with pytest.raises(ConfigError, match="training=True alone"):
        opened(saved(making.Pictures(modes=(True,)), tmp_path))


def test_operations_of_tensorflow_text_are_named(models, tmp_path, monkeypatch):
    import shutil
    import sys

    folder = shutil.copytree(models / "texts", tmp_path / "m")
    graph = (folder / "saved_model.pb").read_bytes()
    renamed = graph.replace(b"StringSplitV2", b"WhitespaceTok")  # of equal length, unknown to TensorFlow
    assert renamed != graph
    (folder / "saved_model.pb").write_bytes(renamed)
    monkeypatch.setitem(sys.modules, "tensorflow_text", None)
    with pytest.raises(MissingPlugin, match="pip install tensorflow-text"):
        opened(folder)


def test_a_damaged_graph_is_an_integrity_error(models, tmp_path):
    import shutil

    folder = shutil.copytree(models / "plain", tmp_path / "m")
    (folder / "saved_model.pb").write_bytes(b"\xff" * 100)
    with pytest.raises(IntegrityError, match="cannot load"):
        opened(folder)


def test_unseeded_random_numbers_and_a_missing_mode_are_told(tmp_path, caplog):
    # Where the process has a global seed, an operation gets one of its own when it is traced.
    tf.random.set_seed(None)
    with caplog.at_level(logging.WARNING, "zoo.tfhub"):
        opened(making.save(making.Pictures(dropout=0.5), tmp_path / "a"))
        opened(making.save(making.Modeless(making.vector), tmp_path / "b"))
    assert "no seed reaches (RandomUniform)" in caplog.messages[0]
    assert "no training mode" in caplog.messages[1]


def test_nothing_is_said_of_a_sound_model(models, caplog):
    opened(models / "pictures")
    assert not caplog.messages


def test_a_program_must_be_trusted_once(models):
    place = f"tfhub:{models / 'plain'}"
    with pytest.raises(IntegrityError, match="--trust"):
        zoo.load(place)
    zoo.load(place, trust=True)
    assert zoo.load(place).card.features.width == 6


def test_an_id_that_is_not_on_the_shelf_must_be_trusted_and_is_then_fetched(models, server):
    server.archives["/acme/net/1"] = making.archive(models / "plain")
    with pytest.raises(IntegrityError, match="--trust"):
        zoo.load("tfhub:acme/net/1")
    assert not server.requests
    model = zoo.load("tfhub:acme/net/1", trust=True)
    assert (model.origin.revision, model.card.id) == ("1", "tfhub:acme/net/1")


def test_a_pair_on_the_shelf_is_fetched_together_and_needs_no_trust(models, server):
    name, companion = (
        "tensorflow/small_bert/bert_en_uncased_L-2_H-128_A-2/2",
        "tensorflow/bert_en_uncased_preprocess/3",
    )
    server.archives[f"/{name}"] = making.archive(models / "encoder")
    server.archives[f"/{companion}"] = making.archive(models / "preprocessor")
    model = zoo.load(f"tfhub:{name}")
    assert len(server.requests) == 2
    assert model.adapter.embed(np.array(["good", "bad"], dtype=object)).shape == (2, 4)


def test_a_card_that_is_wrong_about_the_width_is_told(models, caplog):
    card = ModelCard(id="tfhub:acme/net/1", framework="tensorflow", task="", features=Features(width=9))
    assert opened(models / "plain", card).features.width == 6
    assert "9 features, the model gives 6" in caplog.text


def test_a_handle_without_a_version_is_unknown():
    with pytest.raises(UnknownModel, match="names no version"):
        HubLoader().describe("google/nnlm-en-dim128")
