"""Registries of a size that nobody wants to parse for each command: an index on the side, made once.

It lies in the user's cache, is named by the registry's place, size and time, and can be deleted at any time.
A line of it is the place of a card in the registry, in letters, and the folded text that words are looked for
in. Cards are validated while it is made; afterwards only those that are asked for are parsed.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, BinaryIO
from zlib import crc32

from zoo.errors import ConfigError, IntegrityError, ZooError
from zoo.registry.search import text_of
from zoo.utils.paths import cache_dir

Row = dict[str, Any]

LARGE = 8 * 2**20
"""Bytes from which a registry is read through an index."""

_START = b'{"id":"'
_HEAD = b'{"schema": 1, "cards": ['
_END = b"]}"
_CHUNK = 2**22
"""Bytes of the index that are in memory at a time."""
_DIGITS = b"ABCDEFGHIJKLMNOP"
"""Of a place in the registry: folded texts have no capitals, so no word is ever found in it."""
_LAST = b"\xff"
"""Sorts after every id."""
_PLACE = 12
"""How many of them; 2**48 bytes is more than any registry has."""
_TO_DIGITS = bytes.maketrans(b"0123456789abcdef", _DIGITS)
_FROM_DIGITS = bytes.maketrans(_DIGITS, b"0123456789abcdef")


def is_large(path: Path) -> bool:
    """Whether a registry is read through an index."""
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
    """The cards of a large registry in whose text each word occurs, sorted by id.

    Args:
        path: of the registry.
        words: folded or not; none: all cards are found.
        sources: that may be in it; None: any.
        points: of a folded id; those with more come first.

    Raises:
        IntegrityError: the registry is damaged, or not sorted with one card a line.
        ResourceError: the index cannot be written.
    """
    wanted = [word.casefold().encode() for word in words]
    places: dict[int, list[int]] = defaultdict(list)
    with path.open("rb") as registry:
        state = state_of(registry)
        with _index(path, registry, state, sources).open("rb") as file:
            while chunk := file.read(_CHUNK):
                lines = (chunk + file.readline()).splitlines()
                for word in wanted:
                    lines = [line for line in lines if word in line]
                for line in lines:
                    rank = points(line[_PLACE : line.index(b" ")]) if points else 0
                    places[rank].append(int(line[:_PLACE].translate(_FROM_DIGITS), 16))
    ranks = sorted(places, reverse=True)
    return Found(path, [place for rank in ranks for place in places[rank]], state)


def ids_from(path: Path, start: str, most: int) -> list[str]:
    """The first ids of a large registry, at most so many, that begin with a text.

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
    """The id of the card whose line begins there; behind the last card what follows all ids."""
    if data[place : place + len(_START)] == _START:
        begin = place + len(_START)
        return data[begin : data.find(b'"', begin)]
    return _LAST


def state_of(file: BinaryIO) -> tuple[int, ...]:
    """Which file it is, and how it is now: device, number, size in bytes, last change in nanoseconds."""
    stat = os.fstat(file.fileno())
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns


def name_of(state: tuple[int, ...]) -> str:
    """What files about a registry in this state are called."""
    return "-".join(f"{one:x}" for one in state)


def _index(path: Path, registry: BinaryIO, state: tuple[int, ...], sources: set[str] | None) -> Path:
    """The index of a registry, made where it is not there yet."""
    allowed = crc32(" ".join(sorted(sources or ())).encode())
    file = cache_dir() / "registry" / f"{name_of(state)}-{allowed:08x}.index"
    if file.exists():
        return file
    from zoo.utils.atomic import atomic_write, disk_error

    print(f"zoo: making an index of {str(path)!a}, once", file=sys.stderr)

    def fill(index: BinaryIO) -> None:
        index.writelines(
            (b"%012x" % place).translate(_TO_DIGITS) + text.encode() + b"\n"
            for place, text in _texts(registry, sources)
        )

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(file, fill)
    except (OSError, ConfigError) as error:
        told = error if isinstance(error, ZooError) else disk_error(error, file)
        told.hint = "free space there, or set ZOO_HOME to a folder on another disk"
        raise told from None
    except ValueError as error:
        raise IntegrityError(
            "damaged registry",
            path=path,
            why=str(error)[:200],
            hint=f"zoo registry check --write --file {shlex.quote(str(path))} writes one card a line, sorted",
        ) from None
    return file


def _texts(registry: BinaryIO, sources: set[str] | None) -> Iterator[tuple[int, str]]:
    """Where each card begins, and its text; card by card, so that memory does not grow with the file.

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
        yield place, " ".join(text_of(row).split())
        place, before = place + len(line), model_id
    raise ValueError("it ends too early")


def _card(line: bytes) -> bytes:
    return line.rstrip().removesuffix(b",")
