"""Audio clips as inputs: in files, or waveforms in memory."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from zoo.core.cards import AnyInput, AudioInput, Modality
from zoo.datasets.decoding.audio import SUFFIXES, AudioFacts, audio_facts, decode_audio
from zoo.datasets.inputs.base import ImageFiles
from zoo.datasets.inputs.images import content_of
from zoo.errors import DataError
from zoo.utils.arrays import Array
from zoo.utils.format import plural


class AudioFiles(ImageFiles):
    """Audio clips in files, by their paths."""

    modality: Modality = "audio"

    def __init__(self, paths: Sequence[str], contents: Callable[[int], bytes] | None = None):
        super().__init__(paths, contents)
        self._facts: dict[int, AudioFacts] = {}

    def read(self, index: int, form: AnyInput) -> Array:
        """float32 (T,), one channel at the model's rate: see
        :func:`zoo.datasets.decoding.audio.decode_audio`."""
        assert isinstance(form, AudioInput)
        return decode_audio(self.paths[index], form.rate, form.max_seconds, self.content(index))

    def check(self, index: int, whole: bool) -> None:
        """Read the header, or decode everything.

        Raises:
            DataError: the audio clip cannot be used.
            MissingPlugin: soundfile is not installed.
        """
        facts = audio_facts(self.paths[index], self.content(index))
        if whole:
            decode_audio(self.paths[index], facts.rate, content=self.content(index))
        self._facts[index] = facts

    def notes(self) -> list[str]:
        """Sentences about what was checked: several channels, and several rates."""
        facts = list(self._facts.values())
        several = sum(one.channels > 1 for one in facts)
        rates = Counter(one.rate for one in facts)
        notes = (
            [f"{plural(several, 'audio clip')} of several channels: their mean is taken"] if several else []
        )
        if len(rates) > 1:
            listed = ", ".join(f"{rate:,} Hz ({count:,})" for rate, count in sorted(rates.items())[:5])
            notes.append(f"audio clips of {len(rates)} rates: {listed}{', ...' if len(rates) > 5 else ''}")
        return notes


class Waveforms:
    """Audio clips in memory: float arrays (T,), -1 to 1, at the rate of the model that is asked.

    Raises:
        DataError: another type or shape, no samples, samples that are not finite or beyond -1..1.
    """

    modality: Modality = "audio"

    def __init__(self, sounds: Sequence[Any], call: str = "sound"):
        self.call = call
        self.sounds = [self._sound(sound, number) for number, sound in enumerate(sounds)]

    def __len__(self) -> int:
        return len(self.sounds)

    def name(self, index: int) -> str:
        """``sound[3]``."""
        return f"{self.call}[{index}]"

    def size(self, index: int) -> int:
        """Return bytes of the samples."""
        return int(self.sounds[index].nbytes)

    def digest(self, index: int) -> str:
        """Return sha256 of the samples."""
        return hashlib.sha256(self.sounds[index].tobytes()).hexdigest()

    def is_in_memory(self, index: Array, form: AnyInput) -> bool:
        """Always."""
        return True

    def read(self, index: int, form: AnyInput) -> Array:
        """Return the samples, cut to the model's length."""
        assert isinstance(form, AudioInput)
        limit = None if form.max_seconds is None else int(form.max_seconds * form.rate)
        return self.sounds[index][:limit]

    def _sound(self, given: Any, number: int) -> Array:
        what = ""
        if not isinstance(given, np.ndarray) or given.dtype.kind != "f" or given.ndim != 1:
            kind = f"{given.dtype} {given.shape}" if isinstance(given, np.ndarray) else type(given).__name__
            what = f"a waveform is no {kind}"
        elif not len(given):
            what = "the waveform holds no samples"
        elif not np.abs(given).max() <= 1:
            what = "the waveform is not within -1..1"
        if what:
            raise DataError(
                what,
                path=self.name(number),
                hint="give a float array (T,) of one channel, -1 to 1, at the model's rate",
            )
        return np.ascontiguousarray(given, dtype=np.float32)


def are_waveforms(given: Any) -> bool:
    """Return whether ``given`` is a list, or an object array, of float arrays (T,)."""
    listed = isinstance(given, list | tuple) or (isinstance(given, np.ndarray) and given.dtype == object)
    return listed and all(
        isinstance(one, np.ndarray) and one.dtype.kind == "f" and one.ndim == 1 for one in given
    )


def as_audio(asked: Any) -> ImageFiles | Waveforms:
    """Return inputs from what ``predict`` and ``embed`` of a model for sounds accept.

    Args:
        asked: a path, the bytes of a file, a file that is open for reading bytes, or a float array (T,), one
            channel at the model's rate; or a list of files or of arrays.

    Raises:
        DataError: nothing was given, something that is no audio clip, or paths among arrays.
    """
    single = isinstance(asked, np.ndarray) and asked.dtype.kind == "f"
    if single or _is_file(asked):
        asked = [asked]
    if not isinstance(asked, list | tuple | np.ndarray):
        raise DataError(
            f"a {type(asked).__name__} holds no audio clips", hint="give paths or float arrays (T,)"
        )
    if not len(asked):
        raise DataError("no audio clips were given", hint="give at least one path or array")
    if all(isinstance(one, str | os.PathLike) for one in asked):
        return AudioFiles([os.fspath(one) for one in asked])
    if all(map(_is_file, asked)):
        names = [f"sound[{number}]" for number in range(len(asked))]
        contents = [content_of(one, name) for one, name in zip(asked, names, strict=True)]
        return AudioFiles(names, contents.__getitem__)
    return Waveforms(list(asked))


def _is_file(given: Any) -> bool:
    return isinstance(given, str | os.PathLike | bytes | bytearray | memoryview) or hasattr(given, "read")


def files_of(paths: Sequence[str], where: Callable[[int], str]) -> ImageFiles:
    """Images or audio clips, by the endings of the files.

    Raises:
        DataError: some are audio clips and some are not.
    """
    sounds = [os.path.splitext(path)[1].lower() in SUFFIXES for path in paths]
    if any(sounds) and not all(sounds):
        one, other = sounds.index(True), sounds.index(False)
        raise DataError(
            "images and audio clips are mixed",
            path=where(other),
            why=f"{os.path.basename(paths[one])!r} is audio, {os.path.basename(paths[other])!r} is not",
            hint="keep one kind",
        )
    return AudioFiles(paths) if any(sounds) else ImageFiles(paths)
