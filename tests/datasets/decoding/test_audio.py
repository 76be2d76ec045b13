"""Audio clips as data: what is heard of a file, and every way in which a file can be none."""

from __future__ import annotations

import hashlib
import os
import sys

import numpy as np
import pytest
import soundfile
from audio_files import RATE, tone, tones, write_wav
from data_files import noise

import zoo
from zoo.core.cards import AudioInput
from zoo.datasets.batches import raw_batches
from zoo.datasets.blank_inputs import checked
from zoo.datasets.decoding.audio import decode_audio
from zoo.datasets.inputs.audio import AudioFiles
from zoo.datasets.reduced_inputs import reduced_inputs
from zoo.errors import DataError, MissingPlugin

pytestmark = [pytest.mark.needs("soundfile", "soxr"), pytest.mark.usefixtures("parrot")]

FORM = AudioInput(rate=RATE)


@pytest.mark.parametrize(
    ("suffix", "near"),
    [
        (".wav", 1e-4),
        (".w64", 1e-4),
        (".aiff", 1e-4),
        (".flac", 1e-4),
        (".ogg", 0.05),
        (".opus", 0.1),
        (".mp3", 0.05),
    ],
)
def test_a_folder_of_class_folders_is_data(suffix, near, tmp_path):
    data = zoo.data(tones(tmp_path, 4, suffix), val=0)
    assert data.task == zoo.Classification(classes=("high", "low"))
    assert data.notes[0] == "8 audio clips, 2 classes"
    sound = data.inputs.read(0, FORM)
    assert (sound.dtype, sound.ndim) == (np.float32, 1)
    with soundfile.SoundFile(data.inputs.name(0)) as file:
        assert abs(len(sound) - file.frames) <= 4608
        np.testing.assert_allclose(sound, file.read(dtype="float32")[: len(sound)], atol=near)


def test_a_file_is_known_by_its_bytes(tmp_path):
    path = write_wav(tmp_path / "a.wav", tone(440))
    inputs = AudioFiles([str(path)])
    assert inputs.size(0) == path.stat().st_size
    assert inputs.digest(0) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_samples_are_those_of_the_file(tmp_path):
    sound = decode_audio(str(write_wav(tmp_path / "a.wav", np.array([0, 0.5, -0.5, 1.0]))), RATE)
    assert sound.tolist() == [0, 16384 / 32768, -16384 / 32768, 32767 / 32768]


def test_another_rate_is_resampled_and_sounds_the_same(tmp_path):
    path = write_wav(tmp_path / "a.wav", tone(440, 1.0, 44_100), 44_100)
    sound = decode_audio(str(path), RATE)
    assert len(sound) == RATE
    np.testing.assert_allclose(sound[500:-500], tone(440, 1.0)[500:-500], atol=1e-3)
    again = decode_audio(str(path), RATE)
    assert np.array_equal(sound, again)


def test_a_cut_hears_the_same_beginning(tmp_path):
    path = str(write_wav(tmp_path / "a.wav", tone(440, 2.0, 44_100), 44_100))
    cut = decode_audio(path, RATE, 0.75)
    assert len(cut) == 0.75 * RATE
    np.testing.assert_allclose(cut, decode_audio(path, RATE)[: len(cut)], atol=1e-5)


def test_of_several_channels_the_mean_is_taken_and_said(tmp_path):
    both = np.stack([tone(440), -0.5 * tone(440)], axis=1)
    for name in "ab":
        write_wav(tmp_path / name / "1.wav", both)
        write_wav(tmp_path / name / "2.wav", tone(440, rate=8000), 8000)
    data = zoo.data(tmp_path, val=0)
    np.testing.assert_allclose(data.inputs.read(0, FORM), 0.25 * tone(440), atol=1e-4)
    assert "2 audio clips of several channels: their mean is taken" in data.notes
    assert "audio clips of 2 rates: 8,000 Hz (2), 16,000 Hz (2)" in data.notes


