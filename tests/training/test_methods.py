"""What each method may move, and does; what it may not stays to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from starters import MODELS, stripes

import zoo
import zoo.training.observer
from zoo.errors import ConfigError
from zoo.reporting.headline import how
from zoo.runs.manifest import read_manifest
from zoo.training.methods import Method
from zoo.training.phases import ModelSummary, phases_of
from zoo.training.step_plan import plan_of

pytestmark = pytest.mark.engine

SETTINGS = {"epochs": 2, "batch_size": 16, "report": False, "baselines": "none"}
STATISTICS = ("running_mean", "running_var", "moving_mean", "moving_variance")


def moved(model: str, folder, **settings) -> set[str]:
    """Names of the tensors of the backbone that a run changed."""
    before = zoo.load(model).adapter.weights()
    run = zoo.finetune(model, zoo.data(stripes(24)), out=folder, **{**SETTINGS, **settings})
    after = run.model.adapter.weights()
    return {
        name
        for name, array in before.items()
        if name.startswith("backbone.") and not np.array_equal(array, after[name])
    }


def of(model: str):
    """The parameters of the backbone; what BatchNorm has of them; its statistics."""
    facts = [one for one in zoo.load(model).adapter.tensors() if one.stage != "head"]
    parameters = {one.name for one in facts if one.kind == "parameter"}
    statistics = {one.name for one in facts if one.name.endswith(STATISTICS)}
    norms = {name.rpartition(".")[0] for name in statistics}
    return parameters, {name for name in parameters if name.rpartition(".")[0] in norms}, statistics


@pytest.mark.parametrize("model", MODELS)
def test_a_probe_moves_the_head_alone(model, tmp_path):
    assert not moved(model, tmp_path / "run", method="probe")


@pytest.mark.parametrize("model", MODELS)
def test_norms_alone(model, tmp_path):
    parameters, norms, _ = of(model)
    assert moved(model, tmp_path / "run", method="norm-only") & parameters == norms


@pytest.mark.parametrize("model", MODELS)
def test_biases_alone(model, tmp_path):
    parameters, *_ = of(model)
    found = moved(model, tmp_path / "run", method="bitfit") & parameters
    assert found
    assert {name.rpartition(".")[2] for name in found} <= {"bias", "beta"}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("bn", ["train", "eval", "affine"])
def test_what_batch_norm_does_is_as_asked(model, bn, tmp_path):
    parameters, norms, statistics = of(model)
    found = moved(model, tmp_path / "run", freeze="nothing", bn=bn)
    assert found >= parameters - norms
    assert (found >= statistics) == (bn == "train")
    assert (found >= norms) == (bn != "eval")
    if bn == "eval":
        assert not found & norms
    if bn != "train":
        assert not found & statistics


@pytest.mark.parametrize("model", MODELS)
def test_lower_stages_learn_more_slowly(model, tmp_path):
    """By one step of SGD without momentum, which is the rate times the gradient."""
    plain = {"freeze": "nothing", "steps": 1, "optimizer": "sgd", "momentum": 0.0, "weight_decay": 0.0}
    plain |= {
        "lr": 1.0,
        "backbone_lr": 10.0,
        "clip_norm": 0.0,
        "augment": "none",
        "bn": "eval",
        "keep": "last",
    }
    plain |= {"schedule": "constant", "warmup": 0.0}
    before = zoo.load(model).adapter.weights()
    stages = [stage.name for stage in zoo.load(model).adapter.backbone.stages]
    facts = {one.name: one for one in zoo.load(model).adapter.tensors()}

    def steps(name, **more):
        data = zoo.data(stripes(24))
        run = zoo.finetune(model, data, out=tmp_path / name, **{**SETTINGS, **plain, **more})
        after = run.model.adapter.weights()
        return {name: after[name] - before[name] for name in before}

    whole, shared, compared = steps("whole"), steps("shared", depth_decay=0.1), 0
    for name in before:
        if np.abs(whole[name]).max() > 1e-4:
            wanted = 0.1 ** (1 - stages.index(facts[name].stage) / len(stages))
            found = np.abs(shared[name]).sum() / np.abs(whole[name]).sum()
            assert found == pytest.approx(wanted, rel=0.02), name
            compared += 1
    assert compared > 10


def test_the_decay_means_the_same_for_chains_of_any_length():
    task = zoo.Classification(classes=("a", "b"))
    config = zoo.TrainConfig(depth_decay=0.1)
    rates = {stages: plan_of(config, task, np.zeros(1), stages).stage_rates for stages in (1, 6, 12)}
    assert [found[0] for found in rates.values()] == pytest.approx([0.1] * 3)
    # As far down is as slow, and the head would be at 1.
    assert rates[12][::2] == pytest.approx(rates[6])
    assert rates[12][-1] == pytest.approx(0.1 ** (1 / 12))


def test_full_gives_the_backbone_of_images_more_than_that_of_texts():
    def rates(modality, **given):
        subject = ModelSummary(5, range(5), random_weights=False, modality=modality)
        [phase] = phases_of(Method("full"), zoo.TrainConfig(**given), subject)
        config = phase.config
        return config.lr, config.backbone_lr, config.depth_decay

    assert rates("image") == pytest.approx((1e-3, 3e-4, 0.13))
    assert rates("text") == pytest.approx((1e-3, 1e-4, 0.13))
    assert rates("image", lr=1e-2) == pytest.approx((1e-2, 3e-3, 0.13))
    assert rates("image", lr="auto") == pytest.approx((1e-3, 3e-4, 0.13))
    assert rates("image", backbone_lr=1e-5, depth_decay=1) == pytest.approx((1e-3, 1e-5, 1))
    scratch = phases_of(
        Method("full"), zoo.TrainConfig(), ModelSummary(5, range(5), random_weights=True, modality="image")
    )[0].config
    assert (scratch.backbone_lr, scratch.depth_decay) == (scratch.lr, 1)


@pytest.mark.parametrize("model", MODELS)
def test_gradual_releases_from_the_top(model, tmp_path):
    """After the head's epoch and one more the last stage has moved, with its statistics, and no other."""
    found = moved(model, tmp_path / "run", method="gradual", head="gradient", keep="last")
    assert found
    facts = {one.name: one.stage for one in zoo.load(model).adapter.tensors()}
    last = zoo.load(model).adapter.backbone.stages[-1].name
    assert {facts[name] for name in found} == {last}
    _, _, statistics = of(model)
    assert {name for name in statistics if facts[name] == last} <= found
    # That is what the run says of itself, and that it was to be more.
    manifest = read_manifest(tmp_path / "run")
    stages = len(manifest.stages)
    assert manifest.frozen_stages == stages - 1
    assert f"before the phase '2 of {stages} stages free'" in (tmp_path / "run" / "README.md").read_text()


