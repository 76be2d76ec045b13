"""Entities are those of seqeval; words that a model did not see are tagged O and have no loss."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from pydantic import ValidationError
from record_seqeval import BROKEN, FILE, TAGS

from zoo import TokenClassification
from zoo.core.rows import ragged
from zoo.errors import DataError
from zoo.plugins.tasks import task_from
from zoo.tasks.token_classification.entities import spans, unopened

pytestmark = pytest.mark.torch

TASK = TokenClassification(tags=TAGS)
RECORDED = json.loads(FILE.read_text(encoding="utf-8"))
"""What seqeval said of random rows of tags, and of rows that break the scheme."""


def outputs_for(rows):
    """Outputs of which the largest is the tag."""
    return ragged([np.eye(len(TAGS), dtype=np.float32)[[TAGS.index(tag) for tag in row]] for row in rows])


def test_entities_are_those_of_seqeval_for_any_row_of_tags():
    for row, entities in zip(RECORDED["rows"], RECORDED["entities"], strict=True):
        assert spans(row, parts=True) == [tuple(one) for one in entities], row
    for bare in RECORDED["bare"]:
        assert spans(bare["row"], parts=True) == [tuple(one) for one in bare["entities"]]


def test_figures_are_those_of_seqeval():
    outputs, targets = outputs_for(RECORDED["said"]), TASK.encode(RECORDED["rows"])
    rows = TASK.observe(outputs, targets)
    figures = TASK.metrics(rows)
    for name in ("f1", "precision", "recall", "accuracy"):
        assert figures[name] == pytest.approx(RECORDED[name])
    for name, row in TASK.per_name(rows).items():
        assert row["f1"] == pytest.approx(RECORDED["report"][name]["f1-score"])
        assert row["count"] == RECORDED["report"][name]["support"]


def test_loss_is_torchs_over_the_words_that_were_seen():
    random = np.random.default_rng(2)
    outputs = ragged([random.normal(size=(size, 7)).astype(np.float32) for size in (3, 5, 1)])
    targets = ragged([random.integers(0, 7, size) for size in (3, 5, 1)])
    outputs[1][3:] = np.nan
    kept = [torch.from_numpy(np.concatenate([outputs[0], outputs[1][:3], outputs[2]]))]
    kept.append(torch.from_numpy(np.concatenate([targets[0], targets[1][:3], targets[2]])))
    assert TASK.loss(TASK.observe(outputs, targets)) == pytest.approx(float(F.cross_entropy(*kept)), rel=1e-5)
    weights = TASK.class_weights(targets)
    expected = float(F.cross_entropy(*kept, weight=torch.from_numpy(weights)))
    assert TASK.loss(TASK.observe(outputs, targets, weights)) == pytest.approx(expected, rel=1e-5)
    assert TASK.for_loss(targets).tolist() == [
        [*targets[0], -100, -100],
        targets[1].tolist(),
        [*targets[2], *[-100] * 4],
    ]


def test_a_word_that_was_cut_off_is_tagged_o_and_counted():
    real = [["B-PER", "I-PER", "O", "B-LOC"]]
    outputs = outputs_for(real)
    outputs[0][3] = np.nan
    (answer,) = TASK.predictions(outputs, real)
    assert answer.label == ("B-PER", "I-PER", "O", "O")
    assert answer.cut_off == 1
    assert [(e.type, e.first, e.last) for e in answer.entities] == [("PER", 0, 1)]
    figures = TASK.metrics(TASK.observe(outputs, TASK.encode(real)))
    assert (figures["words_cut_off"], figures["recall"], figures["precision"]) == (1, 0.5, 1)
    # A batch of engine outputs is padded, and may end before the words do.
    assert TASK.metrics(TASK.observe(np.stack([outputs[0][:3]]), TASK.encode(real))) == figures


def test_tags_that_mark_no_parts_are_judged_word_by_word():
    task = TokenClassification(tags=("NOUN", "O", "VERB"))
    assert spans(["NOUN", "NOUN", "O", "VERB"], parts=False) == [
        ("NOUN", 0, 0),
        ("NOUN", 1, 1),
        ("VERB", 3, 3),
    ]
    assert list(task.per_name(task.observe(outputs_for([])[:0], task.encode([])))) == ["NOUN", "VERB"]


def test_i_tags_that_begin_an_entity_are_counted():
    assert [unopened(row) for row in BROKEN[:3]] == [1, 1, 1]
    assert unopened(["B-PER", "I-PER", "S-LOC"]) == 0


@pytest.mark.parametrize(
    "tags", [("B-PER", "PER", "O"), ("B-PER", "L-PER", "O"), ("B-", "B-PER"), ("O", "O")]
)
def test_tags_without_a_sense_are_refused(tags):
    with pytest.raises(ValidationError, match="tag"):
        TokenClassification(tags=tags)


def test_an_unknown_tag_of_the_data_is_an_error_and_the_record_is_read_back():
    with pytest.raises(DataError, match="1 of the data's tags"):
        TASK.encode([["B-ORG"]])
    assert task_from(TASK.model_dump(mode="json")) == TASK
