"""Sample data sets as files in zoo's cache, each created once."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from zoo.errors import DataError
from zoo.plugin import files, messages
from zoo_sample import scripts, texts


@dataclass(frozen=True)
class Sample:
    """The recipe of a sample.

    Args:
        write: fills an empty folder.
        mark: identifies the version of the content: of this code and of its sources.
        table: name of the table inside the folder; empty: the folder itself is the data.
    """

    write: Callable[[Path], None]
    mark: Callable[[], str]
    table: str = ""


def digits(folder: Path) -> None:
    """Write scikit-learn's digits: 1,797 grayscale images of 8 x 8 pixels, 0..16 scaled to 0..255."""
    from sklearn.datasets import load_digits

    found = load_digits()
    pixels = np.rint(found.images * (255 / 16)).astype(np.uint8)
    pairs = enumerate(zip(pixels, found.target, strict=True))
    _images(folder, ((f"{label}/{n:04}.png", Image.fromarray(one)) for n, (one, label) in pairs))


def _script(name: str, folder: Path) -> None:
    _images(folder, scripts.letters(name))


def _texts(folder: Path) -> None:
    (folder / "texts.csv").write_text(texts.table(), encoding="utf-8")


def _images(folder: Path, drawn: Iterator[tuple[str, Image.Image]]) -> None:
    for name, image in drawn:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        image.save(file)


SAMPLES = {
    "digits": Sample(digits, lambda: "1"),
    "texts": Sample(_texts, texts.mark, "texts.csv"),
    **{name: Sample(partial(_script, name), partial(scripts.mark, name)) for name in scripts.LETTERS},
}


def place(name: str) -> Path:
    """Return the folder or table of a sample, created at the first call.

    Raises:
        DataError: there is no such sample, or no font to draw it from.
        ResourceError: the cache cannot be written.
    """
    if name not in SAMPLES:
        raise DataError(
            f"there is no sample {name[:60]!r}",
            hint=messages.did_you_mean(name, SAMPLES)
            or f"there are: {', '.join(f'sample:{one}' for one in SAMPLES)}",
        )
    sample = SAMPLES[name]
    target = files.cache_dir() / "samples" / f"{name}-{sample.mark()}"
    if not target.is_dir():
        _make(sample, target)
    return target / sample.table if sample.table else target


def _make(sample: Sample, target: Path) -> None:
    # Written next to its place and renamed: a folder of that name is always complete.
    temporary = target.with_name(f".zoo-{secrets.token_hex(8)}.tmp")
    try:
        temporary.mkdir(parents=True)
        sample.write(temporary)
        try:
            os.rename(temporary, target)
        except OSError:
            # Another process may have been faster; its folder is as good.
            if not target.is_dir():
                raise
    except OSError as error:
        raise files.disk_error(error, target) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
