"""Which files are data by their suffix, and which would be with a decoder that is not installed."""

from __future__ import annotations

import os

from zoo.datasets.decoding import audio, images

_CONVERT_IMAGES = "convert them to JPEG or PNG"
_CONVERT_AUDIO = "convert them to FLAC or WAV"
_UNREADABLE = {
    **dict.fromkeys(images.HEIF, 'pip install "zoo-adapters[heif]" reads them'),
    **dict.fromkeys(images.AVIF, f"this Pillow has no AVIF decoder; {_CONVERT_IMAGES}"),
    **dict.fromkeys((".jp2", ".j2k", ".jxl", ".psd", ".svg", ".dng", ".cr2", ".nef"), _CONVERT_IMAGES),
    **dict.fromkeys((".ppm", ".pgm", ".pbm", ".tga", ".ico", ".exr", ".hdr"), _CONVERT_IMAGES),
    **dict.fromkeys((".m4a", ".aac", ".wma", ".amr", ".webm", ".ac3", ".caf"), _CONVERT_AUDIO),
}


def suffix_of(name: str) -> str:
    """Return the suffix in lower case: ``.jpg``."""
    return os.path.splitext(name)[1].lower()


def is_data(name: str) -> bool:
    """Return whether a file is an image or an audio clip that can be decoded here, by its suffix."""
    suffix = suffix_of(name)
    return suffix in images.suffixes() or suffix in audio.SUFFIXES


def needs_decoder(name: str) -> bool:
    """Return whether a file is an image or an audio clip by its suffix that nothing here can decode."""
    return suffix_of(name) in _UNREADABLE and not is_data(name)


def advice(suffix: str) -> str:
    """Return how files of such a suffix become readable."""
    return _UNREADABLE[suffix]


def all_suffixes() -> list[str]:
    """Suffixes of the files that can be decoded here, sorted."""
    return sorted(images.suffixes() | audio.SUFFIXES)
