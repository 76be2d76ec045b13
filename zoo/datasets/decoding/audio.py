"""Decoding of untrusted audio files: few formats, one channel, one rate, errors that name the file."""

from __future__ import annotations

import io
import os
import re
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.datasets.decoding.bad_files import SKIP_BAD, named, reason
from zoo.errors import DataError, MissingPlugin
from zoo.utils.arrays import Array

FORMATS = ("WAV", "WAVEX", "RF64", "W64", "AIFF", "FLAC", "OGG", "MP3")
"""What is read, whatever the file is called; the names are libsndfile's. OGG holds Vorbis or Opus."""
READS = "zoo reads WAV, W64, AIFF, FLAC, OGG (Vorbis, Opus) and MP3"
SUFFIXES = frozenset({".wav", ".w64", ".aif", ".aiff", ".flac", ".ogg", ".oga", ".opus", ".mp3"})
"""What a file must end with to be taken for an audio clip."""
LARGEST = 400_000_000
"""Samples that are decoded, of all channels together, and samples that come out of resampling: more than an
hour of stereo at 48,000 Hz."""
LARGEST_BYTES = 2 * 2**30
"""Bytes of one channel before resampling and of what comes out, which lie in memory together."""
RATES = (1_000, 768_000)
"""Samples a second, lowest and highest."""
LOUDEST = 2.0
"""Largest absolute sample. Lossy formats overshoot 1 a little and are clipped; more is another scale."""
_MARGIN = 0.1
"""Seconds read beyond a cut, so that the resampling filter sees what it would see without one."""
_PIECE = 2**24
"""Samples, of all channels together, that are decoded at a time. MP3 in pieces differs by the last bit."""
_LOST = 4608
"""Frames that a lossy file may be shorter than its header says: encoders pad."""

_INSTALL = 'pip install "zoo-adapters[audio]"'
_CUT = re.compile(r"^data : (\d+) \(should be (\d+)\)", re.MULTILINE)
_STREAMED = 0x7FFF0000
"""Bytes from which on the size in a WAV's header is a placeholder, as programs leave that write to a pipe."""


@dataclass(frozen=True)
class AudioFacts:
    """What the header says."""

    rate: int
    channels: int
    frames: int


def decode_audio(
    path: str, rate: int, max_seconds: float | None = None, content: bytes | None = None
) -> Array:
    """Return an audio clip as a source receives it: float32 (T,), -1 to 1, the mean of its channels.

    Args:
        path: of the file; with ``content`` its name for messages alone.
        rate: samples a second that are wanted; resampled with soxr where the file has others.
        max_seconds: length from which on the rest is left out; None: all is read.
        content: the file itself, where it lies in memory.

    Raises:
        DataError: absent, empty, no audio clip, truncated, damaged, too long, or with samples that are not
            finite or on another scale; names the file.
        MissingPlugin: soundfile, or soxr where it is needed, is not installed.
    """
    with _opened(path, content) as file:
        wanted = file.frames
        if max_seconds is not None:
            wanted = min(wanted, int((max_seconds + _MARGIN) * file.samplerate))
        _check_length(wanted, file.channels, file.samplerate, rate)
        found = _mono(file, wanted)
        sound = _resampled(found, file.samplerate, rate)
        if max_seconds is not None:
            sound = sound[: int(max_seconds * rate)]
        if not len(sound):
            raise DataError("the audio clip is too short", why=f"{len(found)} samples", hint="leave it out")
        return np.ascontiguousarray(np.clip(sound, -1, 1, out=sound), dtype=np.float32)


