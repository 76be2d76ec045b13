"""Four ways to name a model, one meaning each."""

from __future__ import annotations

import pytest
from zoo_tfhub.handles import Handle, parse_name, parse_place

from zoo.errors import ConfigError, UnknownModel

pytestmark = pytest.mark.tensorflow

KAGGLE = "google/mobilenet-v2/tensorFlow2/100-224-feature-vector/1"
PAGE = "https://www.kaggle.com/models/google/mobilenet-v2"


@pytest.mark.parametrize(
    ("text", "kind", "meant"),
    [
        ("google/nnlm-en-dim128/2", "hub", "google/nnlm-en-dim128/2"),
        ("google/imagenet/mobilenet_v2_100_224/feature_vector/5", "hub", None),
        ("https://tfhub.dev/google/nnlm-en-dim128/2", "hub", "google/nnlm-en-dim128/2"),
        (KAGGLE, "kaggle", KAGGLE),
        ("google/mobilenet-v2/TensorFlow2/100-224-feature-vector/1", "kaggle", KAGGLE),
        (f"{PAGE}/tensorFlow2/100-224-feature-vector/1", "kaggle", KAGGLE),
        (f"{PAGE}/frameworks/tensorFlow2/variations/100-224-feature-vector/versions/1", "kaggle", KAGGLE),
        ("https://example.org/m.tar.gz", "url", None),
    ],
)
def test_every_form_has_one_meaning(text, kind, meant):
    assert parse_place(text) == Handle(kind, meant or text)


def test_a_folder_is_meant_where_there_is_one(tmp_path, monkeypatch):
    (tmp_path / "google" / "nnlm-en-dim128" / "2").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert parse_place("google/nnlm-en-dim128/2") == Handle(
        "folder", str(tmp_path / "google/nnlm-en-dim128/2")
    )


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("google/nnlm-en-dim128", "names no version"),
        ("google/mobilenet-v2/tensorFlow2/100-224-feature-vector", "names no version"),
        ("google/mobilenet-v2/tfLite/100-224/1", "its format is tfLite"),
        ("google/../../etc/1", "not a TF Hub handle"),
    ],
)
def test_a_name_that_cannot_be_meant_says_why(name, why):
    with pytest.raises(UnknownModel, match=why):
        parse_name(name)


@pytest.mark.parametrize("place", ["gs://bucket/model", "file:///etc/passwd", "http://", "no/such/folder"])
def test_a_place_that_cannot_be_read_is_refused(place):
    with pytest.raises(ConfigError):
        parse_place(place)
