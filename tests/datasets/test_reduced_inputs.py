"""How much of the training inputs a model sees, from headers alone."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from zoo.core.cards import AudioInput, ImageInput
from zoo.core.reduced_inputs import ShrunkImages
from zoo.datasets.inputs.audio import Waveforms
from zoo.datasets.inputs.base import ArrayInputs, ImageFiles, Subset
from zoo.datasets.inputs.decoded_cache import DecodedCache
from zoo.datasets.inputs.images import as_inputs
from zoo.datasets.reduced_inputs import SAMPLE, reduced_inputs

FORM = ImageInput(height=32, width=32)


def arrays(number: int, height: int, width: int) -> ArrayInputs:
    return ArrayInputs(np.zeros((number, height, width), np.uint8))


def of(inputs, form=FORM):
    return reduced_inputs(inputs, np.arange(len(inputs)), form)


def test_images_are_reported_from_one_and_a_half_times_the_input_on():
    assert of(arrays(3, 48, 200)) is None
    found = of(arrays(3, 49, 200))
    assert found == ShrunkImages(examined=3, median=(49, 200), model=(32, 32))
    assert str(found) == "images 200 x 49 (median of 3); the model sees 32 x 32"


@pytest.mark.parametrize(("larger", "times"), [(96, "9"), (48, "2.2"), (64, "4")])
def test_the_cost_of_a_larger_input_is_in_pixels(larger, times):
    found = ShrunkImages(examined=3, median=(96, 96), model=(32, 32), larger=larger)
    assert str(found).endswith(f"; --input-size {larger} costs about {times} times as much")


def test_one_large_image_among_small_ones_is_no_reason():
    images = [np.zeros((32, 32, 3), np.uint8)] * 2 + [np.zeros((500, 500, 3), np.uint8)]
    assert of(as_inputs(images)) is None
    assert of(as_inputs(images[1:] + images[2:])).median == (500, 500)


def test_headers_alone_are_read_of_a_sample_of_the_training_split(tmp_path, monkeypatch):
    paths = []
    for number in range(4):
        paths.append(str(tmp_path / f"{number}.png"))
        Image.new("L", (90, 60)).save(paths[-1])
    files = ImageFiles(paths * 100)
    Image.init()
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))
    assert of(files) == ShrunkImages(examined=SAMPLE, median=(60, 90), model=(32, 32))
    assert of(DecodedCache(files, 0)) == of(files)
    assert of(Subset(files, [1, 2])).examined == 2
    assert reduced_inputs(files, np.array([7]), FORM).examined == 1
    assert reduced_inputs(files, np.arange(0), FORM) is None


def test_files_that_cannot_be_read_are_left_out(tmp_path):
    Image.new("L", (90, 60)).save(tmp_path / "good.png")
    paths = [str(tmp_path / "good.png"), str(tmp_path / "gone.png")]
    assert of(ImageFiles(paths)).examined == 1
    assert of(ImageFiles(paths[1:])) is None


def test_audio_clips_that_are_cut_are_counted():
    clips = Waveforms([np.zeros(rate, np.float32) for rate in (50, 100, 101, 300)])
    found = of(clips, AudioInput(rate=100, max_seconds=1.0))
    assert str(found) == (
        "audio clips 1 s (median of 4); the model hears the first 1 s: 2 of 4 are truncated"
    )
    assert of(clips, AudioInput(rate=100, max_seconds=3.0)) is None
    assert of(clips, AudioInput(rate=100)) is None
