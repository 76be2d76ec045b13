"""Samples as folders of class folders, made once in zoo's cache."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

from zoo.errors import DataError
from zoo.nearest import did_you_mean
from zoo.paths import cache_dir
from zoo.runs.atomic import disk_error

VERSION = "1"
"""Raised when the same sample would be written differently."""

Picture = tuple[str, str, Image.Image]


def digits() -> Iterator[Picture]:
    """scikit-learn's digits: 1,797 grey pictures of 8 x 8 pixels, 0..16 scaled to 0..255."""
    found = load_digits()
    pixels = np.rint(found.images * (255 / 16)).astype(np.uint8)
    for number, (picture, label) in enumerate(zip(pixels, found.target, strict=True)):
        yield str(label), f"{number:04}.png", Image.fromarray(picture)


SAMPLES: dict[str, Callable[[], Iterator[Picture]]] = {"digits": digits}


def folder(name: str) -> Path:
    """The folder of a sample, made at the first call.

    Raises:
        DataError: there is no such sample.
        ResourceError: the cache cannot be written.
    """
    if name not in SAMPLES:
        raise DataError(
            f"there is no sample {name[:60]!r}",
            mend=did_you_mean(name, SAMPLES) or f"there are: {', '.join(f'sample:{one}' for one in SAMPLES)}",
        )
    target = cache_dir() / "samples" / f"{name}-{VERSION}"
    if target.is_dir():
        return target
    # Written beside its place and renamed: a folder of that name is complete, whoever was interrupted.
    temporary = target.with_name(f".zoo-{secrets.token_hex(8)}.tmp")
    try:
        temporary.mkdir(parents=True)
        for label, file, picture in SAMPLES[name]():
            (temporary / label).mkdir(exist_ok=True)
            picture.save(temporary / label / file)
        try:
            os.rename(temporary, target)
        except OSError:
            # Another process may have been faster; its folder is as good.
            if not target.is_dir():
                raise
    except OSError as error:
        raise disk_error(error, target) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return target
