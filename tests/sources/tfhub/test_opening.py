"""What is read from a SavedModel's traces, and what is refused, each with its reason."""

from __future__ import annotations

import numpy as np
import pytest
import saved_models
import tensorflow as tf
from PIL import Image
from zoo_tfhub.loader import HubLoader
from zoo_tfhub.resolve import vet

import zoo
from zoo.core.cards import Features, ImageInput, ModelCard, TextInput
from zoo.errors import ConfigError, IntegrityError, MissingPlugin, UnknownModel

pytestmark = pytest.mark.tensorflow


def opened(place, card=None, **options):
    card = card or ModelCard(id="tfhub:acme/net/1", framework="tensorflow", task="")
    return HubLoader().open(card, vet(str(place), offline=True), **options)


def saved(model, folder):
    return saved_models.save(model, folder / "model")


def test_pictures_are_probed_without_running_the_model(models):
    backbone = opened(models / "images")
    assert (backbone.input.height, backbone.input.width) == (16, 16)
    assert backbone.features.width == 6
    assert [one.name for one in backbone.stages] == ["backbone"]
    assert backbone.loaded.total == 3


def test_pixels_become_the_unit_interval(models):
    backbone = opened(models / "images")
    picture = Image.fromarray(np.arange(16 * 16 * 3, dtype=np.uint8).reshape(16, 16, 3))
    given = backbone.prepare(tf.constant(np.asarray(picture)[None]))
    assert np.array_equal(given[0], np.asarray(picture, np.float32) / np.float32(255))


def test_a_trace_of_one_example_is_called_for_each_example(tmp_path, caplog):
    several = opened(saved_models.save(saved_models.Pictures(), tmp_path / "several")).module
    backbone = opened(saved_models.save(saved_models.Pictures(batch=1), tmp_path / "one"))
    assert "batches of exactly 1" in caplog.text
    pixels = tf.random.stateless_uniform((3, 16, 16, 3), (1, 2))
    np.testing.assert_allclose(backbone.module(pixels), several(pixels), rtol=1e-5)
    before = backbone.module.variables[2].numpy()
    backbone.module(pixels, training=True)
    np.testing.assert_array_equal(backbone.module.variables[2], before)


def test_a_trace_of_another_fixed_batch_is_no_backbone(tmp_path):
    with pytest.raises(ConfigError, match=r"float32 \(4, 16, 16, 3\), batches of exactly 4; export it"):
        opened(saved(saved_models.Pictures(batch=4), tmp_path))


def test_a_trace_of_grey_pictures_is_no_backbone(tmp_path):
    with pytest.raises(ConfigError, match="images of 1 channels; zoo gives 3"):
        opened(saved(saved_models.Pictures(channels=1), tmp_path))


def test_of_several_traces_the_asked_size_is_taken(tmp_path):
    folder = saved(saved_models.Pictures(16, 24), tmp_path)
    assert opened(folder).input.height == 16
    assert opened(folder, input_size=(24, 24)).input.height == 24


def test_traces_for_other_arguments_are_not_taken_for_the_models_own(tmp_path):
    backbone = opened(saved(saved_models.Pictures(first={"return_endpoints": True}), tmp_path))
    assert backbone.module(tf.zeros((2, 16, 16, 3))).shape == (2, 6)


def test_a_size_that_was_not_traced_is_refused(models):
    with pytest.raises(ConfigError, match="32x32 pixels, only of 16x16"):
        opened(models / "images", input_size=(32, 32))


def test_a_model_of_any_size_takes_what_the_card_says(tmp_path):
    folder = saved(saved_models.Pictures(None), tmp_path)
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
        (saved_models.vector, 5),
        (lambda x, w: {"default": saved_models.vector(x, w), "other": x}, 5),
        (lambda x, w: {"pooled_output": saved_models.vector(x, w), "sequence_output": x}, 5),
        (lambda x, w: [saved_models.vector(x, w)], 5),
        (lambda x, w: tf.reduce_mean(x, (1, 2), keepdims=True) @ w, 5),
    ],
    ids=["tensor", "default", "pooled", "list of one", "map of one place"],
)
def test_the_features_are_found(gives, width, tmp_path):
    backbone = opened(saved(saved_models.Modeless(gives), tmp_path))
    pixels = tf.random.stateless_uniform((3, 8, 8, 3), (1, 2))
    features = backbone.module(pixels)
    assert features.shape == (3, width)
    np.testing.assert_allclose(features, saved_models.vector(pixels, backbone.module.variables[0]), rtol=1e-5)


