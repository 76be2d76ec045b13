"""Texts as the model wants them: cut off and counted, numbered once, words found again among tokens."""

from __future__ import annotations

import copy
import json
import logging
import random
from concurrent.futures import ThreadPoolExecutor

import hf_models
import numpy as np
import pytest
from zoo_hf.tokenization import Tokens

import zoo
from zoo.datasets.inputs.words import Words
from zoo.errors import IntegrityError

pytestmark = [pytest.mark.torch, pytest.mark.needs("transformers", "sentence_transformers")]


@pytest.fixture
def model(tmp_path):
    hf_models.bert(tmp_path / "model", limit=32)
    return zoo.load(f"hf:{tmp_path / 'model'}")


def test_what_is_cut_off_is_counted_and_told(model, caplog):
    prepare = model.adapter.backbone.prepare
    with caplog.at_level(logging.WARNING, "zoo.hf"):
        made = prepare(["a b c", "a " * 100, "a " * 50])
    assert made["input_ids"].shape == (3, 32)
    assert model.card.input.max_length == 32
    assert (prepare.cut, prepare.lost) == (2, 102 + 52 - 2 * 32)
    assert caplog.messages == ["texts of more than 32 tokens are cut off; the first such has 102"]


def test_a_model_of_texts_is_copied(model):
    other = copy.deepcopy(model)
    texts = ["a b", "c " * 40]
    assert np.array_equal(other.embed(texts), model.embed(texts))
    own, its = model.adapter.backbone.prepare, other.adapter.backbone.prepare
    assert its.tokenizer is not own.tokenizer
    assert its.cut == own.cut


def test_a_text_is_numbered_once(model):
    prepare = model.adapter.backbone.prepare
    before = prepare.seen
    for _ in range(3):
        prepare(["the same", "texts", "the same"])
    assert prepare.seen - before == 2


def test_no_more_is_remembered_than_a_number_of_tokens(monkeypatch):
    monkeypatch.setattr("zoo_hf.tokenization._KEPT", 20)
    prepare = Tokens(hf_models.tokenizer(), None)
    for i in range(30):
        prepare(["abcd" + "e" * i])
    assert sum(len(row["input_ids"]) for row in prepare._known.values()) <= 40
    assert len(prepare._known) < 5


def test_a_pair_is_not_a_list_of_two_words(model):
    prepare = model.adapter.backbone.prepare
    pair, words = prepare([["ab", "cd"]]), prepare([Words(["ab", "cd"])])
    assert pair["token_type_ids"].max() == 1
    assert "words" not in pair
    assert words["input_ids"].shape[1] == pair["input_ids"].shape[1] - 1


@pytest.mark.parametrize("side", ["right", "left"])
def test_words_are_found_among_the_tokens(model, side):
    prepare = model.adapter.backbone.prepare
    prepare.tokenizer.padding_side = side
    lists = [Words(["abc", "d", "ef"]), Words(["xyz"]), Words(["a"] * 40)]
    made = prepare(lists)
    assert made["words"].shape == (3, 40)
    for ids, places, words in zip(made["input_ids"], made["words"], lists, strict=True):
        found = [prepare.tokenizer.convert_ids_to_tokens(int(ids[place])) for place in places if place >= 0]
        assert found == [word[0] for word in words][: len(found)]
    # 32 tokens are kept, the first and the last of them special.
    assert [(places >= 0).sum() for places in made["words"]] == [3, 1, 30]


def test_states_are_those_of_the_librarys_encoder(model, tmp_path):
    import torch

    whole = hf_models.bert(tmp_path / "again")
    backbone = model.adapter.backbone
    prepared = backbone.prepare(["abc d ef"])
    with torch.no_grad():
        ours = backbone.module.eval().tokens(prepared)
        theirs = whole.bert(**prepared).last_hidden_state
    assert torch.allclose(ours, theirs, atol=1e-5)
    assert backbone.taps["tokens"].features.width == ours.shape[2]


def test_what_sentence_transformers_does_around_the_model_is_done_or_named(tmp_path, caplog):
    """Lower case before it, though its tokenizer keeps capitals; a layer behind the pooling is not called."""
    whole = hf_models.bert(tmp_path, bare=True)
    words = hf_models.tokenizer(model_input_names=["input_ids", "token_type_ids", "attention_mask"])
    words.backend_tokenizer.normalizer = None
    words.save_pretrained(tmp_path)
    names = ["Transformer", "Pooling", "Dense", "Normalize"]
    (tmp_path / "modules.json").write_text(json.dumps([{"type": f"models.{one}"} for one in names]))
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text('{"pooling_mode_mean_tokens": true}')
    (tmp_path / "sentence_bert_config.json").write_text('{"max_seq_length": 40, "do_lower_case": true}')
    with caplog.at_level(logging.WARNING, "zoo.hf"):
        model = zoo.load(f"hf:{tmp_path}")
    assert [one for one in caplog.messages if one.endswith("hands on to Dense")]
    states = whole(**words(["ab cd"], return_tensors="pt")).last_hidden_state
    assert np.allclose(model.embed(["AB cD"]), states.mean(1).detach(), atol=1e-5)


@pytest.mark.parametrize("listed", ["{1}", "[1]", "3", '[{"name": "0"}]', "[" * 100_000])
def test_a_list_of_modules_that_is_none_is_refused(tmp_path, listed):
    hf_models.bert(tmp_path)
    (tmp_path / "modules.json").write_text(listed)
    with pytest.raises(IntegrityError, match="not a list of modules"):
        zoo.load(f"hf:{tmp_path}")


def test_threads_that_share_a_model_get_what_one_thread_gets(model):
    """The library's tokenizer holds whether it cuts off: a call of another thread must not change it."""

    def texts(seed):
        draw = random.Random(seed)
        return [f"{seed} " + " ".join(draw.choices("ab", k=draw.choice((3, 200)))) for _ in range(150)]

    def ask(seed):
        return [row.tolist() for one in texts(seed) for row in prepare([one])["input_ids"]]

    prepare = model.adapter.backbone.prepare
    alone = [ask(seed) for seed in range(8)]
    prepare.forget()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == alone
    assert prepare.seen == sum(len(set(texts(seed))) for seed in range(8))
