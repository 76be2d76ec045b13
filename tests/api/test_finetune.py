"""Fine-tuning through the public door: tasks, settings, runs that are models again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from shades import MODEL, folder, named, shades
from starters import MODELS

import zoo
from zoo.errors import ConfigError, DataError, MissingPlugin, NonFiniteError
from zoo.plugin import hookimpl
from zoo.plugins.manager import manager
from zoo.runs.manifest import read_manifest
from zoo.training.run_config import load_recipe

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]

TINY = {"from_scratch": True, "input_size": 32}


def digest(run: Path) -> str:
    return read_manifest(run).files["model.safetensors"].sha256


def test_a_run_is_a_model_again_and_knows_its_parent(tmp_path):
    first = zoo.finetune(MODEL, named(), out=tmp_path / "first", epochs=2, **TINY)
    assert first.report.metrics["val"]["accuracy"] >= 0
    pixels, labels = shades(seed=5)
    other = zoo.data((pixels, [f"tone {label}" for label in labels]))
    second = zoo.finetune(tmp_path / "first", other, out=tmp_path / "second", epochs=1)
    manifest = read_manifest(tmp_path / "second")
    assert manifest.parent.model == str(tmp_path / "first")
    assert manifest.parent.sha256 == digest(tmp_path / "first")
    assert manifest.task["classes"] == ["tone 0", "tone 1", "tone 2"]
    before, after = zoo.load(tmp_path / "first"), zoo.load(tmp_path / "second")
    same = [n for n in before.adapter.weights() if n.startswith("backbone.")]
    assert all(np.array_equal(before.adapter.weights()[n], after.adapter.weights()[n]) for n in same)
    answers = [prediction.label for prediction in second.predict(list(pixels[:4]))]
    assert answers == [prediction.label for prediction in after.predict(list(pixels[:4]))]


def test_a_head_that_answers_the_same_question_is_kept(tmp_path):
    zoo.finetune(MODEL, named(), out=tmp_path / "first", epochs=1, **TINY)
    still = {"lr": 1e-12, "weight_decay": 0, "head": "gradient"}
    zoo.finetune(tmp_path / "first", named(), out=tmp_path / "second", epochs=1, **still)
    heads = [zoo.load(tmp_path / run).adapter.weights()["head.weight"] for run in ("first", "second")]
    assert np.allclose(*heads, atol=1e-9)


def test_a_head_for_numbers_keeps_the_units_that_it_was_trained_in():
    pixels, labels = shades()
    near, far = (zoo.data((pixels, factor * (labels + 10.0)), task="regression") for factor in (1, 1000))
    model = zoo.load(MODEL, **TINY)
    model.freeze("backbone")
    model.train(near)
    before = model.predict(pixels[0])[0].scores["value"]
    with pytest.raises(ConfigError, match="focal"):
        model.train(far, zoo.TrainConfig(loss="focal"))
    assert model.predict(pixels[0])[0].scores["value"] == before
    model.train(far, zoo.TrainConfig(epochs=1, lr=1e-12, head="gradient"))
    assert model.predict(pixels[0])[0].scores["value"] == pytest.approx(before, rel=1e-4)
    # A new head learns the new ones.
    model.replace_head(near.task)
    model.train(far)
    assert model.predict(pixels[0])[0].scores["value"] == pytest.approx(1000 * before, rel=1e-2)


def test_the_saved_configuration_repeats_the_run_to_the_bit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = folder(tmp_path / "data")
    zoo.finetune(MODEL, "data", out="one", epochs=2, seed=7, augment="light", **TINY)
    recipe = load_recipe(Path("one/config.toml"), {})
    assert recipe.data == "data"
    again = zoo.finetune(
        recipe.model, data, out="two", freeze=recipe.freeze, train=recipe.train, input_size=recipe.input_size,
        from_scratch=recipe.from_scratch,
    )  # fmt: skip
    assert digest(Path("one")) == digest(again.path)
    threads = zoo.finetune(MODEL, "data", out="three", epochs=2, seed=7, augment="light", workers=5, **TINY)
    assert digest(Path("one")) == digest(threads.path), "decoding threads must not matter"
    seed = zoo.finetune(MODEL, "data", out="four", epochs=2, seed=8, augment="light", **TINY)
    assert digest(Path("one")) != digest(seed.path)


def test_several_labels_and_numbers_make_their_own_tasks(tmp_path):
    folder(tmp_path / "data")
    paths = sorted((tmp_path / "data").rglob("*.png"))
    rows = [(path.relative_to(tmp_path), int(path.parent.name[-1])) for path in paths]
    (tmp_path / "tags.csv").write_text(
        "path,label\n" + "".join(f"{p},{'bright|any' if s else 'any'}\n" for p, s in rows)
    )
    (tmp_path / "numbers.csv").write_text("path,label\n" + "".join(f"{p},{60.5 * s + 40}\n" for p, s in rows))
    tags = zoo.finetune(MODEL, tmp_path / "tags.csv", out=tmp_path / "a", epochs=2, lr=3e-3, **TINY)
    numbers = zoo.finetune(MODEL, tmp_path / "numbers.csv", out=tmp_path / "b", epochs=6, lr=3e-3, **TINY)
    assert tags.model.task == zoo.MultiLabel(labels=("any", "bright"))
    assert "any" in tags.predict(paths[0])[0].label
    assert numbers.model.task.kind == "regression"
    assert numbers.report.epochs[-1]["train_loss"] < numbers.report.epochs[0]["train_loss"]
    value = zoo.load(tmp_path / "b").predict(paths[0])[0].scores
    assert next(iter(value.values())) == pytest.approx(
        next(iter(numbers.predict(paths[0])[0].scores.values()))
    )


def test_columns_of_numbers_are_told_by_their_names(tmp_path):
    paths = [f"{path.relative_to(tmp_path)}" for path in sorted(folder(tmp_path / "data").rglob("*.png"))]
    one = [f"{path},{i},{1000 - i}\n" for i, path in enumerate(paths)]
    other = [f"{path},{1000 - i},{i}\n" for i, path in enumerate(paths)]
    (tmp_path / "one.csv").write_text("path,label:a,label:b\n" + "".join(one))
    (tmp_path / "other.csv").write_text("path,label:b,label:a\n" + "".join(other))
    (tmp_path / "foreign.csv").write_text("path,label:b,label:c\n" + "".join(other))
    data, turned = zoo.data(tmp_path / "one.csv"), zoo.data(tmp_path / "other.csv")
    model = zoo.load(MODELS[0])
    model.freeze("backbone")
    model.train(data)
    assert model.evaluate(turned)[0] == model.evaluate(data)[0]
    again = turned.for_task(data.task)
    assert np.array_equal(again.targets, data.targets)
    assert again.for_task(turned.task).labels == turned.labels
    foreign = zoo.data(tmp_path / "foreign.csv")
    for act in (model.train, model.evaluate, lambda _: zoo.data(tmp_path / "foreign.csv", task=model.task)):
        with pytest.raises(DataError, match="numbers of the data are 'b', 'c', those of the model 'a', 'b'"):
            act(foreign)


def test_moments_keep_their_seconds():
    pixels, _ = shades(40)
    data = zoo.data((pixels, 1.7e9 + np.arange(40.0)))
    model = zoo.load(MODELS[0])
    model.freeze("backbone")
    metrics = model.train(data).metrics["val"]
    assert metrics["mae"] > 1
    assert np.isfinite(metrics["r2"])
    assert model.train(data, zoo.TrainConfig(head="gradient", epochs=1)).metrics["val"]["mae"] > 1


def test_labels_of_another_kind_are_refused():
    pixels, labels = shades()
    words = [("1", "2", "12")[label] for label in labels]
    kinds = {
        "classification": zoo.data((pixels, words), task="classification"),
        "multi-label": zoo.data((pixels, [(word,) for word in words])),
        "regression": zoo.data((pixels, labels / 7)),
    }
    for mine, data in kinds.items():
        model = zoo.load(MODELS[0])
        model.replace_head(data.task)
        for theirs, others in kinds.items():
            if theirs != mine:
                with pytest.raises(DataError, match=f"the labels are of task {theirs}, the model is of"):
                    model.train(others)


def test_the_best_epoch_is_kept_and_patience_stops(tmp_path):
    run = zoo.finetune(MODEL, named(val=0.4), out=tmp_path / "run", epochs=40, lr=0.05, patience=2, **TINY)
    log = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    scores = [(line["val_accuracy"], -line["val_loss"]) for line in log]
    assert run.report.best_epoch == scores.index(max(scores)) + 1
    assert run.report.metrics["val"]["loss"] == pytest.approx(-max(scores)[1], rel=1e-6)
    assert run.report.stopped == "patience"
    assert len(log) == run.report.best_epoch + 2 < 40
    assert not (tmp_path / "run" / "checkpoints").exists()


def test_automatic_class_weights_help_the_rare_class(tmp_path):
    pixels, _ = shades(60, 2)
    labels = ["rare" if i % 10 == 1 else "common" for i in range(60)]
    plans = []
    model = zoo.load(MODEL, **TINY)
    data = zoo.data((pixels, labels), val=0.0)
    model.replace_head(data.task)
    begin = model.adapter.begin
    model.adapter.begin = lambda plan: (plans.append(plan), begin(plan))
    model.train(data, zoo.TrainConfig(epochs=1, class_weights="auto"))
    assert plans[0].class_weights == pytest.approx([60 / (2 * 54), 60 / (2 * 6)])
    with pytest.raises(ConfigError, match="regression"):
        zoo.load(MODEL, **TINY).train(
            zoo.data((pixels, np.linspace(0, 1, 60)), task="regression"),
            zoo.TrainConfig(class_weights="auto"),
        )


def test_a_loss_that_is_not_finite_names_step_and_files(tmp_path):
    pixels, _ = shades(12)
    values = np.full(12, 1.0)
    data = zoo.data((pixels, values), task="regression", val=0.0)
    model = zoo.load(MODEL, **TINY)
    model.replace_head(data.task)
    before = model.adapter.weights()
    poisoned = {**before, "head.bias": np.full_like(before["head.bias"], np.nan)}
    model.adapter.set_weights(poisoned)
    with pytest.raises(NonFiniteError, match=r"step 1 \(epoch 1\).*array\[\d+\]"):
        model.train(data, zoo.TrainConfig(epochs=1))


def test_plugins_are_told_of_every_epoch(tmp_path):
    heard = []

    class Listener:
        @hookimpl
        def zoo_epoch(self, run, epoch, metrics):
            heard.append((run, epoch, metrics["val_accuracy"]))
            raise RuntimeError("a listener's fault is its own")

    manager().add(Listener(), "listener")
    try:
        zoo.finetune(MODEL, named(), out=tmp_path / "run", epochs=2, **TINY)
    finally:
        manager().remove("listener")
    assert [epoch for _, epoch, _ in heard][:1] == [1]
    assert (tmp_path / "run" / "manifest.json").exists()


def test_evaluation_on_the_runs_own_data_uses_its_own_split(tmp_path, monkeypatch):
    from click.testing import CliRunner

    from zoo.cli.main import zoo as command

    monkeypatch.chdir(tmp_path)
    folder(tmp_path / "data")
    run = zoo.finetune(MODEL, "data", out="run", epochs=1, **TINY)
    done = CliRunner().invoke(command, ["evaluate", "run", "data", "--json"], catch_exceptions=False)
    tree = json.loads(done.stdout)
    assert (tree["split"], tree["examples"]) == ("val", len(run.data.splits["val"]))
    assert tree["metrics"] == pytest.approx(run.report.metrics["val"])
    everything = CliRunner().invoke(command, ["evaluate", "run", "data", "--split", "all", "--json"])
    assert json.loads(everything.stdout)["examples"] == 24
    gate = CliRunner().invoke(command, ["evaluate", "run", "data", "--fail-under", "accuracy=1.01"])
    assert type(gate.exception).__name__ == "GateNotMet"
    assert gate.exception.exit_code == 1
    assert CliRunner().invoke(command, ["evaluate", "run", "data", "--fail-under", "loss=1e9"]).exit_code == 0
    absent = CliRunner().invoke(command, ["evaluate", "run", "data", "--split", "test"]).exception
    assert (absent.exit_code, absent.hint) == (2, "use one of: train, val")
    names = run.model.task.names
    (tmp_path / "texts.csv").write_text(f"text,label\none,{names[0]}\ntwo,{names[1]}\n")
    other = CliRunner().invoke(command, ["evaluate", "run", "texts.csv"]).exception
    assert (other.exit_code, "takes images, the data are texts" in other.what) == (3, True)


def test_a_run_knows_its_own_data_wherever_they_are_asked_about(tmp_path, monkeypatch):
    from click.testing import CliRunner

    from zoo.cli.main import zoo as command
    from zoo.runs.register import register

    def counted(run, data):
        arguments = ["evaluate", run, data, "--json"]
        done = CliRunner().invoke(command, arguments, catch_exceptions=False)
        tree = json.loads(done.stdout)
        return tree["split"], tree["examples"], tree["overlap"]["trained_on"]

    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "home"))
    for place in ("work", "elsewhere"):
        (tmp_path / place).mkdir()
    monkeypatch.chdir(tmp_path / "work")
    folder(tmp_path / "work" / "data")
    run = zoo.finetune(MODEL, "data", out="run", epochs=1, **TINY)
    own = ("val", len(run.data.splits["val"]), 0)
    register("run", "shades")
    assert counted("local:shades", "data") == own
    monkeypatch.chdir(tmp_path)
    assert counted("work/run", "work/data") == own
    # Other data of the same name in another place are other data.
    pixels, labels = shades(seed=3, count=12)
    for i, label in enumerate(labels):
        target = tmp_path / "elsewhere" / "data" / f"shade {label}" / f"new-{i}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels[i]).save(target)
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert counted("../work/run", "data") == ("all", 12, 0)
    (tmp_path / "work" / "run" / "config.toml").unlink()
    assert counted("../work/run", "../work/data") == ("all", 24, len(run.data.splits["train"]))


def test_what_is_no_number_is_null_and_no_name_is_changed_for_it(tmp_path, monkeypatch):
    from click.testing import CliRunner

    from zoo.cli.main import zoo as command

    def said(*arguments):
        return json.loads(CliRunner().invoke(command, [*arguments, "--json"], catch_exceptions=False).stdout)

    monkeypatch.chdir(tmp_path)
    # Of targets that are all the same R2 is no number.
    folder(tmp_path / "images")
    rows = [f"{path.relative_to(tmp_path)},1.5,2\n" for path in (tmp_path / "images").rglob("*.png")]
    Path("BaNaNa.csv").write_text("path,NaNometer,height\n" + "".join(rows))
    tiny = ["--from-scratch", "--input-size", "32", "--epochs", "1", "--baselines", "none", "--out", "run"]
    trained = said("finetune", MODEL, "BaNaNa.csv", *tiny)["report"]
    tree = said("evaluate", "run", "BaNaNa.csv")
    assert tree["data"] == "BaNaNa.csv"
    assert {"NaNometer", "height"} == set(trained["per_name"]["val"]) == set(tree["per_name"])
    assert trained["metrics"]["val"]["r2"] is tree["metrics"]["r2"] is None


def test_predictions_take_paths_and_arrays_of_any_size(tmp_path):
    run = zoo.finetune(MODEL, named(), out=tmp_path / "run", epochs=1, **TINY)
    gray, evaluate = tmp_path / "gray.png", run.model.evaluate
    Image.new("L", (50, 20), 200).save(gray)
    answers = run.predict(
        [tmp_path / "gray.png", np.zeros((7, 90), np.uint8), np.zeros((33, 31, 3), np.uint8)]
    )
    assert [sum(answer.scores.values()) for answer in answers] == pytest.approx([1, 1, 1])
    assert run.model.embed(tmp_path / "gray.png").shape == (1, run.model.card.features.width)
    with pytest.raises(DataError):
        run.predict(np.zeros((5, 5), np.float32))
    with pytest.raises(DataError, match="no images were given"):
        run.predict(np.zeros((0, 32, 32, 3), np.uint8))
    for act in (lambda: run.model.predict(gray, batch_size=0), lambda: evaluate(named(), batch_size=0)):
        with pytest.raises(ConfigError, match="batch_size cannot be 0"):
            act()
    with pytest.raises(ConfigError, match="workers cannot be -1"):
        evaluate(named(), workers=-1)


@pytest.mark.parametrize("depth", [None, 1.7, -1, "half", True])
def test_a_depth_that_is_no_number_of_stages_is_refused(depth):
    model = zoo.load(MODELS[0])
    with pytest.raises(ConfigError, match="cannot freeze"):
        model.freeze(depth)
    assert model.freeze("2").frozen_stages == model.freeze(np.int64(2)).frozen_stages == 2


def test_wrong_arguments_are_found_before_anything_is_opened(tmp_path):
    with pytest.raises(ConfigError, match=r"epochs"):
        zoo.finetune(MODEL, named(), epochs=0)
    with pytest.raises(ConfigError, match="epoch"):
        zoo.finetune(MODEL, named(), epoch=3)
    with pytest.raises(LookupError):
        zoo.load("timm:no_such_model")


@pytest.mark.parametrize("model", ["glyphs", "resnet18.a1_in1k", "keras:VGG16"])
def test_a_library_that_the_model_lacks_is_named_before_data_are_read(model, tmp_path, monkeypatch):
    monkeypatch.setattr("zoo.plugins.import_target.lacking", list)
    with pytest.raises(MissingPlugin, match=r"torch|keras") as caught:
        zoo.finetune(model, tmp_path / "no-such-data", out=tmp_path / "run")
    assert "zoo-adapters[" in caught.value.hint


def test_the_bit_depth_and_the_background_are_those_of_the_run(tmp_path):
    pixels, labels = shades()
    for i, (picture, label) in enumerate(zip(pixels[..., 0], labels, strict=True)):
        (tmp_path / "data" / f"shade {label}").mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture.astype(np.uint16) * 16).save(
            tmp_path / "data" / f"shade {label}" / f"{i}.png"
        )
    with pytest.warns(UserWarning, match="--bit-depth 12"):
        zoo.load(MODEL, **TINY).train(zoo.data(tmp_path / "data"), zoo.TrainConfig(epochs=1))
    settings = {"bit_depth": 12, "background": "black", "epochs": 1, "baselines": "none", "report": False}
    run = zoo.finetune(MODEL, tmp_path / "data", out=tmp_path / "run", **settings, **TINY)
    assert run.data.warnings == ()
    form = zoo.load(tmp_path / "run").adapter.backbone.input
    assert (form.bit_depth, form.background) == (12, "black")
    assert zoo.load(tmp_path / "run", bit_depth=16).adapter.backbone.input.bit_depth == 16
    with pytest.raises(ConfigError, match="bit_depth"):
        zoo.load(MODEL, bit_depth=40, **TINY)