@pytest.mark.parametrize(
    "gives",
    [lambda x, w: x @ w, lambda x, w: {"a": saved_models.vector(x, w), "b": x}],
    ids=["map", "unknown names"],
)
def test_what_is_no_vector_is_refused(gives, tmp_path):
    with pytest.raises(ConfigError, match="does not give one vector"):
        opened(saved(saved_models.Modeless(gives), tmp_path))


def test_a_classifier_gives_the_layer_before_its_scores_or_is_refused(tmp_path):
    card = ModelCard(
        id="tfhub:acme/net/classification/1", framework="tensorflow", task="image-classification"
    )

    def both(x, w):
        features = saved_models.vector(x, w)
        return {"default": features[:, :2], "feature_vector": features}

    assert opened(saved_models.save(saved_models.Modeless(both), tmp_path / "both"), card).features.width == 5
    with pytest.raises(ConfigError, match="class scores alone"):
        opened(saved_models.save(saved_models.Modeless(saved_models.vector), tmp_path / "scores"), card)


def test_pixels_are_given_in_the_range_that_the_user_names(models):
    raw = tf.constant(np.linspace(0, 255, 256, dtype=np.uint8).repeat(3).reshape(1, 16, 16, 3))
    for text, low, high in (("-1..1", -1, 1), ("0..255", 0, 255), ("0..0.5", 0, 0.5)):
        backbone = opened(f"{models / 'images'}#range={text}")
        given = backbone.prepare(raw).numpy()
        assert (given.min(), given.max()) == (low, high)
        mean, std = backbone.input.mean[0], backbone.input.std[0]
        np.testing.assert_allclose((raw.numpy() / 255 - mean) / std, given, atol=1e-4)


@pytest.mark.parametrize(
    "text", ["#range=1..0", "#range=", "#range=0..1#range=0..2", "#range=0..1e9", "#output="]
)
def test_options_that_are_none_are_refused(text, models):
    with pytest.raises(ConfigError):
        opened(f"{models / 'images'}{text}")


def test_the_range_of_pixels_is_stated_where_nobody_chose_it(models, tmp_path, caplog):
    opened(models / "plain")
    assert "pixels of 0..1, as models of TF Hub are" in caplog.text
    caplog.clear()
    opened(saved(saved_models.Modeless(lambda x, w: saved_models.vector(x * (1 / 255), w)), tmp_path))
    assert "seems to rescale pixels of 0..255" in caplog.text


def test_integer_pixels_are_given_as_they_are(tmp_path):
    pixels = tf.TensorSpec((None, 8, 8, 3), tf.int32)
    model = saved_models.Modeless(lambda x, w: saved_models.vector(tf.cast(x, tf.float32), w), spec=pixels)
    folder = saved(model, tmp_path)
    backbone = opened(folder)
    given = backbone.prepare(tf.constant(np.full((2, 8, 8, 3), 200, np.uint8)))
    assert (given.dtype, int(given[0, 0, 0, 0])) == (tf.int32, 200)
    assert backbone.module(given).shape == (2, 5)
    with pytest.raises(ConfigError, match="leave #range="):
        opened(f"{folder}#range=-1..1")


def test_a_column_of_texts_is_what_keras_models_of_texts_take(tmp_path):
    def gives(x, w):
        return tf.ensure_shape(tf.cast(tf.strings.length(x), tf.float32) @ w[:1], (None, 5))

    backbone = opened(saved(saved_models.Modeless(gives, spec=tf.TensorSpec((None, 1), tf.string)), tmp_path))
    lengths = backbone.module(backbone.prepare(np.array(["a", "bbb"], dtype=object)))
    np.testing.assert_allclose(lengths[1], 3 * lengths[0])


