"""What people do with a model in Python: inputs of every kind, copies, pickles, wrong arguments."""

from __future__ import annotations

import copy
import io
import pickle

import numpy as np
import pytest
import torch
from PIL import Image
from starters import stripes

import zoo
from zoo.errors import ConfigError, DataError

pytestmark = pytest.mark.torch

MODEL = "starter:glyphs"
PIXELS, LABELS = stripes(6)


@pytest.fixture(scope="module")
def model():
    model = zoo.load(MODEL)
    model.freeze("backbone")
    model.train(zoo.data((PIXELS, LABELS)))
    return model


def encoded(number: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(PIXELS[number]).save(buffer, "PNG")
    return buffer.getvalue()


def test_one_image_in_every_form_has_one_prediction(model, tmp_path):
    path = tmp_path / "0.png"
    path.write_bytes(encoded(0))
    expected = model.predict(PIXELS[0])
    forms = {
        "path": path,
        "array of paths": np.array([str(path)]),
        "Pillow": Image.open(path),
        "bytes": encoded(0),
        "file": io.BytesIO(encoded(0)),
        "iterator": iter([PIXELS[0]]),
        "tensor": torch.from_numpy(PIXELS[0]),
    }
    for name, given in forms.items():
        assert model.predict(given)[0].label == expected[0].label, name
    assert len(model.predict(zoo.data((PIXELS, LABELS)))) == len(PIXELS)
    wide = np.pad(PIXELS[1], ((0, 0), (0, 9), (0, 0)))
    mixed = [PIXELS[0], wide, Image.fromarray(PIXELS[2]).convert("P"), encoded(3), str(path)]
    assert len(model.predict(mixed)) == 5
    assert len(zoo.data(([*PIXELS[:11], wide], LABELS)).inputs) == 12


@pytest.mark.parametrize(
    ("given", "what"),
    [
        (5, "a int holds no images"),
        ([object()], "a object is no image"),
        ({"a": 1}, "a dict holds no images"),
        (iter(()), "no images were given"),
        (b"", "cannot read the image"),
        (io.StringIO("text"), "gives text, not bytes"),
        (torch.zeros(2, 4, 4, 3), "not uint8"),
    ],
)
def test_what_is_no_image_is_refused_in_words(model, given, what):
    with pytest.raises(DataError, match=what):
        model.predict(given)


def test_a_frozen_module_is_pickled_saved_and_copied(model):
    file = io.BytesIO()
    torch.save(model.native, file)
    file.seek(0)
    copies = [
        torch.load(file, weights_only=False),
        pickle.loads(pickle.dumps(model.native)),
        copy.deepcopy(model.native),
    ]
    inputs = model.adapter.backbone.prepare(torch.from_numpy(np.stack([PIXELS[0]])))
    model.native.eval()
    with torch.no_grad():
        expected = model.native(inputs)
        for one in copies:
            one.train()
            assert not one.backbone.training, "frozen as before"
            assert type(one.backbone).__name__ == type(model.native.backbone).__name__
            assert torch.equal(one.eval()(inputs), expected)


def test_a_model_is_copied_and_its_pickle_says_what_to_do(model):
    other = copy.deepcopy(model)
    assert other.predict(PIXELS[0]) == model.predict(PIXELS[0])
    other.train(zoo.data((PIXELS, LABELS[::-1])))
    assert other.predict(PIXELS[0]) != model.predict(PIXELS[0])
    with pytest.raises(ConfigError, match="cannot be pickled") as caught:
        pickle.dumps(model)
    assert "model.save(FOLDER)" in caught.value.hint


def test_a_model_that_learned_from_files_is_copied(tmp_path):
    for i, pixels in enumerate(PIXELS):
        (tmp_path / str(LABELS[i])).mkdir(exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / str(LABELS[i]) / f"{i}.png")
    model = zoo.load(MODEL)
    model.train(zoo.data(tmp_path), zoo.TrainConfig(epochs=1))
    assert copy.deepcopy(model).predict(PIXELS[0]) == model.predict(PIXELS[0])


def test_wrong_arguments_are_zoos_own_errors(model):
    with pytest.raises(ConfigError, match="'batch_size' cannot be 0"):
        zoo.TrainConfig(batch_size=0)
    with pytest.raises(ConfigError, match="unknown setting 'epoch'") as caught:
        zoo.TrainConfig(epoch=3)
    assert "epochs" in caught.value.hint
    with pytest.raises(ConfigError, match=r"torch\.nn\.modules\.linear\.Linear") as caught:
        zoo.load(torch.nn.Linear(2, 2))
    assert "docs/plugins.md" in caught.value.hint
    with pytest.raises(ConfigError, match="data cannot be a tuple"):
        zoo.finetune(MODEL, (PIXELS, LABELS))


def test_stages_are_frozen_by_name(tmp_path):
    model = zoo.load(MODEL)
    names = [stage.name for stage in model.adapter.backbone.stages]
    assert model.freeze(names[1]) == model.freeze(2)
    with pytest.raises(ConfigError, match=names[0]) as caught:
        model.freeze(names[1] + "x")
    assert f"did you mean {names[1]}" in caught.value.hint
    run = zoo.finetune(
        MODEL, zoo.data((PIXELS, LABELS)), freeze=names[0], epochs=1, out=tmp_path / "run", baselines="none"
    )
    assert run.report.frozen_stages == 1
