"""What is changed is computed again: exactly that, and nothing stale is ever used."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.metadata

import numpy as np
import pytest
from cached_trainings import MODEL, data, pixels, train
from PIL import Image

import zoo
from zoo.core.cards import Features
from zoo.core.protocols.backbone import Tap
from zoo.errors import ConfigError, DataError
from zoo.registry.cache.feature_files import entries

pytestmark = pytest.mark.usefixtures("parrot", "home")


def other(**changes):
    """Opens the model with something of its backbone replaced."""

    def opened():
        model = zoo.load(MODEL)
        backbone = model.adapter.backbone
        model.adapter.backbone = dataclasses.replace(
            backbone, **{name: change(backbone) for name, change in changes.items()}
        )
        return model

    return opened


def test_a_changed_pixel_recomputes_one_row():
    train("backbone")
    pictures = pixels()
    pictures[7, 3, 3, 1] ^= 1
    changed = train("backbone", data(pictures))
    assert changed.counts == (1, 39)
    assert len(entries()) == 1


def test_a_file_with_the_same_name_and_time_and_other_pixels(tmp_path):
    folder = tmp_path / "images"
    for i, picture in enumerate(pixels(16)):
        (folder / str(i % 2)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(folder / str(i % 2) / f"{i}.bmp")
    train("backbone", zoo.data(folder))
    file = folder / "0" / "4.bmp"
    status, content = file.stat(), bytearray(file.read_bytes())
    content[-5] ^= 255
    file.write_bytes(content)
    import os

    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert train("backbone", zoo.data(folder)).counts == (1, 15)


def test_a_file_that_changes_while_it_is_read_poisons_nothing(tmp_path, monkeypatch):
    folder = tmp_path / "images"
    for i, picture in enumerate(pixels(16)):
        (folder / str(i % 2)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(folder / str(i % 2) / f"{i}.bmp")
    given, victim = zoo.data(folder), folder / "1" / "5.bmp"
    read = type(given.inputs).read

    def meddled(self, index, form):
        if self.name(index) == str(victim):
            victim.write_bytes(victim.read_bytes()[:-1] + b"\x07")
        return read(self, index, form)

    monkeypatch.setattr(type(given.inputs), "read", meddled)
    with pytest.raises(DataError, match="changed while it was read") as caught:
        train("backbone", given)
    assert str(victim) in str(caught.value)


def test_files_that_change_between_two_trainings_on_one_data_set_poison_nothing(tmp_path):
    """Their pixels were remembered, and are not what stands under the new content."""
    folder = tmp_path / "images"
    files = [folder / str(i % 2) / f"{i}.bmp" for i in range(16)]
    for file, picture in zip(files, pixels(16), strict=True):
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(file)
    given = zoo.data(folder)
    train("nothing", given)
    for file, picture in zip(files[::2], pixels(16), strict=False):
        Image.fromarray(255 - picture).save(file)
    same = train("backbone", given)
    anew = train("backbone", zoo.data(folder))
    plain = train("backbone", zoo.data(folder), cache="off")
    assert anew.counts == (0, 16)
    assert np.allclose(anew.losses, plain.losses, rtol=1e-4)
    assert np.allclose(same.losses, plain.losses, rtol=1e-4)


def test_other_weights_have_rows_of_their_own():
    def opened():
        model = zoo.load(MODEL)
        weights = model.adapter.weights()
        weights["backbone.dense1.weight"][0, 0] += np.float32(1e-3)
        model.adapter.set_weights(weights)
        return model

    train("backbone")
    assert train("backbone", open_model=opened).counts == (40, 0)
    # What lies behind the cut is no part of it.
    assert train(1).counts == (40, 0)
    assert train(1, open_model=opened).counts == (0, 40)


def test_other_preprocessing_has_rows_of_its_own():
    train("backbone")
    scaled = other(prepare=lambda backbone: lambda raw: backbone.prepare(raw) * np.float32(1.01))
    assert train("backbone", open_model=scaled).counts == (40, 0)
    form = other(input=lambda backbone: backbone.input.model_copy(update={"interpolation": "nearest"}))
    assert train("backbone", open_model=form).counts == (40, 0)


@pytest.mark.parametrize(
    "place", ["zoo.datasets.inputs.base.resize_and_crop", "zoo.datasets.decoding.images.plain"]
)
def test_other_code_that_decodes_or_resizes_has_rows_of_its_own(place, monkeypatch):
    """An upgrade of zoo: nothing but its own code is another."""
    train("backbone")
    name, _, attribute = place.rpartition(".")
    real = getattr(importlib.import_module(name), attribute)

    def turned(picture, *rest, **settings):
        return real(picture.rotate(90), *rest, **settings)

    with monkeypatch.context() as upgraded:
        upgraded.setattr(place, turned)
        assert train("backbone").counts == (40, 0)
    assert train("backbone").counts == (0, 40)


def test_what_says_how_weights_are_used_has_rows_of_its_own():
    train("backbone")
    pooled = other(taps=lambda backbone: {"vector": Tap(Features(width=32, pooling="cls"), run=backbone.run)})
    assert train("backbone", open_model=pooled).counts == (40, 0)
    described = [other(assets=lambda backbone, one=one: {"config.json": one}) for one in (b"gelu", b"relu")]
    for opened in described:
        assert train("backbone", open_model=opened).counts == (40, 0)
    assert train("backbone", open_model=described[0]).counts == (0, 40)
    program = other(program=lambda backbone: "another output of the same file")
    assert train("backbone", open_model=program).counts == (40, 0)


@pytest.mark.parametrize("library", ["Pillow", "numpy"])
def test_other_libraries_have_rows_of_their_own(library, monkeypatch):
    """What reads images, and what the source requires."""
    train("backbone")
    real = importlib.metadata.version
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "99.0" if name == library else real(name))
    assert train("backbone").counts == (40, 0)
    assert train("backbone").counts == (0, 40)


def test_every_cut_has_rows_of_its_own():
    for freeze in ("backbone", 1, 2):
        assert train(freeze).counts == (40, 0)
    assert len(entries()) == 3


def test_what_no_file_filled_is_not_kept():
    """The stage of such a tensor moves, so the chain is cut in front of it."""
    fresh = other(
        loaded=lambda backbone: dataclasses.replace(backbone.loaded, fresh=frozenset({"dense2.shift"}))
    )
    run = train("backbone", open_model=fresh, cache="on")
    assert run.line.startswith("what leaves stage 2 of 3")


def test_a_tail_that_does_not_give_what_the_whole_gives_is_not_used():
    def crooked(backbone):
        def run(value, start=0, stop=None):
            found = backbone.run(value, start, stop)
            return found * np.float32(1.01) if start else found

        return {"vector": Tap(backbone.features, run=run)}

    plain = train(1, cache="off", open_model=other(taps=crooked))
    kept = train(1, cache="on", open_model=other(taps=crooked))
    assert "the outputs differ by" in kept.line
    assert kept.losses == plain.losses


def test_a_head_is_not_solved_on_what_the_model_does_not_compute():
    def opened():
        model = zoo.load(MODEL)
        cross = model.adapter.cross

        def crooked(inputs, cut):
            crossing = cross(inputs, cut)
            return dataclasses.replace(crossing, arrays={"": crossing.arrays[""] * np.float32(1.1)})

        model.adapter.cross = crooked
        return model

    run = train("backbone", open_model=opened, head="auto")
    assert run.report.head == ""
    assert len(run.losses) == 12
    with pytest.raises(ConfigError, match=r"nothing to solve it on.*differ by"):
        train("backbone", open_model=opened, head="solver")
