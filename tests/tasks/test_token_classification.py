"""Entities are those of seqeval; words that a model did not see are tagged O and have no loss."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from pydantic import ValidationError

from zoo import TokenClassification
from zoo.errors import DataError
from zoo.tasks import task_from
from zoo.tasks.entities import spans, unopened
from zoo.tasks.token_classification import ragged

TAGS = ("B-LOC", "B-PER", "E-PER", "I-LOC", "I-PER", "O", "S-LOC")
TASK = TokenClassification(tags=TAGS)
BROKEN = [
    ["I-PER", "I-PER", "O"],
    ["B-PER", "I-LOC", "I-LOC"],
    ["O", "I-LOC", "B-LOC", "I-LOC"],
    ["B-PER", "B-PER", "I-PER", "I-LOC"],
    ["E-PER", "I-PER", "E-PER", "E-PER"],
    ["S-LOC", "I-LOC", "S-LOC", "B-LOC"],
    ["B-PER", "I-PER", "E-PER", "I-PER"],
    ["O", "O"],
    ["I-LOC"],
]


def outputs_for(rows):
    """Outputs of which the largest is the tag."""
    return ragged([np.eye(len(TAGS), dtype=np.float32)[[TAGS.index(tag) for tag in row]] for row in rows])


def random_rows(random, lengths):
    return [[TAGS[i] for i in random.integers(0, len(TAGS), size)] for size in lengths]


def test_entities_are_those_of_seqeval_for_any_row_of_tags():
    seqeval = pytest.importorskip("seqeval.metrics.sequence_labeling")
    random = np.random.default_rng(0)
    rows = BROKEN + random_rows(random, random.integers(1, 12, 500))
    for row in rows:
        assert spans(row, parts=True) == seqeval.get_entities(row), row
    bare = [["B", "I", "O", "I", "I", "B", "B"], ["I", "O", "B", "I"]]
    assert [spans(row, parts=True) for row in bare] == [seqeval.get_entities(row) for row in bare]


def test_figures_are_those_of_seqeval():
    metrics = pytest.importorskip("seqeval.metrics")
    random = np.random.default_rng(1)
    lengths = [*map(len, BROKEN), *random.integers(1, 15, 200)]
    real = BROKEN + random_rows(random, lengths[len(BROKEN) :])
    said = [[a if random.random() < 0.6 else b for a, b in zip(*pair, strict=True)]
            for pair in zip(real, random_rows(random, lengths), strict=True)]  # fmt: skip
    outputs, targets = outputs_for(said), TASK.encode(real)
    figures = TASK.metrics(outputs, targets)
    assert figures["f1"] == pytest.approx(metrics.f1_score(real, said))
    assert figures["precision"] == pytest.approx(metrics.precision_score(real, said))
    assert figures["recall"] == pytest.approx(metrics.recall_score(real, said))
    assert figures["accuracy"] == pytest.approx(metrics.accuracy_score(real, said))
    report = metrics.classification_report(real, said, output_dict=True)
    for name, row in TASK.per_name(outputs, targets).items():
        assert row["f1"] == pytest.approx(report[name]["f1-score"])
        assert row["count"] == report[name]["support"]


def test_loss_is_torchs_over_the_words_that_were_seen():
    random = np.random.default_rng(2)
    outputs = ragged([random.normal(size=(size, 7)).astype(np.float32) for size in (3, 5, 1)])
    targets = ragged([random.integers(0, 7, size) for size in (3, 5, 1)])
    outputs[1][3:] = np.nan
    kept = [torch.from_numpy(np.concatenate([outputs[0], outputs[1][:3], outputs[2]]))]
    kept.append(torch.from_numpy(np.concatenate([targets[0], targets[1][:3], targets[2]])))
    assert TASK.loss(outputs, targets) == pytest.approx(float(F.cross_entropy(*kept)), rel=1e-5)
    weights = TASK.class_weights(targets)
    expected = float(F.cross_entropy(*kept, weight=torch.from_numpy(weights)))
    assert TASK.loss(outputs, targets, weights) == pytest.approx(expected, rel=1e-5)
    assert TASK.for_loss(targets).tolist() == [
        [*targets[0], -100, -100],
        targets[1].tolist(),
        [*targets[2], *[-100] * 4],
    ]


def test_a_word_that_was_cut_off_is_tagged_o_and_counted():
    real = [["B-PER", "I-PER", "O", "B-LOC"]]
    outputs = outputs_for(real)
    outputs[0][3] = np.nan
    (answer,) = TASK.predictions(outputs)
    assert answer.label == ("B-PER", "I-PER", "O", "O")
    assert answer.cut_off == 1
    assert [(e.type, e.first, e.last) for e in answer.entities] == [("PER", 0, 1)]
    figures = TASK.metrics(outputs, TASK.encode(real))
    assert (figures["words_cut_off"], figures["recall"], figures["precision"]) == (1, 0.5, 1)
    # A batch of engine outputs is padded, and may end before the words do.
    assert TASK.metrics(np.stack([outputs[0][:3]]), TASK.encode(real)) == figures


def test_tags_that_mark_no_parts_are_judged_word_by_word():
    task = TokenClassification(tags=("NOUN", "O", "VERB"))
    assert spans(["NOUN", "NOUN", "O", "VERB"], parts=False) == [
        ("NOUN", 0, 0),
        ("NOUN", 1, 1),
        ("VERB", 3, 3),
    ]
    assert list(task.per_name(outputs_for([])[:0], task.encode([]))) == ["NOUN", "VERB"]


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