def test_batches_hold_sounds_of_their_own_lengths_whatever_the_threads(tmp_path):
    data = zoo.data(tones(tmp_path, 6), val=0, memory=0)
    order = np.random.default_rng(0).permutation(len(data))
    by_threads = [
        list(raw_batches(data.inputs, order, FORM, batch_size=5, workers=workers)) for workers in (1, 3)
    ]
    for (index, one), (_, other) in zip(*by_threads, strict=True):
        assert (one.dtype, one.shape) == (object, (len(index),))
        for position, a, b in zip(index, one, other, strict=True):
            assert np.array_equal(a, b)
            assert np.array_equal(a, data.inputs.read(int(position), FORM))
    assert [len(index) for index, _ in by_threads[0]] == [5, 5, 2]


def test_what_was_heard_once_is_kept(tmp_path):
    data = zoo.data(tones(tmp_path, 2), val=0)
    first = data.inputs.read(0, FORM)
    os.remove(data.inputs.name(0))
    assert data.inputs.read(0, FORM) is not None
    assert np.array_equal(data.inputs.read(0, FORM), first)
    assert data.inputs.is_in_memory(np.array([0]), FORM)


def test_what_overshoots_a_little_is_clipped(tmp_path):
    path = tmp_path / "a.wav"
    _float_wav(path, 0.5, 1.25, -1.5)
    assert decode_audio(str(path), RATE)[:3].tolist() == [0.5, 1.0, -1.0]


def test_a_table_names_recordings(tmp_path):
    tones(tmp_path, 3)
    rows = [f"{name}/{i:02}.wav,{name}" for name in ("low", "high") for i in range(3)]
    table = tmp_path / "labels.csv"
    table.write_text("\n".join(["path,label", *rows]))
    data = zoo.data(table, val=0)
    assert data.inputs.modality == "audio"
    table.write_text("\n".join(["path,label", *rows, "cover.png,low"]))
    noise(8, 8).save(tmp_path / "cover.png")
    with pytest.raises(DataError, match="images and audio clips are mixed") as caught:
        zoo.data(table, val=0)
    assert caught.value.where == f"{table}:8"


def test_a_folder_of_both_is_refused(tmp_path):
    tones(tmp_path, 2)
    noise(8, 8).save(tmp_path / "low" / "cover.png")
    with pytest.raises(DataError, match="are mixed") as caught:
        zoo.data(tmp_path)
    assert caught.value.where.endswith("cover.png")


def _float_wav(path, *values):
    soundfile.write(path, np.array(values * 50, np.float32), RATE, subtype="FLOAT")


def _cut(path, suffix=".wav"):
    soundfile.write(path, tone(440, 2.0), RATE, format=suffix[1:])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


