"""A model of texts through the public door: the four verbs, a run, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from repository import ROOT

import zoo
from zoo.api.finetune import prepare
from zoo.api.load import completed
from zoo.cli.finetune_ import command as finetune
from zoo.core.cards import ModelCard, TextInput
from zoo.datasets.compatibility import require_suits
from zoo.datasets.inputs.texts import as_texts
from zoo.errors import ConfigError, DataError
from zoo.runs.manifest import read_manifest
from zoo.testing import run_checks
from zoo.training.run_config import Recipe

pytestmark = pytest.mark.usefixtures("parrot")


@pytest.fixture
def reviews(tmp_path):
    """A CSV of 60 short reviews, ``good`` and ``bad``."""
    praise, blame = (
        ("great film, loved it", "lovely and fine acting"),
        ("dull and awful", "a waste, poor plot"),
    )
    rows = [f'"{(praise, blame)[i % 2][i % 4 // 2]} {i}",{("good", "bad")[i % 2]}' for i in range(60)]
    path = tmp_path / "reviews.csv"
    path.write_text("\n".join(["text,label", *rows]) + "\n", encoding="utf-8")
    return path


MODEL = "parrot:words"


@pytest.fixture(scope="module")
def model():
    model = zoo.load(MODEL)
    model.replace_head(zoo.Classification(classes=("bad", "good")))
    return model


def test_a_table_is_learned_saved_and_asked(reviews, tmp_path):
    # One batch: good reviews are longer, so batches of like length would hold one class each.
    settings = {"freeze": "nothing", "epochs": 8, "lr": 0.02, "batch_size": 48}
    run = zoo.finetune(MODEL, reviews, out=tmp_path / "run", **settings)
    assert run.report.metrics["val"]["accuracy"] == 1
    assert run.report.settings["augment"] == "none"
    again = zoo.load(tmp_path / "run")
    assert [answer.label for answer in again.predict(["lovely film", "poor, dull"])] == ["good", "bad"]
    assert again.predict("lovely film") == run.predict(["lovely film"])
    assert again.evaluate(zoo.data(reviews), "val")[0] == run.report.metrics["val"]
    assert read_manifest(tmp_path / "run").input == TextInput(pair=True)
    card = (tmp_path / "run" / "README.md").read_text()
    assert "**Input**: texts or pairs of texts" in card
    assert 'model.predict("some text")' in card


def test_pairs_are_learned(tmp_path):
    words = ("red", "green", "blue", "white")
    rows = [{"text": a, "text_b": b, "label": "same" if a == b else "other"} for a in words for b in words]
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    run = zoo.finetune(MODEL, path, out=tmp_path / "run", freeze="nothing", epochs=2)
    assert run.model.predict(("red", "blue")) != run.model.predict(("blue", "red"))
    assert len(run.model.predict([("red", "blue"), ("red", "red")])) == 2


def test_a_string_is_a_text_and_never_a_path(model, tmp_path):
    file = tmp_path / "great.txt"
    file.write_text("awful")
    both = model.embed([str(file), str(file).replace("great.txt", "other")])
    assert not np.array_equal(both[0], both[1])
    with pytest.raises(DataError, match="holds no texts"):
        model.predict(file)


@pytest.mark.parametrize("asked", [[], " ", ["fine", ""], np.zeros((2, 2), np.uint8), [7]])
def test_what_is_no_text_is_refused(model, asked):
    with pytest.raises(DataError, match=r"text"):
        model.predict(asked)


def test_a_model_and_data_of_another_kind_are_told_apart_before_training(reviews, model, tmp_path):
    pictures = zoo.data((np.zeros((8, 9, 9, 3), np.uint8), ["a", "b"] * 4))
    with pytest.raises(DataError, match="parrot:words takes texts, the data are images"):
        zoo.finetune(MODEL, pictures, out=tmp_path / "run")
    with pytest.raises(DataError, match="parrot:mimic-s takes images, the data are texts"):
        zoo.finetune("parrot:mimic-s", reviews, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
    with pytest.raises(DataError, match="takes texts"):
        zoo.load(MODEL).train(pictures)
    with pytest.raises(DataError, match="takes texts"):
        model.evaluate(pictures)
    with pytest.raises(DataError, match="takes single texts, the data are pairs"):
        require_suits(as_texts(("a", "b")), TextInput(), MODEL)


@pytest.mark.parametrize(
    "setting", [{"augment": "light"}, {"flip": True}, {"mix": "mixup"}, {"input_size": 32}]
)
def test_settings_for_pictures_are_refused(reviews, tmp_path, setting):
    with pytest.raises(ConfigError, match=r"takes (no images|texts)"):
        zoo.finetune(MODEL, reviews, out=tmp_path / "run", **setting)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("model", "setting", "what"),
    [("parrot:mimic-s", {}, "the data are texts"), (MODEL, {"flip": True}, "train.flip cannot be true")],
)
def test_a_dry_run_says_so_too(reviews, tmp_path, model, setting, what):
    recipe = Recipe(model=model, data=str(reviews), train=zoo.TrainConfig(**setting))
    with pytest.raises(zoo.ZooError, match=what):
        prepare(recipe, tmp_path / "run")


def test_a_run_takes_no_input_size_either(model, tmp_path):
    model.save(tmp_path / "run")
    with pytest.raises(ConfigError, match="takes texts"):
        zoo.load(tmp_path / "run", input_size=32)


def test_files_from_before_texts_are_read_and_written_as_they_were():
    registry = ROOT / "registry.json"
    for row in json.loads(registry.read_bytes())["cards"]:
        assert json.loads(ModelCard.model_validate(row).model_dump_json(exclude_defaults=True)) == row


def test_a_card_whose_input_is_of_another_modality_is_refused():
    with pytest.raises(ValueError, match="modality 'image' does not go with"):
        ModelCard(id="a:b", framework="x", input=TextInput())


def test_a_card_that_said_nothing_of_its_input_is_completed_to_one_that_can_be_read_again(model):
    card = completed(ModelCard(id="a:b", framework="x"), model.adapter.backbone)
    assert ModelCard.model_validate_json(card.model_dump_json()).input == TextInput(pair=True)


def test_the_kit_finds_texts_that_are_prepared_otherwise(monkeypatch):
    """One word that the library itself would count too is missed; without a reference nothing can be said."""
    from zoo_parrot.loader import ParrotLoader

    own = ParrotLoader.reference
    monkeypatch.setattr(ParrotLoader, "reference", lambda *given: own(*given[:2], f"{given[2]} indeed"))
    (result,) = run_checks(MODEL, only=["check_preprocessing_is_the_librarys_own"])
    assert result.outcome == "failed"
    assert "prepared otherwise than by the library itself" in result.reason
    monkeypatch.setattr(ParrotLoader, "reference", lambda *given: None)
    (result,) = run_checks(MODEL, only=["check_preprocessing_is_the_librarys_own"])
    assert result.outcome == "not applicable"


class Counting:
    """A source's ``prepare`` that cuts texts off after four words, and counts them."""

    def __init__(self, prepare):
        self._prepare, self._seen = prepare, {}

    def __call__(self, texts):
        return self._prepare(texts)

    def length(self, text):
        self._seen[text] = len(text.split())
        return min(self._seen[text], 4)

    def notes(self):
        long = sum(count > 4 for count in self._seen.values())
        return [f"{long} of {len(self._seen)} texts were cut off"] if long else []


def test_texts_that_will_be_cut_off_are_said_once_and_before_the_training(reviews, tmp_path, monkeypatch):
    from zoo_parrot import loader

    monkeypatch.setitem(loader.PREPARE, "text", Counting(loader.PREPARE["text"]))
    quick = ["--epochs", "1", "--baselines", "none", "--no-report"]
    options = [MODEL, str(reviews), *quick, "--out", str(tmp_path / "run")]
    found = CliRunner().invoke(finetune, options, catch_exceptions=False)
    assert found.exit_code == 0
    assert found.output.count("45 of 60 texts were cut off") == 1
    assert found.output.index("texts were cut off") < found.output.index("freeze")
