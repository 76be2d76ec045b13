"""Looking at every picture and every text before anything expensive begins."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from zoo.datasets.decoding import check_header, check_pixels
from zoo.datasets.tables import plural
from zoo.datasets.texts import Texts
from zoo.errors import DataError

MOST_BAD = 0.01
"""Share of the inputs that may be left out."""


def bad_pictures(paths: Sequence[str], *, skip_bad: bool) -> list[int]:
    """Positions of the pictures to leave out.

    Without ``skip_bad`` every header is read (format and size; a file that is damaged further in is found
    when it is decoded), and one bad file is an error. With it every picture is decoded once.

    Raises:
        DataError: a picture is bad, or with ``skip_bad`` more than 1 % are; names the first.
    """
    check = check_pixels if skip_bad else check_header
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        # Chunks: a task for each of a million files would cost more than the headers.
        chunks = [range(i, min(i + 256, len(paths))) for i in range(0, len(paths), 256)]
        found = pool.map(lambda chunk: [(i, _trouble(check, paths[i])) for i in chunk], chunks)
        bad = [(i, error) for chunk in found for i, error in chunk if error is not None]
    return _few(bad, len(paths), "picture", skip_bad)


def bad_texts(texts: Texts, *, skip_bad: bool) -> list[int]:
    """Positions of the texts to leave out: those that are missing, blank or hold a zero character.

    Raises:
        DataError: a text is bad, or with ``skip_bad`` more than 1 % are; names the row of the first.
    """
    mend = "write a text, remove the row, or leave bad texts out with skip_bad"
    found = ((i, texts.fault(i)) for i in range(len(texts)))
    bad = [(i, DataError(fault, path=texts.name(i), mend=mend)) for i, fault in found if fault]
    return _few(bad, len(texts), "text", skip_bad)


def _few(bad: Sequence[tuple[int, DataError]], count: int, thing: str, skip_bad: bool) -> list[int]:
    if bad and (not skip_bad or len(bad) > MOST_BAD * count):
        first = bad[0][1]
        more = f" (and {plural(len(bad) - 1, f'more {thing}')} of {count:,})" if len(bad) > 1 else ""
        mend = first.mend if not skip_bad else f"at most {MOST_BAD:.0%} are left out; repair the files"
        raise DataError(first.what + more, path=first.where, why=first.why, mend=mend)
    return [i for i, _ in bad]


def _trouble(check: Callable[[str], None], path: str) -> DataError | None:
    try:
        check(path)
    except DataError as error:
        return error
    return None
