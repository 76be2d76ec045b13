"""Every class equally often, whatever there is of it."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from starters import MODELS, stripes

import zoo
from zoo.datasets.splits.balanced import balanced
from zoo.errors import ConfigError

pytestmark = pytest.mark.engine


def uneven():
    """24 lying stripes and 4 standing ones."""
    pictures, labels = stripes(24)
    kept = [i for i, label in enumerate(labels) if label == "lying" or i < 8]
    return pictures[kept], [labels[i] for i in kept]


@pytest.mark.parametrize("model", MODELS)
def test_steps_see_every_class_equally_often(model):
    data = zoo.data(uneven(), val=0.0)
    found = zoo.load(model)
    found.replace_head(data.task)
    found.freeze("backbone")
    seen, step = [], found.adapter.step

    def watched(batch, rates):
        seen.append(batch)
        return step(batch, rates)

    found.adapter.step = watched
    found.train(data, zoo.TrainConfig(epochs=2, batch_size=14, sampling="balanced"))
    for epoch in (seen[:2], seen[2:]):
        assert Counter(int(one) for batch in epoch for one in batch.targets) == {0: 14, 1: 14}
    first, second = ({int(i) for batch in epoch for i in batch.index} for epoch in (seen[:2], seen[2:]))
    assert first != second, "another part of the common class in every epoch"


def test_shares_differ_by_at_most_one_and_so_do_members_of_a_group():
    groups = np.repeat([3, 5, 9], [50, 7, 2])
    drawn = balanced(groups, seed=4, epoch=2)
    assert sorted(Counter(groups[drawn].tolist()).values()) == [19, 20, 20]
    for name in (5, 9):
        times = Counter(drawn[groups[drawn] == name].tolist()).values()
        assert len(times) == (groups == name).sum()
        assert max(times) - min(times) <= 1
    assert max(Counter(drawn[groups[drawn] == 3].tolist()).values()) == 1
    assert np.array_equal(drawn, balanced(groups, seed=4, epoch=2))
    assert not np.array_equal(drawn, balanced(groups, seed=4, epoch=3))
    assert not np.array_equal(drawn, balanced(groups, seed=5, epoch=2))


def test_more_classes_than_examples_in_a_share():
    assert sorted(balanced(np.arange(3), seed=0, epoch=1).tolist()) == [0, 1, 2]


@pytest.mark.parametrize(
    ("labels", "settings", "said"),
    [
        ([0.5, 1.5, 2.5, 3.5] * 4, {}, "no meaning for regression"),
        (["a", "b"] * 8, {"class_weights": "auto"}, "exclude each other"),
        (["a", "b"] * 8, {"head": "solver"}, "takes each example once"),
    ],
)
def test_where_it_means_nothing_it_is_refused_and_nothing_is_written(labels, settings, said, tmp_path):
    data = zoo.data((np.zeros((16, 16, 16, 3), np.uint8), labels))
    with pytest.raises(ConfigError, match=said):
        zoo.finetune(MODELS[0], data, out=tmp_path / "run", sampling="balanced", **settings)
    assert not (tmp_path / "run" / "manifest.json").exists()
