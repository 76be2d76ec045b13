"""Looking at every file and every text before anything expensive begins."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from zoo.datasets.inputs.base import ImageFiles
from zoo.datasets.inputs.images import Mixed
from zoo.datasets.inputs.protocol import Inputs
from zoo.datasets.inputs.texts import Texts
from zoo.errors import DataError
from zoo.utils.format import MODALITY_NOUN, plural, quote_names

MOST_BAD = 0.01
"""Share of the inputs that may be left out."""


def bad_inputs(inputs: Inputs, skip_bad: bool | float) -> tuple[list[int], list[str]]:
    """Return positions of the inputs to leave out, and a sentence that names them; arrays are never bad.

    Args:
        inputs: of any kind.
        skip_bad: whether bad ones may be left out, True: at most 1%; or the share that may be.

    Raises:
        DataError: an input is bad, or more are than may be left out, or all; names the first.
    """
    bad: list[int] = []
    most = MOST_BAD if isinstance(skip_bad, bool) else skip_bad
    skip_bad = bool(skip_bad)
    if isinstance(inputs, ImageFiles | Mixed):
        bad = bad_files(inputs, skip_bad=skip_bad, most=most)
    elif isinstance(inputs, Texts):
        bad = bad_texts(inputs, skip_bad=skip_bad, most=most)
    named = quote_names([inputs.name(i) for i in bad], 3)
    return bad, [
        f"left out {plural(len(bad), f'bad {MODALITY_NOUN[inputs.modality]}')}: {named}"
    ] if bad else []


def bad_files(files: ImageFiles | Mixed, *, skip_bad: bool, most: float = MOST_BAD) -> list[int]:
    """Return positions of the images or audio clips to leave out.

    Without ``skip_bad`` every header is read (format and size; a file that is damaged further in is found
    when it is decoded), and one bad file is an error. With it every file is decoded once.

    Args:
        files: images or audio clips.
        skip_bad: whether bad ones may be left out.
        most: share of the files that may be left out.

    Raises:
        DataError: a file is bad, or with ``skip_bad`` more than ``most`` are; names the first.
    """
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        # Chunks: a task for each of a million files would cost more than the headers.
        chunks = [range(i, min(i + 256, len(files))) for i in range(0, len(files), 256)]
        found = pool.map(lambda chunk: [(i, _trouble(files, i, skip_bad)) for i in chunk], chunks)
        bad = [(i, error) for chunk in found for i, error in chunk if error is not None]
    return _few(bad, len(files), MODALITY_NOUN[files.modality], skip_bad, most)


def bad_texts(texts: Texts, *, skip_bad: bool, most: float = MOST_BAD) -> list[int]:
    """Return positions of the texts to leave out: those that are missing, blank or hold a zero character.

    Raises:
        DataError: a text is bad, or with ``skip_bad`` more than ``most`` are; names the row of the first.
    """
    hint = "write a text, remove the row, or leave bad texts out with --skip-bad (Python: skip_bad=True)"
    found = ((i, texts.fault(i)) for i in range(len(texts)))
    bad = [(i, DataError(fault, path=texts.name(i), hint=hint)) for i, fault in found if fault]
    return _few(bad, len(texts), "text", skip_bad, most)


def _few(
    bad: Sequence[tuple[int, DataError]], count: int, thing: str, skip_bad: bool, most: float
) -> list[int]:
    if bad and (not skip_bad or len(bad) > most * count or len(bad) == count):
        first = bad[0][1]
        more = f" (and {plural(len(bad) - 1, f'more {thing}')} of {count:,})" if len(bad) > 1 else ""
        hint = first.hint if not skip_bad else f"at most {most:.0%} are left out; repair the inputs"
        raise DataError(first.what + more, path=first.where, why=first.why, hint=hint)
    return [i for i, _ in bad]


def _trouble(files: ImageFiles | Mixed, index: int, whole: bool) -> DataError | None:
    try:
        files.check(index, whole)
    except DataError as error:
        return error
    return None
