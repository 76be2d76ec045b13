"""A tokenizer that is not the model's: missing, stale, of another size. Opening refuses it."""

from __future__ import annotations

import base64
import json
import logging
import sys
from importlib import import_module

import hf_models
import pytest
import transformers

import zoo
from zoo.errors import DataError, IntegrityError

pytestmark = [pytest.mark.torch, pytest.mark.needs("transformers", "sentence_transformers")]

LETTERS = [*"abcdefghijklmnopqrstuvwxyz"]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *LETTERS, *(f"##{one}" for one in LETTERS)]


@pytest.fixture
def folder(tmp_path):
    hf_models.bert(tmp_path / "model", bare=True)
    return tmp_path / "model"


def without_tokenizer(folder):
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).unlink()


def pointer(folder):
    text = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 711396\n"
    (folder / "tokenizer.json").write_text(text)


def stale(folder):
    (folder / "vocab.txt").write_text("\n".join([*WORDS[:4], *reversed(WORDS[4:])]))


def too_large(folder):
    words = hf_models.tokenizer()
    words.add_tokens([f"<{i}>" for i in range(9)])
    words.save_pretrained(folder)


def too_small(folder):
    change(folder, lambda tree: tree["model"].update(vocab={word: i for i, word in enumerate(WORDS[:31])}))


def beyond_the_table(folder):
    def template(tree):
        tree["post_processor"]["special_tokens"]["[CLS]"]["ids"] = [999_999]

    change(folder, template)


def change(folder, edit):
    path = folder / "tokenizer.json"
    tree = json.loads(path.read_text())
    edit(tree)
    path.write_text(json.dumps(tree))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (without_tokenizer, "neither tokenizer.json nor vocab.txt is there"),
        (pointer, "Git LFS pointer of 131 bytes for a file of 711,396 bytes"),
        (stale, "vocab.txt lists 56, of which 52 have another number"),
        (too_large, "the number 64, the model has rows for 64 tokens"),
        (too_small, "it knows 31 tokens, the model has rows for 64"),
        (beyond_the_table, "the number 999,999"),
    ],
)
def test_another_tokenizer_is_refused(folder, spoil, said):
    spoil(folder)
    with pytest.raises(IntegrityError, match=said):
        zoo.load(f"hf:{folder}")


def test_the_mask_token_needs_no_row(tmp_path):
    words = hf_models.tokenizer()
    words.add_special_tokens({"mask_token": "[MASK]"})
    config = transformers.BertConfig(vocab_size=56, max_position_embeddings=64, **hf_models.NARROW)
    transformers.BertModel(config, add_pooling_layer=False).save_pretrained(tmp_path)
    words.save_pretrained(tmp_path)
    model = zoo.load(f"hf:{tmp_path}")
    assert model.embed(["a b"]).shape == (1, 32)
    with pytest.raises(DataError, match=r"the token '\[MASK\]', which the model does not know"):
        model.embed(["a [MASK]"])


@pytest.mark.parametrize("indent", [None, 2])
def test_a_vocabulary_in_json_may_be_indented(folder, indent):
    """Tokenizers written in Python save it so, next to a tokenizer.json of before."""
    known = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
    (folder / "vocab.json").write_text(json.dumps(known, indent=indent, sort_keys=True) + "\n")
    zoo.load(f"hf:{folder}")
    (folder / "vocab.json").write_text(json.dumps({word: 63 - i for word, i in known.items()}, indent=indent))
    with pytest.raises(IntegrityError, match=r"vocab\.json lists 56"):
        zoo.load(f"hf:{folder}")


def test_a_cache_without_tokenizer_is_refused_offline(hub, folder, cache):
    hub.publish("org/bert", hf_models.files(folder))
    zoo.load("hf:org/bert")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        next(cache.rglob(name)).unlink()
    with pytest.raises(IntegrityError, match="has no tokenizer") as caught:
        zoo.load("hf:org/bert", offline=True)
    assert "zoo pull hf:org/bert" in caught.value.hint


@pytest.mark.parametrize(("rows", "told"), [(64 + 56, False), (500, True)])
def test_a_table_is_padded_by_a_few_rows_and_more_is_noted(tmp_path, caplog, rows, told):
    words = hf_models.tokenizer()
    words.add_tokens([f"<{i}>" for i in range(rows // 2 - 56 + 10)])
    config = transformers.BertConfig(vocab_size=rows, max_position_embeddings=64, **hf_models.NARROW)
    transformers.BertModel(config, add_pooling_layer=False).save_pretrained(tmp_path)
    words.save_pretrained(tmp_path)
    with caplog.at_level(logging.WARNING, "zoo.hf"):
        zoo.load(f"hf:{tmp_path}")
    assert ("check that they are of one model" in caplog.text) == told


def unreadable_charsmap(tree):
    tree["normalizer"] = {"type": "Precompiled", "precompiled_charsmap": charsmap(16, b"\xff" * 40)}


def damaged_charsmap(tree):
    tree["normalizer"] = {"type": "Precompiled", "precompiled_charsmap": charsmap(8, b"\xff" * 8 + b"abc\0")}


def without_unknown_token(tree):
    tree["model"]["unk_token"] = "[NONE]"


def charsmap(size, content):
    return base64.b64encode(size.to_bytes(4, "little") + content).decode()


@pytest.mark.parametrize("edit", [unreadable_charsmap, damaged_charsmap, without_unknown_token])
def test_a_library_that_panics_on_a_tokenizer_is_an_error_of_zoo(folder, edit):
    change(folder, edit)
    with pytest.raises(IntegrityError, match=r"tokenizer (of hf:./model is damaged|fails on a text)"):
        zoo.load(f"hf:{folder}")


def test_a_tokenizer_that_fails_on_a_text_is_an_error_of_zoo(folder):
    def endless(tree):
        split = {"type": "Split", "pattern": {"Regex": "^(a+)+$"}, "behavior": "Isolated", "invert": False}
        tree["pre_tokenizer"] = split

    change(folder, endless)
    model = zoo.load(f"hf:{folder}")
    with pytest.raises(IntegrityError, match="fails on a text"):
        model.embed(["a" * 40 + "!"])


def test_a_panic_that_no_source_has_foreseen_is_one_line_of_the_command_line(monkeypatch, capfd):
    panic = type("PanicException", (BaseException,), {"__module__": "pyo3_runtime"})

    def fails(**options):
        raise panic("index out of bounds")

    command_line = import_module("zoo.cli.main")
    monkeypatch.setattr(command_line.zoo, "main", fails)
    monkeypatch.setattr("signal.signal", lambda number, handler: None)
    for stream in ("stdout", "stderr"):
        monkeypatch.setattr(sys, stream, getattr(sys, stream))
    with pytest.raises(SystemExit) as ended:
        command_line.run()
    assert ended.value.code == 5
    assert capfd.readouterr().err.startswith("error: a library cannot read a file of the model: index out")
