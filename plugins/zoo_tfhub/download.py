"""Fetching an archive over http: streamed to a file, with bounded waits, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from zoo.errors import NetworkError, UnknownModel
from zoo.plugin import hub
from zoo_tfhub.handles import without_secrets

_CONNECT, _READ = 10.0, 60.0
"""Seconds until a connection stands, and between two pieces of an answer."""
_ARCHIVES = (".tar.gz", ".tgz", ".tar")


def download(address: str, file: Path) -> None:
    """Write what ``address`` serves to ``file``.

    Raises:
        UnknownModel: the server has no such model.
        NetworkError: it cannot be reached, refuses, breaks off, or is too slow.
        IntegrityError: it sends more than it states.
        ResourceError: the answer is larger than any model.
    """
    name = without_secrets(address)
    with requests.Session() as session:
        # Refused connections and busy servers are tried again; a broken response is reported.
        again = Retry(total=2, backoff_factor=0.5, status_forcelist=(429, 502, 503, 504), read=0)
        again.respect_retry_after_header = False
        again.raise_on_status = False
        session.mount("http://", HTTPAdapter(max_retries=again))
        session.mount("https://", HTTPAdapter(max_retries=again))
        try:
            with hub.http_get(session, request_of(address), (_CONNECT, _READ)) as answer:
                _require_archive(answer, name)
                hub.save_body(answer, file, name)
            if not file.stat().st_size:
                raise NetworkError(f"the server sends nothing for {name}", hint="try later")
        except (requests.RequestException, TimeoutError) as error:
            raise NetworkError(
                f"cannot fetch {name}",
                why=_reason(error),
                hint="check the connection and run the same command again",
            ) from error


def request_of(address: str) -> str:
    """Return the address to ask: TF Hub's protocol says by a query that an archive is wanted."""
    parts = urlsplit(address)
    if parts.path.endswith(_ARCHIVES):
        return address
    query = "&".join(filter(None, (parts.query, urlencode({"tf-hub-format": "compressed"}))))
    return parts._replace(query=query).geturl()


def _require_archive(answer: requests.Response, name: str) -> None:
    if answer.status_code in (404, 410):
        raise UnknownModel(
            f"there is no model at {name}",
            why=f"the server answers {answer.status_code}",
            hint="check name and version on kaggle.com/models",
        )
    if answer.status_code != 200:
        raise NetworkError(
            f"the server does not give {name}",
            why=f"it answers {answer.status_code} {answer.reason or ''}".rstrip(),
            hint="try later, or download the model yourself and give its folder: tfhub:/path/to/folder",
        )
    if answer.headers.get("Content-Type", "").partition(";")[0].strip().lower() == "text/html":
        raise NetworkError(
            f"{name} is a web page, not an archive",
            why="a model is served as .tar.gz; a login page of the network looks like this too",
            hint="give the address of the archive itself",
        )


def _reason(error: Exception) -> str:
    # The client's text repeats the address, queries with secrets included; the innermost cause is enough.
    while error.__cause__ is not None or error.__context__ is not None:
        inner = error.__cause__ or error.__context__
        if not isinstance(inner, Exception):
            break
        error = inner
    return f"{type(error).__name__}: {str(error)[:200]}"
