"""The chain: every layer in one stage, cuts exact to the bit, names that stay."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras_models import LOADER, features, opened, pictures, stir, values

from zoo.errors import ConfigError

pytestmark = pytest.mark.tensorflow

# One of each family, at the smallest side that Keras builds.
SMALLEST = {
    "ConvNeXtTiny": 32,
    "DenseNet121": 32,
    "EfficientNetB0": 32,
    "EfficientNetV2B0": 32,
    "InceptionResNetV2": 75,
    "InceptionV3": 75,
    "MobileNet": 32,
    "MobileNetV2": 32,
    "MobileNetV3Small": 32,
    "NASNetMobile": 32,
    "ResNet50": 32,
    "ResNet50V2": 32,
    "VGG16": 32,
    "Xception": 71,
}


@pytest.mark.parametrize(("name", "side"), SMALLEST.items())
def test_a_chain_cut_in_three_gives_what_the_whole_gives(name, side):
    backbone = opened(name, side=side)
    stir(backbone.module)
    members = [member for stage in backbone.stages for member in stage.members]
    assert sorted(members) == sorted(layer.name for layer in backbone.module.layers)
    assert all(stage.members for stage in backbone.stages)
    whole = features(backbone, pictures(side))
    assert whole.shape == (2, backbone.features.width)
    value = backbone.prepare(pictures(side))
    cuts = sorted(backbone.cuts)
    first, second = cuts[len(cuts) // 3], cuts[2 * len(cuts) // 3]
    for start, stop in ((0, first), (first, second), (second, None)):
        value = backbone.run(value, start, stop)
    np.testing.assert_array_equal(np.asarray(value), whole)
    np.testing.assert_array_equal(np.asarray(backbone.run(backbone.prepare(pictures(side)))), whole)


def test_a_stage_begins_with_a_kernel_and_keeps_what_follows_it():
    stages = {stage.name: stage.members for stage in opened("ResNet50").stages}
    assert list(stages)[:3] == ["conv1", "conv2_block1", "conv2_block2"]
    assert len(stages) == 17
    assert {"conv1_bn", "pool1_pool"} <= set(stages["conv1"])
    assert {"conv2_block1_0_conv", "conv2_block1_out"} <= set(stages["conv2_block1"])
    assert "avg_pool" in stages["conv5_block3"] or "global_average_pooling2d" in stages["conv5_block3"]


def test_the_cells_of_nasnet_are_stages_without_being_cuts():
    backbone = opened("NASNetMobile")
    names = [stage.name for stage in backbone.stages]
    assert names[:4] == ["stem", "cell_stem_1", "cell_stem_2", "cell_0"]
    assert names[-1] == "cell_12"
    assert len(names) == 17
    assert backbone.cuts == {1}


def test_names_do_not_depend_on_what_was_built_before():
    first = opened("InceptionV3", side=75)
    keras.layers.Conv2D(2, 3)
    mine = keras.layers.Conv2D(2, 3).name
    again = opened("InceptionV3", side=75)
    assert list(values(again.module)) == list(values(first.module))
    assert again.stages == first.stages
    # The user's own numbering goes on as if nothing had been built.
    assert int(keras.layers.Conv2D(2, 3).name.rpartition("_")[2]) == int(mine.rpartition("_")[2]) + 1


def test_random_weights_follow_the_seed():
    one, same, other = (values(opened("MobileNetV3Small", seed=seed).module) for seed in (3, 3, 4))
    assert all(np.array_equal(one[name], same[name]) for name in one)
    assert not all(np.array_equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(("name", "side", "least"), [("VGG16", 31, 32), ("InceptionV3", 74, 75)])
def test_a_size_below_the_smallest_is_refused_with_the_smallest(name, side, least):
    with pytest.raises(ConfigError, match=f"at least {least} x {least}"):
        LOADER.open(LOADER.describe(name), None, input_size=(side, 200))


def test_pictures_need_not_be_square():
    backbone = LOADER.open(LOADER.describe("MobileNetV3Small"), None, input_size=(64, 96))
    assert (backbone.input.height, backbone.input.width) == (64, 96)
    assert backbone.module.input_shape == (None, 64, 96, 3)
