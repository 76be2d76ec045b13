"""A model of sounds through the public door: the four verbs, a run, the command line, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from audio_files import tone, tones, write_wav
from click.testing import CliRunner

import zoo
from zoo.api.load import completed
from zoo.cli.main import zoo as cli
from zoo.core.cards import AudioInput, ModelCard
from zoo.errors import ConfigError, DataError
from zoo.runs.manifest import read_manifest
from zoo.testing import run_checks

pytestmark = [pytest.mark.needs("soundfile", "soxr"), pytest.mark.usefixtures("parrot")]


MODEL = "parrot:ears"
RATE = 8000


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sounds")
    data = tones(folder / "data", 20)
    return zoo.finetune(MODEL, data, out=folder / "run", freeze="nothing", epochs=8, lr=0.02)


def test_a_folder_is_learned_saved_and_asked(run, tmp_path):
    assert run.report.metrics["val"]["accuracy"] == 1
    again = zoo.load(run.path)
    low, high = (str(write_wav(tmp_path / f"{pitch}.wav", tone(pitch))) for pitch in (310, 2400))
    assert [answer.label for answer in again.predict([low, high])] == ["low", "high"]
    assert again.predict(low) == run.predict([low])
    assert again.predict([Path(low).read_bytes(), open(high, "rb")]) == again.predict([low, high])  # noqa: SIM115
    assert again.evaluate(zoo.data(run.data.name), "val")[0] == run.report.metrics["val"]
    assert read_manifest(run.path).input == AudioInput(rate=RATE)
    card = (run.path / "README.md").read_text()
    assert "**Input**: audio clips of 8,000 samples a second" in card
    assert 'model.predict("clip.wav")' in card


def test_an_array_is_a_waveform_at_the_models_rate(run, tmp_path):
    sound = tone(310, rate=RATE).astype(np.float32)
    path = write_wav(tmp_path / "a.wav", sound, RATE)
    model = run.model
    np.testing.assert_allclose(model.embed(sound), model.embed(path), atol=1e-3)
    assert model.embed([sound, sound[:1000]]).shape == (2, 32)
    # Not to the bit: a matrix product rounds otherwise in another batch, on some processors.
    together = model.embed([sound, sound[:1000]])[1]
    np.testing.assert_allclose(together, model.embed(sound[:1000])[0], atol=1e-4)


@pytest.mark.parametrize(
    "asked",
    [
        [],
        np.zeros(0, np.float32),
        np.array([0, np.nan], np.float32),
        np.array([0, 2.0]),
        np.zeros((2, 8)),
        np.zeros(8, np.int16),
        ["a.wav", np.zeros(8)],
        [7],
    ],
    ids=str,
)
def test_what_is_no_sound_is_refused(run, asked):
    with pytest.raises(DataError, match=r"waveform|audio clip"):
        run.model.predict(asked)


def test_sounds_in_memory_are_data(tmp_path):
    random = np.random.default_rng(0)
    pitches = [(300, 2500)[i % 2] * random.uniform(0.9, 1.1) for i in range(40)]
    sounds = [tone(pitch, random.uniform(0.2, 0.5), RATE) for pitch in pitches]
    data = zoo.data((sounds, ["low", "high"] * 20))
    assert "the samples are taken to be at the model's rate" in data.notes
    found = zoo.finetune(MODEL, data, out=tmp_path / "run", freeze="nothing", epochs=8, lr=0.02)
    assert found.report.metrics["val"]["accuracy"] == 1


def test_other_data_and_other_models_are_refused_before_training(run, tmp_path):
    with pytest.raises(DataError, match="parrot:words takes texts, the data are audio clips"):
        zoo.finetune("parrot:words", run.data, out=tmp_path / "run")
    with pytest.raises(DataError, match="parrot:ears takes audio clips, the data are texts"):
        zoo.finetune(MODEL, zoo.data((["a", "b"] * 4, ["x", "y"] * 4)), out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("setting", [{"augment": "light"}, {"flip": True}, {"input_size": 32}])
def test_settings_for_pictures_are_refused(run, setting, tmp_path):
    with pytest.raises(ConfigError, match=r"takes (no images|audio clips)"):
        zoo.finetune(MODEL, run.data, out=tmp_path / "run", **setting)


def test_a_bad_file_does_not_keep_the_others_from_an_answer(run, tmp_path):
    sound = write_wav(tmp_path / "a.wav", tone(310))
    text = tmp_path / "b.wav"
    text.write_text("la la la")
    done = CliRunner().invoke(cli, ["predict", str(run.path), str(sound), str(text), "--json"])
    answer = json.loads(done.stdout.splitlines()[0])
    assert answer["predictions"][0]["label"] == "low"
    assert "this is a text file" in answer["failed"][0]["message"]
    assert isinstance(done.exception, DataError)


def test_the_command_line_measures_a_folder(run):
    done = CliRunner().invoke(cli, ["evaluate", str(run.path), run.data.name, "--json"])
    assert json.loads(done.stdout)["metrics"]["accuracy"] == 1


def test_a_card_that_said_nothing_of_its_input_is_completed(run):
    card = completed(ModelCard(id="a:b", framework="x"), run.model.adapter.backbone)
    assert (card.modality, card.input) == ("audio", AudioInput(rate=RATE))
    assert ModelCard.model_validate_json(card.model_dump_json()) == card


def test_a_card_whose_input_is_of_another_modality_is_refused():
    with pytest.raises(ValueError, match="modality 'text' does not go with"):
        ModelCard(id="a:b", framework="x", modality="text", input=AudioInput(rate=RATE))


def test_the_kit_finds_sounds_that_are_prepared_otherwise(monkeypatch):
    from zoo_parrot.loader import ParrotLoader

    (sound,) = run_checks(MODEL, only=["check_preprocessing_is_the_librarys_own"])
    assert sound.outcome == "passed"
    own = ParrotLoader.reference
    monkeypatch.setattr(ParrotLoader, "reference", lambda *given: own(*given[:2], given[2] * 0.9))
    (result,) = run_checks(MODEL, only=["check_preprocessing_is_the_librarys_own"])
    assert "a sound of" in result.reason
    assert "prepared otherwise than by the library itself" in result.reason
