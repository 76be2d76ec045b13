"""An index of registries that are too large to be parsed for each command, built once.

A SQLite database in the user's cache, named by the registry's file, size and time of change; it can be
deleted at any time. A row is the place of a card in the registry, its folded id, and the folded text in which
words are looked for. Cards are validated while it is built; afterwards only those that are shown are parsed.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, BinaryIO
from zlib import crc32

from zoo.errors import ConfigError, IntegrityError, ResourceError, ZooError
from zoo.registry.search import text_of
from zoo.utils.paths import cache_dir

Row = dict[str, Any]

LARGE = 8 * 2**20
"""Bytes from which a registry is read through an index."""

_START = b'{"id":"'
_HEAD = b'{"schema": 1, "cards": ['
_END = b"]}"
_LAST = b"\xff"
"""Sorts after every id."""


def is_large(path: Path) -> bool:
    """Return whether a registry is read through an index."""
    try:
        return path.stat().st_size >= LARGE
    except OSError:
        return False


@dataclass(frozen=True)
class Found:
    """Cards of a large registry; each is parsed when it is its turn.

    Attributes:
        path: of the registry.
        places: where their lines begin, in the order of the cards.
    """

    path: Path
    places: list[int]
    _state: tuple[int, ...] = field(repr=False)

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[Row]:
        """The rows.

        Raises:
            IntegrityError: the registry is no longer the one that was searched.
        """
        with self.path.open("rb") as file:
            if state_of(file) != self._state:
                raise IntegrityError(
                    "the registry changed while it was read",
                    path=self.path,
                    hint="run the same command again",
                )
            for place in self.places:
                file.seek(place)
                yield json.loads(_card(file.readline()))


def look_up(
    path: Path,
    words: Sequence[str],
    sources: set[str] | None = None,
    *,
    points: Callable[[bytes], int] | None = None,
) -> Found:
    """Find the cards of a large registry in whose text each word occurs, sorted by id.

    A damaged index is built again.

    Args:
        path: of the registry.
        words: folded or not; none: all cards are found.
        sources: that may be in it; None: any.
        points: of a folded id; those with more come first.

    Raises:
        IntegrityError: the registry is damaged, or not sorted with one card a line.
        ResourceError: the index cannot be written.
    """
    import sqlite3

    wanted = [word.casefold() for word in words]
    with path.open("rb") as registry:
        state = state_of(registry)
        allowed = crc32(" ".join(sorted(sources or ())).encode())
        index = cache_dir() / "registry" / f"{name_of(state)}-{allowed:08x}.index"
        if index.exists():
            with suppress(sqlite3.DatabaseError):
                return Found(path, _places(index, wanted, points), state)
        _build(index, path, registry, sources)
        return Found(path, _places(index, wanted, points), state)


def _places(index: Path, words: Sequence[str], points: Callable[[bytes], int] | None) -> list[int]:
    """Return where the cards begin in whose text each word occurs.

    Raises:
        sqlite3.DatabaseError: the index is damaged.
    """
    import sqlite3

    where, order = (
        f"WHERE {_all(len(words))}" if words else "",
        "points(id) DESC, place" if points else "place",
    )
    # No process writes to an index; a new one replaces the file.
    address = f"{index.resolve().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(address, uri=True)) as database:
        if points is not None:
            database.create_function("points", 1, points, deterministic=True)
        found = database.execute(f"SELECT place FROM cards {where} ORDER BY {order}", words)
        return [place for (place,) in found]


def _all(count: int) -> str:
    """Return a condition on ``count`` words: a balanced tree, since SQLite bounds its depth."""
    if count == 1:
        return "instr(text, ?)"
    return f"({_all(count // 2)} AND {_all(count - count // 2)})"


def ids_from(path: Path, start: str, most: int) -> list[str]:
    """Return the first ids of a large registry, at most so many, that begin with a text.

    The file is halved and halved again, and not checked: one that is not sorted has too few.

    Raises:
        OSError: it cannot be read.
    """
    wanted = start.encode()
    found: list[str] = []
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
        low, high = data.find(b"\n") + 1, len(data)
        while low < high:
            line = max(low, data.rfind(b"\n", low, (low + high) // 2) + 1)
            if _id_at(data, line) < wanted:
                low = data.find(b"\n", line) + 1 or high
            else:
                high = line
        while len(found) < most and (model_id := _id_at(data, low)).startswith(wanted) and model_id != _LAST:
            found.append(model_id.decode())
            low = data.find(b"\n", low) + 1
    return found


def _id_at(data: mmap, place: int) -> bytes:
    """Return the id of the card whose line begins there; behind the last card what follows all ids."""
    if data[place : place + len(_START)] == _START:
        begin = place + len(_START)
        return data[begin : data.find(b'"', begin)]
    return _LAST


def state_of(file: BinaryIO) -> tuple[int, ...]:
    """Return which file it is, and how it is now: device, number, size in bytes, last change in
    nanoseconds."""
    stat = os.fstat(file.fileno())
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns


def name_of(state: tuple[int, ...]) -> str:
    """Return what files about a registry in this state are called."""
    return "-".join(f"{one:x}" for one in state)


def _build(index: Path, path: Path, registry: BinaryIO, sources: set[str] | None) -> None:
    """Write the index of a registry."""
    import sqlite3

    from zoo.utils.atomic import atomic_path, disk_error

    print(f"zoo: making an index of {str(path)!a}, once", file=sys.stderr)
    try:
        index.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(index) as temporary, closing(sqlite3.connect(temporary)) as database:
            # Until it is renamed nobody reads it, so nothing need be undone.
            database.execute("PRAGMA journal_mode = OFF")
            database.execute("PRAGMA synchronous = OFF")
            database.execute("CREATE TABLE cards (place INTEGER PRIMARY KEY, id BLOB, text TEXT)")
            database.executemany("INSERT INTO cards VALUES (?, ?, ?)", _texts(registry, sources))
            database.commit()
    except (OSError, sqlite3.Error, ConfigError) as error:
        if isinstance(error, sqlite3.Error):
            error = ResourceError("cannot write the index of the registry", path=index, why=str(error))
        told = error if isinstance(error, ZooError) else disk_error(error, index)
        told.hint = "free space there, or set ZOO_HOME to a folder on another disk"
        raise told from None
    except ValueError as error:
        raise IntegrityError(
            "damaged registry",
            path=path,
            why=str(error)[:200],
            hint=f"zoo registry check --write --file {shlex.quote(str(path))} writes one card a line, sorted",
        ) from None


def _texts(registry: BinaryIO, sources: set[str] | None) -> Iterator[tuple[int, bytes, str]]:
    """Yield where each card begins, its folded id and its text; memory does not grow with the file.

    Raises:
        ValueError: the file is not sorted with one card a line, or a card is not valid.
    """
    from zoo.core.cards import ModelCard

    head = registry.readline()
    if head.rstrip() != _HEAD:
        raise ValueError("not one card a line")
    place, before = len(head), ""
    for line in registry:
        if line.rstrip() == _END:
            return
        if not line.startswith(_START):
            raise ValueError("not one card a line")
        row = json.loads(_card(line))
        model_id = ModelCard.model_validate(row).id
        if model_id <= before:
            raise ValueError(f"{model_id} does not stand in its place, or stands twice")
        if sources is not None and model_id.partition(":")[0] not in sources:
            raise ValueError(f"{model_id} is of another source than {', '.join(sorted(sources))}")
        yield place, model_id.casefold().encode(), " ".join(text_of(row).split())
        place, before = place + len(line), model_id
    raise ValueError("it ends too early")


def _card(line: bytes) -> bytes:
    return line.rstrip().removesuffix(b",")