def _check_length(wanted: int, channels: int, had: int, rate: int) -> None:
    """Raise DataError where too much would come out, before any of it is decoded."""
    samples = max(wanted * channels, wanted * rate // had)
    # Where nothing is resampled there is but one array.
    size = 4 * (wanted if had == rate else wanted + wanted * rate // had)
    why = ""
    if samples > LARGEST:
        why = f"{samples:,} samples; at most {LARGEST:,} are read"
    elif size > LARGEST_BYTES:
        why = f"{size:,} bytes in memory; at most {LARGEST_BYTES:,} are used"
    if why:
        if rate > had:
            why += f" (resampled from {had:,} to {rate:,} Hz)"
        raise DataError("the audio clip is too long", why=why, hint="cut it into pieces")


def _mono(file: Any, wanted: int) -> Array:
    """Return the mean of the channels, float32 (T,), decoded in pieces: all channels never lie in memory
    together.

    Raises:
        DataError: truncated, or with samples that are not finite or on another scale.
    """
    sound: Array = np.empty(wanted, dtype=np.float32)
    done, piece = 0, max(1, _PIECE // file.channels)
    while done < wanted:
        found: Array = file.read(min(piece, wanted - done), dtype="float32", always_2d=True)
        if not len(found):
            break
        peak = np.abs(found).max()
        if not np.isfinite(peak):
            raise DataError(
                "the audio clip holds samples that are not finite", hint="repair or remove the file"
            )
        if peak > LOUDEST:
            raise DataError(
                f"samples reach {peak:g}", why="they must lie between -1 and 1", hint="scale the audio clip"
            )
        sound[done : done + len(found)] = found.mean(axis=1)
        done += len(found)
    lossy = file.format in ("OGG", "MP3")
    if done < wanted - (_LOST if lossy else 0) or not done:
        raise _damaged(f"it ends after {done:,} of {wanted:,} samples")
    return sound[:done]


def audio_facts(path: str, content: bytes | None = None) -> AudioFacts:
    """Return what :func:`decode_audio` can say without decoding: present, a known format, complete, not
    empty."""
    with _opened(path, content) as file:
        return AudioFacts(file.samplerate, file.channels, file.frames)


def channels_and_mean(path: str, seconds: float, content: bytes | None = None) -> tuple[float, float]:
    """RMS of the channels of a clip's beginning, and of their mean; both 1 where there is one channel.

    Raises:
        DataError: as :func:`decode_audio`.
    """
    with _opened(path, content) as file:
        if file.channels == 1:
            return 1.0, 1.0
        frames = min(int(seconds * file.samplerate), _PIECE // file.channels)
        found: Array = file.read(frames, dtype="float32", always_2d=True)
        return float(np.sqrt(np.mean(found**2))), float(np.sqrt(np.mean(found.mean(axis=1) ** 2)))


@contextmanager
def _opened(path: str, content: bytes | None) -> Iterator[Any]:
    """The file with its header read; every error inside names the audio clip."""
    try:
        import soundfile
    except ImportError:
        raise MissingPlugin("audio clips need soundfile, which is not installed", hint=_INSTALL) from None
    try:
        # A pipe would be waited for.
        if content is None and not os.path.isfile(path):
            there = os.path.exists(path)
            raise DataError("the audio clip is no regular file" if there else "the audio clip is gone")
        with ExitStack() as stack:
            source = path if content is None else io.BytesIO(content)
            file = stack.enter_context(soundfile.SoundFile(source))
            if not file.frames and file.format == "WAV" and (sized := completed(path, content)):
                file = stack.enter_context(soundfile.SoundFile(sized))
            _check(file)
            yield file
    except DataError as error:
        raise DataError(error.what, why=error.why, hint=error.hint or "restore it", path=path) from None
    except (MissingPlugin, MemoryError):
        raise
    except Exception as error:
        # The library raises errors of its own, and nearly any other on damaged files.
        raise DataError(
            "cannot read the audio clip",
            path=path,
            why=_reason(path, content, error),
            hint=SKIP_BAD,
        ) from error


def _check(file: Any) -> None:
    if file.format not in FORMATS:
        raise DataError(
            "cannot read the audio clip",
            why=f"this is a {file.format} file; {READS}",
            hint="convert it",
        )
    if not RATES[0] <= file.samplerate <= RATES[1]:
        raise _damaged(f"its header says {file.samplerate:,} samples a second")
    cut = _CUT.search(file.extra_info)
    if cut and int(cut[2]) < int(cut[1]) < _STREAMED:
        raise _damaged(f"it ends after {int(cut[2]):,} of {int(cut[1]):,} bytes")
    if not file.frames:
        raise DataError("the audio clip holds no samples", hint="leave it out")


def _resampled(sound: Array, had: int, wanted: int) -> Array:
    if had == wanted:
        return sound
    try:
        import soxr
    except ImportError:
        raise MissingPlugin(
            f"resampling audio clips from {had:,} to {wanted:,} samples a second needs soxr",
            hint=_INSTALL,
        ) from None
    resampled: Array = soxr.resample(sound, had, wanted, quality="HQ")
    return resampled


def _damaged(why: str) -> DataError:
    return DataError("the audio clip is damaged", why=why, hint=SKIP_BAD)


def _reason(path: str, content: bytes | None, error: Exception) -> str:
    def explain(head: bytes) -> str:
        if "not recognised" in str(error):
            return f"this is {named(head, 'no audio file')}; {READS}"
        return str(error).rpartition(": ")[2]

    return reason(path, content, explain)


MOST = 2**30
"""Bytes of a file that is read whole to complete its header."""


def completed(path: str, content: bytes | None = None) -> io.BytesIO | None:
    """Return the file with the size of its samples filled in where the header says 0 and samples follow;
    else None.

    Args:
        path: of the file.
        content: the file itself, where it lies in memory.

    Raises:
        OSError: it cannot be read.
    """
    if content is None:
        if os.path.getsize(path) > MOST:
            return None
        with open(path, "rb") as file:
            content = file.read()
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        return None
    place = 12
    while place + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, place)
        if name == b"data":
            rest = len(content) - place - 8
            if size or not rest:
                return None
            sized = bytearray(content)
            struct.pack_into("<I", sized, 4, len(content) - 8)
            struct.pack_into("<I", sized, place + 4, rest)
            return io.BytesIO(sized)
        place += 8 + size + size % 2
    return None
