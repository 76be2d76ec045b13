"""Limits on size and speed while the Hub client downloads a file."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from huggingface_hub import get_session

from zoo.registry.weights.download import Meter
from zoo.registry.weights.hub_cache_paths import HubLocation

_FROM = re.compile(r"bytes (\d{1,15})-")


@contextmanager
def metered(place: HubLocation, size: int | None) -> Iterator[None]:
    """Limit downloads of this thread inside the block to the size of a file, with a minimum speed.

    The client itself checks the size at the end, and accepts one byte per second.

    Args:
        place: of the file.
        size: that the Hub stated, in bytes.
    """
    ours = threading.get_ident()

    def answered(response: Any) -> None:
        nonlocal size
        if threading.get_ident() != ours or "/api/" in response.request.url.path:
            return
        if response.request.method == "HEAD":
            # The client sends another request, and a branch may have moved meanwhile.
            stated = "x-linked-size" if "x-linked-size" in response.headers else "content-length"
            if stated != "content-length" or response.status_code == 200:
                size = _number(response.headers.get(stated, "")) or size
        elif response.request.method == "GET":
            found = _FROM.match(response.headers.get("content-range", ""))
            meter = Meter(f"{place.file} of {place.repo}", size, int(found[1]) if found else 0)
            response.stream = _metered(response.stream, meter)

    hooks = get_session().event_hooks["response"]
    hooks.append(answered)
    try:
        yield
    finally:
        hooks.remove(answered)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _metered(stream: Any, meter: Meter) -> Any:
    # The HTTP library below the client has changed twice; its name is found from its own object.
    library: Any = sys.modules[type(stream).__module__.partition(".")[0]]

    class Metered(library.SyncByteStream):  # type: ignore[misc]
        def __iter__(self) -> Iterator[bytes]:
            for piece in stream:
                meter.count(len(piece))
                yield piece

        def close(self) -> None:
            stream.close()

    return Metered()
