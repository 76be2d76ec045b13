"""Registries of a size that nobody wants to parse for each command: an index on the side, made once.

It lies in the user's cache, is named by the registry's place, size and time, and can be deleted at any time.
Cards are validated while it is made. Words are looked for in a column of folded text.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.catalogue.searching import text_of
from zoo.errors import IntegrityError, ResourceError
from zoo.paths import cache_dir

if TYPE_CHECKING:
    import sqlite3

Row = dict[str, Any]

LARGE = 8 * 2**20
"""Bytes from which a registry is read through an index."""

_LINE = re.compile(r'^\{"id": ?"')
_HEAD = '{"schema": 1, "cards": ['
_BATCH = 2_000
_CARDS = "select card from texts join cards using (n)"


def is_large(path: Path) -> bool:
    """Whether a registry is read through an index."""
    try:
        return path.stat().st_size >= LARGE
    except OSError:
        return False


def search_large(
    path: Path, words: str, takes: Callable[[Row], bool] | None, limit: int
) -> tuple[list[Row], int]:
    """Rows in which each word occurs, in the file's order, and how many there are in all.

    Args:
        path: of the registry.
        words: folded or not.
        takes: a further condition; None: none, which is quicker.
        limit: at most so many rows.

    Raises:
        IntegrityError: the registry is damaged, or not one card a line (``zoo registry check --write``).
        ResourceError: the index cannot be written.
    """
    wanted = words.casefold().split()
    rule = " and ".join("instr(text, ?)" for _ in wanted) or "1"
    with closing(_open(path)) as index:
        if takes is None:
            hits = [n for (n,) in index.execute(f"select n from texts where {rule} order by n", wanted)]
            found = (index.execute("select card from cards where n = ?", [n]) for n in hits[:limit])
            return [json.loads(one.fetchone()[0]) for one in found], len(hits)
        kept: list[Row] = []
        total = 0
        for (card,) in index.execute(f"{_CARDS} where {rule} order by n", wanted):
            row = json.loads(card)
            if takes(row):
                total += 1
                if len(kept) < limit:
                    kept.append(row)
        return kept, total


def _open(path: Path) -> sqlite3.Connection:
    import sqlite3

    stat = path.stat()
    key = f"{path.resolve()}\0{stat.st_size}\0{stat.st_mtime_ns}\0{stat.st_ino}"
    folder = cache_dir() / "registry"
    file = folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.index"
    if not file.exists():
        part = folder / f".zoo-{os.getpid()}.tmp"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(part)) as index:
                _fill(index, path)
            # Whole or not at all: a reader sees no index or a complete one.
            os.replace(part, file)
        except (OSError, sqlite3.Error) as error:
            raise ResourceError(
                "cannot write the index of the registry",
                path=file,
                why=str(error),
                mend="free space there, or set ZOO_HOME to a folder on another disk",
            ) from None
        except ValueError as error:
            raise IntegrityError(
                "damaged registry",
                path=path,
                why=str(error)[:200],
                mend=f"zoo registry check --write --file {path} writes one card a line",
            ) from None
        finally:
            with suppress(OSError):
                part.unlink()
    return sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)


def _fill(index: sqlite3.Connection, path: Path) -> None:
    index.executescript("pragma journal_mode=off; pragma synchronous=off;")
    # Apart, so that a search reads the texts alone.
    index.execute("create table texts (n integer primary key, text text)")
    index.execute("create table cards (n integer primary key, card text)")
    texts: list[tuple[int, str]] = []
    cards: list[tuple[int, str]] = []
    from zoo.records import ModelCard

    for number, (row, line) in enumerate(_rows(path)):
        ModelCard.model_validate(row)
        texts.append((number, text_of(row)))
        cards.append((number, line))
        if len(cards) >= _BATCH:
            _write(index, texts, cards)
            texts, cards = [], []
    _write(index, texts, cards)
    index.commit()


def _write(index: sqlite3.Connection, texts: list[tuple[int, str]], cards: list[tuple[int, str]]) -> None:
    index.executemany("insert into texts values (?, ?)", texts)
    index.executemany("insert into cards values (?, ?)", cards)


def _rows(path: Path) -> Iterator[tuple[Row, str]]:
    """Card by card, so that memory does not grow with the file.

    Raises:
        ValueError: the file does not have one card a line.
    """
    with path.open(encoding="utf-8") as file:
        if next(file, "").rstrip() != _HEAD:
            raise ValueError("not one card a line")
        for line in file:
            text = line.rstrip().removesuffix(",")
            if text == "]}":
                return
            if not _LINE.match(text):
                raise ValueError("not one card a line")
            yield json.loads(text), text
    raise ValueError("it ends too early")
