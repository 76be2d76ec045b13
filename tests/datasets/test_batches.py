"""Batches: the order asked for, the same bytes from any number of threads, little memory, no thread left."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from data_files import classes
from PIL import Image

import zoo
from zoo.core.cards import ImageInput, TextInput
from zoo.datasets.batches import (
    AHEAD,
    batches,
    by_length,
    epoch_order,
    even_sizes,
    lengths_of,
    raw_batches,
)
from zoo.datasets.decoding.images import decode
from zoo.datasets.inputs.base import ArrayInputs, ImageFiles
from zoo.datasets.inputs.decoded_cache import DecodedCache
from zoo.datasets.inputs.texts import Texts
from zoo.errors import DataError

FORM = ImageInput(height=16, width=16, crop=0.9)


@pytest.fixture
def files(tmp_path):
    root = classes(tmp_path, {"a": 15, "b": 15}, size=40)
    return ImageFiles([str(path) for path in sorted(root.rglob("*.png"))])


@pytest.mark.parametrize("workers", [0, 1, 2, 5, 40])
def test_order_and_bytes_do_not_depend_on_threads(workers, files):
    order = np.random.default_rng(3).permutation(30)
    found = list(raw_batches(files, order, FORM, batch_size=7, workers=workers))
    assert [len(index) for index, _ in found] == [7, 7, 7, 7, 2]
    assert np.concatenate([index for index, _ in found]).tolist() == order.tolist()
    pixels = np.concatenate([pixels for _, pixels in found])
    assert pixels.dtype == np.uint8
    assert np.array_equal(pixels, np.stack([decode(files.paths[i], FORM) for i in order]))


def test_labels_and_seeds(tmp_path):
    data = zoo.data(classes(tmp_path, {"a": 5, "b": 5}))
    order = np.array([9, 0, 3, 8])
    options = {"batch_size": 3, "workers": 1}
    found = list(batches(data, order, FORM, **options, seeds=lambda number: 100 + number))
    assert [batch.targets.tolist() for batch in found] == [[1, 0, 0], [1]]
    assert [batch.seed for batch in found] == [100, 101]
    assert [batch.index.tolist() for batch in found] == [[9, 0, 3], [8]]
    swapped = zoo.Classification(classes=("b", "a"))
    assert next(batches(data, order, FORM, **options, task=swapped)).targets.tolist() == [0, 1, 1]
    drawn = [
        [batch.seed for batch in batches(data, order, FORM, **options, seeds=base)] for base in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1]
    assert len({*drawn[0], *drawn[2]}) == 4


def test_a_bad_picture_is_raised_at_its_batch(files):
    for bad in (20, 17):
        with open(files.paths[bad], "r+b") as file:
            file.truncate(60)
    found = raw_batches(files, np.arange(30), FORM, batch_size=8, workers=4)
    assert len(next(found)[0]) == len(next(found)[0]) == 8
    with pytest.raises(DataError) as caught:
        next(found)
    assert caught.value.where == files.paths[17]
    assert decoding_threads() == 0


def decoding_threads() -> int:
    return sum(thread.name.startswith("zoo-decode") for thread in threading.enumerate())


class Counting:
    """Inputs that count how often they were read."""

    modality = "image"

    def __init__(self, count):
        self.count, self.reads = count, 0
        self.lock = threading.Lock()

    def __len__(self):
        return self.count

    def is_in_memory(self, index, form):
        return False

    def state(self, index):
        return None

    def read(self, index, form):
        with self.lock:
            self.reads += 1
        return np.full((form.height, form.width, 3), index % 256, np.uint8)


def test_an_abandoned_iterator_reads_little_ahead_and_leaves_no_thread():
    inputs = Counting(10_000)
    found = raw_batches(inputs, np.arange(10_000), FORM, batch_size=4, workers=3)
    next(found)
    time.sleep(0.2)
    assert inputs.reads <= 4 * (AHEAD + 1)
    assert decoding_threads() == 3
    found.close()
    assert decoding_threads() == 0
    assert inputs.reads <= 4 * (AHEAD + 1)


def test_a_later_epoch_decodes_nothing_and_is_the_same():
    inputs = Counting(10)
    size = 16 * 16 * 3
    kept = DecodedCache(inputs, limit=4 * size)
    first = [kept.read(i, FORM).copy() for i in range(10)]
    again = [kept.read(i, FORM) for i in range(10)]
    assert np.array_equal(first, again)
    assert inputs.reads == 10 + 6  # four fit and stay
    with pytest.raises(ValueError, match="read-only"):
        again[0][:] = 0
    other = ImageInput(height=8, width=8)
    kept.read(0, other)
    kept.read(0, other)
    assert inputs.reads == 17  # another form pushes the older one out
    kept.read(0, FORM)
    assert inputs.reads == 18


def test_a_data_set_remembers_its_files(tmp_path):
    root = classes(tmp_path, {"a": 4, "b": 4})
    for memory, survives in ((1 << 20, True), (0, False)):
        data = zoo.data(root, memory=memory)
        before = data.inputs.read(0, FORM)
        moved = (root / "a" / "000.png").rename(root / "a" / "moved")
        if survives:
            assert np.array_equal(data.inputs.read(0, FORM), before)
        else:
            with pytest.raises(DataError, match="gone"):
                data.inputs.read(0, FORM)
        moved.rename(root / "a" / "000.png")


@pytest.mark.parametrize("shape", [(3, 20, 24), (3, 20, 24, 1), (3, 20, 24, 3)])
def test_arrays_equal_files(shape, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    inputs = ArrayInputs(pixels)
    for form in (FORM, ImageInput(height=20, width=24)):
        for i in range(3):
            picture = pixels[i, ..., 0] if shape[-1] == 1 else pixels[i]
            Image.fromarray(picture).save(tmp_path / "one.png")
            assert np.array_equal(inputs.read(i, form), decode(str(tmp_path / "one.png"), form))


def test_an_epoch_is_a_permutation_of_seed_and_number():
    positions = np.array([5, 9, 2, 40])
    assert sorted(epoch_order(positions, 0, 1)) == sorted(positions)
    assert sorted(epoch_order(50, 0, 1)) == list(range(50))
    assert np.array_equal(epoch_order(50, 7, 3), epoch_order(50, 7, 3))
    orders = {tuple(epoch_order(50, seed, epoch)) for seed in range(3) for epoch in range(3)}
    assert len(orders) == 9


def test_what_is_at_hand_is_copied_without_threads():
    pixels = noise_pictures()
    inputs = zoo.data((pixels, [str(i % 2) for i in range(len(pixels))]), val=0.0).inputs
    order = np.arange(len(pixels))[::-1]
    form = ImageInput(height=pixels.shape[1], width=pixels.shape[2], mode="squash")
    before = threading.active_count()
    for index, batch in raw_batches(inputs, order, form, batch_size=4, workers=3):
        assert threading.active_count() == before
        assert np.array_equal(batch, pixels[index])
        batch[:] = 0  # a copy: what the consumer does to it stays with the consumer
    assert pixels.any()


def noise_pictures():
    return np.random.default_rng(0).integers(0, 256, (10, 8, 8, 3), dtype=np.uint8)


def test_an_epoch_has_batches_of_like_size():
    """None of one example after others of 32."""
    for count, most in ((33, 32), (3201, 32), (64, 32), (5, 8), (7, 1)):
        sizes = even_sizes(count, most)
        assert sum(sizes) == count
        assert len(sizes) == -(-count // most)
        assert max(sizes) <= most
        assert max(sizes) - min(sizes) <= 1
        assert sizes == sorted(sizes, reverse=True)
    assert even_sizes(0, 4) == []


def test_texts_of_like_length_share_a_batch_and_nothing_is_lost():
    random = np.random.default_rng(0)
    texts = Texts(["x" * int(n) for n in random.integers(1, 400, 330)])
    order = epoch_order(330, seed=1, epoch=1)
    lengths = lengths_of(texts, order, TextInput(), print)
    near = by_length(order, lengths, 16, seed=1, epoch=1)
    assert sorted(near) == list(range(330))
    assert (near == by_length(order, lengths, 16, seed=1, epoch=1)).all()
    assert (near != by_length(order, lengths, 16, seed=2, epoch=1)).any()

    def padding(order):
        parts = [
            [texts.size(i) for i in part] for part in np.split(order, np.cumsum(even_sizes(330, 16))[:-1])
        ]
        return sum(len(part) * max(part) - sum(part) for part in parts)

    assert padding(near) < padding(order) / 5
    found = [texts.size(i) for i in near]
    assert found != sorted(found), "batches must not come from short to long"
    # A source that counts tokens is asked.
    count = type("Counting", (), {"length": staticmethod(lambda text: -len(text))})
    assert (lengths_of(texts, order, TextInput(), count) == -lengths).all()


def test_two_batches_are_not_sorted_into_one_class_each():
    order = np.random.default_rng(0).permutation(48)
    lengths = np.where(order % 2, 17, 11)
    near = by_length(order, lengths, 32, seed=1, epoch=1)
    assert 0 < (near[:24] % 2).sum() < 24
