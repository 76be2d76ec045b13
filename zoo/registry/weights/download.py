"""Downloads of response bodies to files: exactly the stated size, with a minimum speed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from zoo.errors import IntegrityError, NetworkError, ResourceError
from zoo.utils.deadline import bounded
from zoo.utils.format import size

if TYPE_CHECKING:
    import requests

LARGEST = 64 * 2**30
"""Largest file in bytes if no size is stated."""
SLOWEST = 1_000
"""Minimum speed in bytes per second over each :data:`WINDOW`."""
WINDOW = 60.0
"""Seconds."""
_HEADERS = 60.0
"""Seconds until the headers of a response are complete."""
_REDIRECTS = 10
_PIECE = 2**20


class Meter:
    """Counts the bytes that a server sends, and ends a download that is too large or too slow.

    Args:
        name: of the file, as it may be shown.
        size: of the file in bytes; None: not stated.
        done: bytes that were fetched before.
    """

    def __init__(self, name: str, size: int | None, done: int = 0):
        self.name, self.size, self.done = name, size, done
        self._since, self._then = time.monotonic(), done

    def count(self, received: int) -> None:
        """Count more bytes.

        Raises:
            IntegrityError: more than the stated size.
            ResourceError: more than :data:`LARGEST`, where no size is stated.
            NetworkError: slower than the minimum speed.
        """
        self.done += received
        if self.size is not None and self.done > self.size:
            raise IntegrityError(
                f"the server sends more than the {self.size:,} bytes of {self.name}",
                hint="check the address, mirrors and proxies",
            )
        if self.done > LARGEST:
            raise ResourceError(f"{self.name} is larger than {size(LARGEST)}", hint="check the address")
        now = time.monotonic()
        if now - self._since < WINDOW:
            return
        if self.done - self._then < SLOWEST * WINDOW:
            raise NetworkError(
                f"the server sends {self.name} too slowly",
                why=f"{self.done - self._then:,} bytes in {now - self._since:.0f} s",
                hint="try later, or fetch the file yourself",
            )
        self._since, self._then = now, self.done


def http_get(session: requests.Session, address: str, timeout: tuple[float, float]) -> requests.Response:
    """Return the response at an address, its body not read; redirects are followed.

    User name and password in the address are sent as a header, to its host alone, so that no error or log of
    the library contains them.

    Raises:
        requests.RequestException: the server cannot be reached.
        NetworkError: too many redirects, or one to another scheme or from https to http.
        TimeoutError: no answer in time.
    """
    from requests.utils import get_auth_from_url

    auth, parts = get_auth_from_url(address), urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    address = parts._replace(netloc=host).geturl()
    # The library would read the whole body of a redirect, however long.
    session.resolve_redirects = lambda *args, **options: iter(())  # type: ignore[method-assign,assignment]
    for _ in range(_REDIRECTS):
        parts = urlsplit(address)
        call = partial(
            session.get,
            address,
            stream=True,
            timeout=timeout,
            auth=auth if any(auth) and parts.netloc == host else None,
            allow_redirects=False,
            # The size of a compressed body would not be that of the file.
            headers={"Accept-Encoding": "identity"},
        )
        found = bounded(call, _HEADERS)
        if not found.is_redirect:
            return found
        found.close()
        target = urljoin(address, found.headers["Location"])
        to = urlsplit(target)
        if to.scheme not in ("http", "https") or (parts.scheme == "https" and to.scheme == "http"):
            raise NetworkError(
                f"{host} redirects to an address that is not https",
                why=f"it begins {to.scheme[:10]!a}",
                hint="check the address",
            )
        address = target
    raise NetworkError(f"{host} redirects more than {_REDIRECTS} times", hint="check the address")


def save_body(
    answer: requests.Response, file: Path, name: str, *, size: int | None = None, progress: bool = False
) -> None:
    """Write the whole body of a response to a file, or raise.

    Args:
        answer: of :func:`http_get`.
        file: to write.
        name: of the file, as it may be shown.
        size: required size in bytes; None: what the server states, if anything.
        progress: whether to show a bar.

    Raises:
        IntegrityError: the server sends more, or states another size.
        NetworkError: it sends less, or too slowly.
        ResourceError: no size is stated, and the limit is reached.
        requests.RequestException: the connection fails.
    """
    stated = _stated(answer)
    if size is not None and stated is not None and stated != size:
        raise IntegrityError(
            f"the server states {stated:,} bytes for {name}",
            why=f"it should have {size:,}",
            hint="check the address, mirrors and proxies",
        )
    meter = Meter(name, stated if size is None else size)
    with file.open("wb") as target, _bar(name, meter.size, progress) as bar:
        for piece in _pieces(answer):
            meter.count(len(piece))
            target.write(piece)
            bar.update(len(piece))
    if meter.size is not None and meter.done < meter.size:
        raise NetworkError(
            f"the server sends only {meter.done:,} of the {meter.size:,} bytes of {name}", hint="try again"
        )


def _stated(answer: requests.Response) -> int | None:
    text = answer.headers.get("Content-Length", "")
    plain = answer.headers.get("Content-Encoding", "identity").lower() == "identity"
    return int(text) if plain and text.isascii() and text.isdigit() and len(text) < 16 else None


def _pieces(answer: requests.Response) -> Iterator[bytes]:
    """Yield the body as it arrives: waiting for full chunks would hide a slow server."""
    import requests
    import urllib3

    try:
        while piece := answer.raw.read1(_PIECE, decode_content=True):
            yield piece
    except urllib3.exceptions.HTTPError as error:
        raise requests.ConnectionError(error) from error


def _bar(name: str, size: int | None, shown: bool) -> Any:
    from tqdm import tqdm

    return tqdm(total=size, desc=name[:40], unit="B", unit_scale=True, disable=not shown)
