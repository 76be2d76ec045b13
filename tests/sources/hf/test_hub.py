"""Models from a Hub: one commit, kept and opened again without it; what asks for code is refused."""

from __future__ import annotations

import json
import shutil

import hf_models
import numpy as np
import pytest

import zoo
from zoo.errors import ConfigError, DataError, IntegrityError, NetworkError, UnknownModel
from zoo.plugins.manager import manager

pytestmark = [pytest.mark.torch, pytest.mark.needs("transformers", "sentence_transformers")]

TEXTS = ["a word", "some rather longer text"]
WEIGHTS = "model.safetensors"


@pytest.fixture
def folder(tmp_path):
    hf_models.bert(tmp_path / "model")
    return tmp_path / "model"


def test_a_revision_is_kept_and_recorded(hub, tmp_path, folder):
    first = hub.publish("org/bert", hf_models.files(folder))
    hf_models.bert(tmp_path / "newer", seed=1)
    hub.publish("org/bert", hf_models.files(tmp_path / "newer"))
    old, new = zoo.load(f"hf:org/bert@{first}"), zoo.load("hf:org/bert")
    assert old.origin.revision == first != new.origin.revision
    assert np.array_equal(old.embed(TEXTS), zoo.load(f"hf:{folder}").embed(TEXTS))
    assert np.array_equal(new.embed(TEXTS), zoo.load(f"hf:{tmp_path / 'newer'}").embed(TEXTS))
    assert old.card.id == "hf:org/bert"


def test_what_was_fetched_opens_offline(hub, folder):
    hub.publish("org/bert", hf_models.files(folder))
    before = zoo.load("hf:org/bert").embed(TEXTS)
    hub.fail(status=500)
    asked = len(hub.requests)
    assert np.array_equal(zoo.load("hf:org/bert", offline=True).embed(TEXTS), before)
    assert "hf:org/bert" in [card.id for card in zoo.list_models(source="hf")]
    assert "hf:org/bert" not in [card.id for card in zoo.list_models()]
    assert len(hub.requests) == asked
    assert "org/bert" in manager().loader("hf").names()


def test_offline_without_a_copy_says_what_to_type(hub):
    with pytest.raises(NetworkError, match=r"hf download org/bert"):
        zoo.load("hf:org/bert", offline=True)


def test_random_weights_need_the_description_alone(hub, folder):
    hub.publish("org/bert", hf_models.files(folder))
    zoo.load("hf:org/bert", from_scratch=True)
    assert hub.count("GET", "/config.json") == 1
    assert not hub.count("GET", WEIGHTS)


def test_shards_are_one_model(hub, tmp_path, folder):
    hf_models.bert(tmp_path / "sharded", max_shard_size="40KB")
    files = hf_models.files(tmp_path / "sharded")
    assert WEIGHTS not in files
    assert sum(name.endswith(".safetensors") for name in files) > 1
    hub.publish("org/bert", files)
    expected = zoo.load(f"hf:{folder}").embed(TEXTS)
    assert np.array_equal(zoo.load("hf:org/bert").embed(TEXTS), expected)
    assert np.array_equal(zoo.load(f"hf:{tmp_path / 'sharded'}").embed(TEXTS), expected)


def changed(folder, name, **values):
    path = folder / name
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def own_code(folder):
    changed(folder, "config.json", auto_map={"AutoModel": "modeling.Mine"})
    (folder / "modeling.py").write_text("raise SystemExit('was run')")


def nested_code(folder):
    changed(folder, "config.json", text_config={"auto_map": {"AutoConfig": "other/repo--mine.Mine"}})


def own_tokenizer(folder):
    changed(folder, "tokenizer_config.json", auto_map={"AutoTokenizer": ["mine.Mine", None]})


def trusts_itself(folder):
    changed(folder, "config.json", trust_remote_code=True)


def foreign_attention(folder):
    changed(folder, "config.json", _attn_implementation_internal="other/kernels")


def quantised(folder):
    changed(folder, "config.json", quantization_config={"quant_method": "bitsandbytes"})


def no_json(folder):
    (folder / "config.json").write_text("{")


def pickled(folder):
    (folder / WEIGHTS).rename(folder / "pytorch_model.bin")


def shards_outside(folder):
    outside(folder, "../../secret.safetensors")


def shards_absolute(folder):
    outside(folder, "/etc/secret.safetensors")


def outside(folder, name):
    (folder / WEIGHTS).unlink()
    index = {"metadata": {}, "weight_map": {"bert.embeddings.LayerNorm.weight": name}}
    (folder / f"{WEIGHTS}.index.json").write_text(json.dumps(index))


HOSTILE = {
    own_code: "'auto_map'",
    nested_code: "'auto_map'",
    own_tokenizer: "'auto_map'",
    trusts_itself: "'trust_remote_code'",
    foreign_attention: "'_attn_implementation_internal'",
    quantised: "quantised",
    no_json: "not JSON",
    pickled: "unpickling can run any program",
    shards_outside: "plain name",
    shards_absolute: "plain name",
}


@pytest.mark.parametrize("spoil", HOSTILE, ids=lambda one: one.__name__)
def test_hostile_repositories_are_refused_with_the_reason(hub, folder, spoil):
    spoil(folder)
    hub.publish("org/bert", hf_models.files(folder))
    with pytest.raises(IntegrityError, match=HOSTILE[spoil]):
        zoo.load("hf:org/bert")
    with pytest.raises(IntegrityError, match=HOSTILE[spoil]):
        zoo.load(f"hf:{folder}")
    # Refused before anything large, and no program is ever fetched.
    assert not [one for one in hub.requests if one.path.endswith((".safetensors", ".py", ".bin"))
                and one.method == "GET"]  # fmt: skip


def test_a_type_that_the_library_does_not_bring_is_unknown(folder):
    changed(folder, "config.json", model_type="bertt")
    with pytest.raises(UnknownModel, match=r"'bertt'(.|\n)*bert"):
        zoo.load(f"hf:{folder}")


@pytest.mark.parametrize("name", ["nonsense", "a/b/c", "org/../x", "https://example.org/x"])
def test_a_name_is_never_a_path_or_an_address(hub, name):
    with pytest.raises(UnknownModel):
        zoo.load(f"hf:{name}")
    assert not hub.requests


def test_files_of_another_model_stay_out_of_sight(folder, tmp_path):
    """A path in the tokenizer's configuration leads nowhere, and only known names are read."""
    (tmp_path / "secret.txt").write_text("secret")
    changed(folder, "tokenizer_config.json", vocab_file=str(tmp_path / "secret.txt"), name_or_path="/etc")
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "other/repo"}))
    model = zoo.load(f"hf:{folder}")
    assert "adapter_config.json" not in model.adapter.backbone.assets
    shutil.rmtree(folder)
    assert model.embed(TEXTS).shape == (2, 32)


@pytest.mark.parametrize("place", ["./" + "x" * 300, "~nobody-of-that-name/model"], ids=["long", "nobody's"])
def test_a_folder_that_cannot_be_is_told_as_an_absent_one(place):
    with pytest.raises(ConfigError, match="no such folder"):
        zoo.load(f"hf:{place}")
    with pytest.raises(DataError, match="neither a folder"):
        zoo.data(f"hf:{place}")
