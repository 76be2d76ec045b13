"""A tokenizer that is not the model's: missing, stale, of another size. Opening refuses it."""

from __future__ import annotations

import json
import logging

import pytest
import transformers
from hf import making

import zoo
from zoo.errors import IntegrityError

LETTERS = [*"abcdefghijklmnopqrstuvwxyz"]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *LETTERS, *(f"##{one}" for one in LETTERS)]


@pytest.fixture
def folder(tmp_path):
    making.bert(tmp_path / "model", bare=True)
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
    words = making.tokenizer()
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
        (pointer, "Git-LFS pointer of 131 bytes for a file of 711,396 bytes"),
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


def test_a_cache_without_tokenizer_is_refused_offline(hub, folder, cache):
    hub.publish("org/bert", making.files(folder))
    zoo.load("hf:org/bert")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        next(cache.rglob(name)).unlink()
    with pytest.raises(IntegrityError, match="has no tokenizer") as caught:
        zoo.load("hf:org/bert", offline=True)
    assert "zoo pull hf:org/bert" in caught.value.mend


@pytest.mark.parametrize(("rows", "told"), [(64 + 56, False), (500, True)])
def test_a_table_is_padded_by_a_few_rows_and_more_is_noted(tmp_path, caplog, rows, told):
    words = making.tokenizer()
    words.add_tokens([f"<{i}>" for i in range(rows // 2 - 56 + 10)])
    config = transformers.BertConfig(vocab_size=rows, max_position_embeddings=64, **making.NARROW)
    transformers.BertModel(config, add_pooling_layer=False).save_pretrained(tmp_path)
    words.save_pretrained(tmp_path)
    with caplog.at_level(logging.WARNING, "zoo.hf"):
        zoo.load(f"hf:{tmp_path}")
    assert ("check that they are of one model" in caplog.text) == told