def test_texts_are_probed(models):
    backbone = opened(models / "texts")
    assert isinstance(backbone.input, TextInput)
    texts = np.array(["good day", "bad", ""], dtype=object)
    assert backbone.module(backbone.prepare(texts)).shape == (3, 4)


def test_an_encoder_and_its_preprocessor(models):
    backbone = opened(f"{models / 'encoder'}#preprocessor={models / 'preprocessor'}")
    assert backbone.input == TextInput(max_length=saved_models.LENGTH)
    prepared = backbone.prepare(tf.constant(["good day", "bad"]))
    assert prepared["input_mask"].numpy().sum(1).tolist() == [2, 1]
    assert backbone.module(prepared).shape == (2, 4)


def test_an_encoder_alone_asks_for_its_preprocessor(models):
    with pytest.raises(ConfigError, match="#preprocessor="):
        opened(models / "encoder")


def test_a_preprocessor_of_another_encoder_is_refused(models, tmp_path):
    other = saved_models.save(saved_models.Preprocessor(tf.int64), tmp_path / "other")
    with pytest.raises(ConfigError, match="does not belong to it"):
        opened(f"{models / 'encoder'}#preprocessor={other}")


def test_vectors_are_neither_images_nor_texts(tmp_path):
    import keras

    inputs = keras.Input((4,))
    keras.Model(inputs, keras.layers.Dense(2)(inputs)).export(str(tmp_path / "m"), verbose=False)
    with pytest.raises(ConfigError, match=r"float32 \(None, 4\), vectors or waveforms"):
        opened(tmp_path / "m")


def test_training_alone_cannot_be_evaluated(tmp_path):
    with pytest.raises(ConfigError, match="training=True alone"):
        opened(saved(saved_models.Pictures(modes=(True,)), tmp_path))


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


@pytest.mark.parametrize(
    ("seed", "words"), [(None, "no seed reaches (RandomUniform)"), (3, "begins again in each process")]
)
def test_random_numbers_that_zoo_cannot_set_are_reported(seed, words, tmp_path, caplog):
    # Where the process has a global seed, an operation gets one of its own when it is traced.
    tf.random.set_seed(seed)
    folder = saved_models.save(saved_models.Drawing(times=2), tmp_path / "a")
    tf.random.set_seed(None)
    opened(f"{folder}#range=0..1")
    assert words in caplog.text
    assert "RandomUniform" in caplog.text


def test_a_missing_training_mode_is_reported(tmp_path, caplog):
    opened(f"{saved_models.save(saved_models.Modeless(saved_models.vector), tmp_path / 'b')}#range=0..1")
    assert "no training mode" in caplog.text


def test_nothing_is_said_of_a_sound_model(models, caplog):
    opened(f"{models / 'images'}#range=0..1")
    opened(models / "texts")
    assert not caplog.messages


def test_a_program_must_be_trusted_once(models):
    place = f"tfhub:{models / 'plain'}"
    with pytest.raises(IntegrityError, match="--trust"):
        zoo.load(place)
    zoo.load(place, trust=True)
    assert zoo.load(place).card.features.width == 6


def test_a_file_in_the_current_folder_is_a_place_and_not_a_handle(models, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.keras").write_bytes(b"PK")
    (tmp_path / "model.tar.gz").write_bytes(saved_models.archive(models / "plain"))
    with pytest.raises(ConfigError, match="a Keras file"):
        zoo.load("tfhub:model.keras", trust=True)
    assert zoo.load("tfhub:model.tar.gz", trust=True).card.features.width == 6
    with pytest.raises(ConfigError) as caught:
        zoo.load("tfhub:model.tar.gz#rang=0..1", trust=True)
    assert caught.value.hint == "options behind a place are #range=, #output= and #preprocessor="


def test_an_id_that_is_not_on_the_shelf_must_be_trusted_and_is_then_fetched(models, server):
    server.archives["/acme/net/1"] = saved_models.archive(models / "plain")
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
    server.archives[f"/{name}"] = saved_models.archive(models / "encoder")
    server.archives[f"/{companion}"] = saved_models.archive(models / "preprocessor")
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
