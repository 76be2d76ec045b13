"""Schedules, the best epoch, and recipes."""

from __future__ import annotations

import pytest

from zoo import TrainConfig
from zoo.errors import ConfigError
from zoo.training.config import resolve
from zoo.training.early_stopping import EarlyStopping
from zoo.training.run_config import Recipe, SplitConfig, load_recipe, to_toml
from zoo.training.schedule import Schedule


def rates(total: int, **settings) -> list[float]:
    config = resolve(TrainConfig(lr=1.0, **settings), head_alone=False, random_weights=False)
    return [Schedule(config, total).rates(step).head for step in range(total)]


def test_the_rate_rises_once_and_falls_to_nearly_zero():
    found = rates(100, warmup=0.1)
    assert found[0] == pytest.approx(1 / 11)
    assert max(found) == found[10] == 1.0
    assert sorted(found[:11]) == found[:11]
    assert sorted(found[10:], reverse=True) == found[10:]
    assert found[-1] < 0.001


def test_a_constant_rate_and_a_single_step():
    assert rates(5, schedule="constant", warmup=0) == [1.0] * 5
    assert rates(1)[0] > 0, "a run of one step must move"


def test_the_backbone_goes_slower_unless_it_has_nothing_to_lose():
    assert resolve(TrainConfig(), head_alone=True, random_weights=False).lr == 1e-2
    assert resolve(TrainConfig(), head_alone=False, random_weights=False).backbone_lr == pytest.approx(1e-4)
    assert resolve(TrainConfig(), head_alone=False, random_weights=True).backbone_lr == pytest.approx(1e-3)
    assert (
        resolve(TrainConfig(lr=0.5, backbone_lr=0.2), head_alone=False, random_weights=False).backbone_lr
        == 0.2
    )


def test_the_best_epoch_and_patience():
    best = EarlyStopping("max", patience=2)
    assert [best.improved(i, v) for i, v in enumerate([0.5, 0.7, float("nan"), 0.7], start=1)] == [
        True,
        True,
        False,
        False,
    ]
    assert (best.epoch, best.value, best.exhausted) == (2, 0.7, True)
    assert EarlyStopping("min", None).exhausted is False


def test_patience_counts_evaluations_however_many_epochs_lie_between():
    best = EarlyStopping("max", patience=2)
    assert [best.improved(epoch, value) for epoch, value in ((5, 0.5), (10, 0.4))] == [True, False]
    assert not best.exhausted
    best.improved(15, 0.4)
    assert best.exhausted
    assert EarlyStopping("max", 2, best.state, since=2).exhausted
    assert not EarlyStopping("max", 2, best.state, since=1).exhausted


def test_a_tie_goes_to_the_smaller_loss():
    best = EarlyStopping("max", None)
    assert [best.improved(i, 1.0, loss) for i, loss in enumerate([0.5, 0.6, 0.3], start=1)] == [
        True,
        False,
        True,
    ]


def test_a_recipe_survives_its_toml_form(tmp_path):
    recipe = Recipe(
        model="timm:resnet18",
        data='odd "name"\\\n\x7f é',
        freeze=3,
        split=SplitConfig(classes=("a", "b\u0085")),
        train=TrainConfig(lr=3e-5, patience=2, flip=True),
    )
    (tmp_path / "config.toml").write_text(to_toml(recipe), encoding="utf-8")
    assert load_recipe(tmp_path / "config.toml", {}) == recipe


def test_later_settings_win(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text("[train]\nepochs = 2\nlr = 0.1\nseed = 5\n")
    recipe = load_recipe(path, {"train.epochs": 3}, ["train.lr=0.2", "model=timm:x"])
    assert (recipe.train.epochs, recipe.train.lr, recipe.train.seed, recipe.model) == (3, 0.2, 5, "timm:x")


def test_a_setting_cannot_pass_through_a_value():
    with pytest.raises(ConfigError):
        load_recipe(None, {}, ["model=x", "model.y=1"])


def test_random_weights_of_a_text_model_learn_at_a_rate_that_they_bear():
    def rate(modality, random_weights):
        return resolve(TrainConfig(), head_alone=False, random_weights=random_weights, modality=modality).lr

    assert [rate("text", True), rate("text", False), rate("image", True)] == [3e-4, 1e-3, 1e-3]
    assert resolve(TrainConfig(lr=0.02), head_alone=False, random_weights=True, modality="text").lr == 0.02