@pytest.mark.parametrize("model", MODELS)
def test_what_was_released_twice_follows_statistics(model, tmp_path):
    found = moved(model, tmp_path / "run", method="gradual", head="gradient", keep="last", epochs=3)
    facts = {one.name: one.stage for one in zoo.load(model).adapter.tensors()}
    two = {stage.name for stage in zoo.load(model).adapter.backbone.stages[-2:]}
    _, _, statistics = of(model)
    assert {name for name in statistics if facts[name] in two} <= found


@pytest.mark.parametrize("model", MODELS)
def test_the_probe_comes_first_and_is_a_candidate(model, tmp_path):
    run = zoo.finetune(
        model, zoo.data(stripes(24)), out=tmp_path / "run", method="probe-then-full", **SETTINGS
    )
    epochs = [line["epoch"] for line in run.report.epochs]
    assert epochs == [0, 1, 2]
    assert run.report.head.startswith("logistic regression")
    manifest = read_manifest(tmp_path / "run")
    assert (manifest.method, manifest.frozen_stages) == ("probe-then-full", 0)
    assert "low-rank" not in how(manifest)
    assert "lora" not in (tmp_path / "run" / "README.md").read_text()


@pytest.mark.parametrize("method", ["ful", "lora:0", "probe:3", ""])
def test_a_method_that_there_is_not(method, tmp_path):
    with pytest.raises(ConfigError):
        zoo.finetune(MODELS[0], zoo.data(stripes(24)), out=tmp_path / "run", method=method, **SETTINGS)
    assert not (tmp_path / "run").exists()


def test_auto_says_what_and_why_and_is_the_same_every_time(tmp_path):
    class Told(zoo.training.observer.NullObserver):
        def on_message(self, what, text):
            said.append((what, text))

    said: list[tuple[str, str]] = []
    for name in ("one", "two"):
        zoo.finetune(
            MODELS[0], zoo.data(stripes(2)), out=tmp_path / name, method="auto", observer=Told(), **SETTINGS
        )
    assert said.count(("method", next(text for what, text in said if what == "method"))) == 2
    assert "a linear probe first, then all is tuned" in dict(said)["method"]


class Stop(zoo.training.observer.NullObserver):
    """Presses Ctrl-C after the first step."""

    def on_step_end(self, step, loss):
        raise KeyboardInterrupt


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("failed", ["an interrupted training", "adapters that are refused"])
def test_what_fails_leaves_a_frozen_backbone_frozen(model, failed):
    data, config = zoo.data(stripes(24)), zoo.TrainConfig(epochs=1, batch_size=16, head="gradient")
    live = zoo.load(model)
    live.freeze("backbone")
    if failed == "an interrupted training":
        with pytest.raises(KeyboardInterrupt):
            live.train(data, config, method="full", observer=Stop())
    else:
        with pytest.raises(ConfigError, match=r"low-rank|LoRA"):
            live.lora(4)
    assert live.frozen_stages == len(live.adapter.backbone.stages)
    assert not any(one.trainable and one.stage != "head" for one in live.adapter.tensors())
    before = live.adapter.weights()
    live.train(data, config)
    after = live.adapter.weights()
    assert {name for name, array in before.items() if not np.array_equal(array, after[name])} == {
        name for name in before if name.startswith("head.")
    }
