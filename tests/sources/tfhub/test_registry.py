"""Which models of TF Hub are in the registry, and with which facts."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from zoo_tfhub.handles import parse_name
from zoo_tfhub.loader import HubLoader

from zoo.core.cards import Features, ModelCard, TextInput
from zoo.registry import reader

pytestmark = pytest.mark.tensorflow

HEAD = "# Module {handle}\nTitle\n<!-- format: {format} -->\n"
UNIT = "color values in the range [0,1]; `height` x `width` = 96 x 128 pixels, `num_features` = 1280"
PAIR = "see https://tfhub.dev/acme/words_preprocess/3 and pooled_output is [batch_size, 512]."
PAGES = {
    "acme/vectors/1": UNIT,
    "acme/silent_vectors/1": "`num_features` = 64",
    "acme/bytes/1": "pixel values in the range `[0, 255]`",
    "acme/old/1": UNIT,
    "acme/classification/1": UNIT,
    "acme/words/2": "Maps from text to 128-dimensional embedding vectors.",
    "acme/vague/2": "Maps from text to 128-dimensional or 64-dimensional vectors.",
    "acme/encoder/2": PAIR,
    "acme/orphan/2": "a dict with input_word_ids to a 64-dimensional vector",
    "acme/words_preprocess/3": "seq_length=128",
}
TASKS = {"words": "text-embedding", "vague": "text-embedding", "encoder": "text-embedding"}
TASKS |= {"orphan": "text-embedding", "words_preprocess": "text-preprocessing"}
TASKS |= {"classification": "image-classification"}


def written(tmp_path) -> dict[str, ModelCard]:
    rows = []
    for handle, text in PAGES.items():
        name = handle.split("/")[1]
        file = tmp_path / "pages" / f"{handle}.md"
        file.parent.mkdir(parents=True)
        file.write_text(HEAD.format(handle=handle, format="hub" if name == "old" else "saved_model_2") + text)
        row = {"handle": handle, "task": TASKS.get(name, "image-feature-vector"), "fine_tunable": True}
        rows.append(row | {"dataset": ["d"], "architecture": "net", "license": None, "language": ["en"]})
    (tmp_path / "models.jsonl").write_text("\n".join(map(json.dumps, rows)))
    arguments = [str(tmp_path / "models.jsonl"), str(tmp_path / "pages"), "--out", str(tmp_path / "out.json")]
    subprocess.run([sys.executable, "-m", "zoo_tfhub.catalogue", *arguments], check=True, timeout=60)
    listed = reader.read_catalogue(tmp_path / "out.json")
    return {row["id"].removeprefix("tfhub:acme/"): ModelCard.model_validate(row) for row in listed}


def test_only_what_a_page_justifies_gets_a_card(tmp_path):
    cards = written(tmp_path)
    assert set(cards) == {"vectors/1", "words/2", "encoder/2"}
    vectors, words, encoder = cards["vectors/1"], cards["words/2"], cards["encoder/2"]
    assert (vectors.input.height, vectors.input.width, vectors.features.width) == (96, 128, 1280)
    assert (words.modality, words.input, words.features.width) == ("text", TextInput(), 128)
    assert (encoder.companion, encoder.input) == ("acme/words_preprocess/3", TextInput(max_length=128))
    assert encoder.features == Features(width=512)
    assert "trained on d" in vectors.summary
    assert vectors.trainable is True


@pytest.fixture(scope="module")
def listed():
    return {row["id"]: row for row in reader.rows() if row["id"].startswith("tfhub:")}


def test_every_card_on_the_shelf_names_a_handle_and_companions_that_can_be_got(listed):
    assert len(listed) > 200
    for id, row in listed.items():
        assert parse_name(id.partition(":")[2]).kind == "hub"
        if "companion" in row:
            assert parse_name(row["companion"]).kind == "hub"


def test_a_card_on_the_shelf_is_what_describe_gives(listed):
    id = "tfhub:google/imagenet/mobilenet_v2_100_224/feature_vector/5"
    card = HubLoader().describe(id.partition(":")[2])
    assert card == ModelCard.model_validate(listed[id])
    assert (card.input.height, card.features.width) == (224, 1280)
    assert card.id.partition(":")[2] in HubLoader().names()