BAD = {
    "no samples": (lambda path: write_wav(path, np.zeros(0)), "holds no samples"),
    "empty": (lambda path: path.write_bytes(b""), "the file is empty"),
    "text": (lambda path: path.write_text("la la la\n" * 9), "this is a text file; zoo reads WAV"),
    "page": (lambda path: path.write_text("<!DOCTYPE html><html>"), "this is a web page"),
    "AU": (lambda path: soundfile.write(path, tone(440), RATE, format="AU"), "this is a AU file"),
    "a slow rate": (lambda path: write_wav(path, tone(440), 10), "10 samples a second"),
    "not a number": (lambda path: _float_wav(path, 0.1, np.nan), "not finite"),
    "infinite": (lambda path: _float_wav(path, 0.1, -np.inf), "not finite"),
    "another scale": (lambda path: _float_wav(path, 0.1, 20_000), "samples reach 20000"),
    "half a WAV": (_cut, "it ends after"),
    "half a FLAC": (lambda path: _cut(path, ".flac"), "lost sync"),
    "half an OGG": (lambda path: _cut(path, ".ogg"), "cannot read"),
    "half an MP3": (lambda path: _cut(path, ".mp3"), "it ends after"),
    "a pipe": (os.mkfifo, "no regular file"),
    "gone": (lambda path: None, "the audio clip is gone"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_recording_is_named(name, tmp_path):
    make, what = BAD[name]
    path = tmp_path / "a.wav"
    make(path)
    with pytest.raises(DataError, match=what) as caught:
        decode_audio(str(path), RATE)
    assert caught.value.where == str(path)
    assert caught.value.hint


@pytest.mark.parametrize("name", ["no samples", "text", "half a WAV", "a slow rate"])
def test_headers_are_looked_at_before_anything_is_learned(name, tmp_path):
    tones(tmp_path, 3)
    BAD[name][0](tmp_path / "low" / "01.wav")
    with pytest.raises(DataError, match=BAD[name][1]) as caught:
        zoo.data(tmp_path)
    assert caught.value.where.endswith("01.wav")


@pytest.mark.parametrize("name", ["text", "not a number", "half an MP3"])
def test_few_bad_recordings_can_be_left_out(name, tmp_path):
    tones(tmp_path, 51)
    BAD[name][0](tmp_path / "low" / "07.wav")
    data = zoo.data(tmp_path, skip_bad=True)
    assert len(data) == 101
    assert any(note.startswith("left out 1 bad audio clip") and "07.wav" in note for note in data.notes)


@pytest.mark.parametrize("size", [b"\xff" * 4, bytes(4)])
def test_a_wav_whose_header_leaves_its_length_open_is_read(size, tmp_path):
    path = write_wav(tmp_path / "a.wav", tone(440))
    whole = decode_audio(str(path), RATE)
    data = bytearray(path.read_bytes())
    data[4:8] = data[40:44] = size
    path.write_bytes(data)
    assert np.array_equal(decode_audio(str(path), RATE), whole)


def test_silent_clips_and_channels_that_cancel_are_reported(tmp_path):
    for name in ("low", "high"):
        for i, pitch in enumerate((300, 400, 500)):
            write_wav(tmp_path / name / f"{i}.wav", tone(pitch))
    sound = tone(440)
    write_wav(tmp_path / "low" / "phases.wav", np.stack([sound, -sound], axis=1))
    write_wav(tmp_path / "low" / "stereo.wav", np.stack([sound, 0.5 * sound], axis=1))
    write_wav(tmp_path / "high" / "silent.wav", np.zeros(800))
    data, found = checked(zoo.data(tmp_path), FORM)
    assert len(found) == 2
    assert "1 of 9 audio clips checked: channels of opposite phase cancel" in found[0]
    assert "low/phases.wav" in found[0]
    assert "1 of 9 audio clips checked is silent" in found[1]
    assert "high/silent.wav" in found[1]
    assert data.warnings == found
    assert checked(data, FORM) == (data, ())


@pytest.mark.parametrize(("missing", "rate"), [("soundfile", RATE), ("soxr", 8000)])
def test_without_the_libraries_it_says_what_to_type(missing, rate, tmp_path, monkeypatch):
    path = write_wav(tmp_path / "a.wav", tone(440))
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingPlugin, match=missing) as caught:
        decode_audio(str(path), rate)
    assert 'pip install "zoo-adapters[audio]"' in caught.value.hint


def test_the_length_that_a_model_hears_is_compared_with_that_of_the_header(tmp_path):
    path = tmp_path / "long.wav"
    soundfile.write(path, np.zeros(8000, np.float32), 4000)
    form = AudioInput(rate=16_000, max_seconds=1.5)
    found = reduced_inputs(AudioFiles([str(path)]), np.arange(1), form)
    assert (found.examined, found.truncated, found.median, found.model) == (1, 1, 2.0, 1.5)
    assert (
        reduced_inputs(AudioFiles([str(path)]), np.arange(1), AudioInput(rate=16_000, max_seconds=2)) is None
    )
