"""A small Hub on the loopback interface, for tests with the real client.

It speaks as much of the protocol as ``huggingface_hub`` uses to fetch a file, counts every request, and can
misbehave on demand::

    with HubServer({"org/name": {"model.safetensors": content}}) as hub:
        hub.fail(method="GET", times=1, cut=1000)
        ...
        assert hub.count("GET", "model.safetensors") == 2
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
from hub_uploads import Uploads
from safetensors.numpy import save

WEIGHTS = save({"stem.weight": np.arange(50_000, dtype=np.float32)})
"""A sound file of 200,080 bytes to serve."""

PAGE = b"<!DOCTYPE html><html><body>Please sign in to this network.</body></html>"


@dataclass
class Fault:
    """One way to misbehave; ``times`` counts down, -1 means for ever."""

    method: str = "*"
    path: str = ""
    """Part of the path that must occur."""
    times: int = -1
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Sent besides the usual ones, or in their place."""
    cut: int | None = None
    """Close the connection after so many bytes of the body."""
    hold: int | None = None
    """Send so many bytes of the body, then nothing more until the client goes or the server closes."""
    endless: bool = False
    """Go on sending when the body is over, without a stated length, until the client goes."""
    drip: float = 0.0
    """Seconds between one byte of the body and the next."""
    flip: int | None = None
    """Change this byte of the body; the headers stay as they were."""
    html: bool = False
    """Answer 200 with a web page, as a captive portal does."""
    stall: float = 0.0
    """Seconds to wait before the answer."""
    then: Callable[[], object] = bool
    """Called once the headers are sent, before the body."""


@dataclass
class Request:
    """What was asked and how it was answered."""

    method: str
    path: str
    range: str | None
    authorization: str | None
    status: int = 0


class HubServer:
    """Serves ``{repo: {file: content}}``; every call of :meth:`publish` makes a new commit."""

    def __init__(self, files: Mapping[str, Mapping[str, bytes]], *, lfs: bool = True, ranges: bool = True):
        self.lfs = lfs
        """Whether files carry their SHA-256 as etag, as large files do; otherwise git's own hash."""
        self.ranges = ranges
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.commits: dict[str, dict[str, dict[str, bytes]]] = {}
        """Repository, commit, file."""
        self.main: dict[str, str] = {}
        self.private: set[str] = set()
        self.objects: dict[str, bytes] = {}
        """Large files that were sent, by SHA-256."""
        self.closing = threading.Event()
        self.open: set[socket.socket] = set()
        for repo, content in files.items():
            self.publish(repo, content)

    def publish(self, repo: str, files: Mapping[str, bytes]) -> str:
        """Make a commit with exactly these files the newest of a repository; returns its name."""
        text = repr([repo, len(self.commits.get(repo, {})), sorted(files.items())])
        commit = hashlib.sha1(text.encode()).hexdigest()
        self.commits.setdefault(repo, {})[commit] = dict(files)
        self.main[repo] = commit
        return commit

    def fail(self, **how: object) -> Fault:
        """Misbehave from now on; see :class:`Fault`."""
        fault = Fault(**how)  # type: ignore[arg-type]
        self.faults.append(fault)
        return fault

    def count(self, method: str, path: str = "") -> int:
        """Number of requests so far of this method whose path contains ``path``."""
        return sum(one.method == method and path in one.path for one in self.requests)

    @property
    def url(self) -> str:
        """Base address, for ``HF_ENDPOINT``."""
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> HubServer:
        hub = self

        class Handler(Uploads, _Handler):
            pass

        Handler.hub = hub
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        for connection in list(self.open):  # a connection kept alive would go on answering
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: HubServer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def setup(self) -> None:
        super().setup()
        self.hub.open.add(self.connection)

    def finish(self) -> None:
        self.hub.open.discard(self.connection)
        with suppress(OSError):
            super().finish()

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.asked = Request(self.command, path, self.headers["Range"], self.headers["Authorization"])
        self.hub.requests.append(self.asked)
        fault = self._fault(path)
        if fault.stall:
            self.hub.closing.wait(fault.stall)
        if fault.html:
            self._send(200, {"Content-Type": "text/html"}, PAGE, Fault())
        elif fault.status is not None:
            self._send(fault.status, dict(fault.headers), b"", fault)
        elif found := re.fullmatch(r"/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<file>.+)", path):
            self._file(found["repo"], found["revision"], found["file"], fault)
        elif path == "/api/models":
            self._search(fault)
        elif found := re.fullmatch(r"/api/models/(?P<repo>[^/]+/[^/]+)(/revision/(?P<revision>.+))?", path):
            self._info(found["repo"], found["revision"] or "main", fault)
        else:
            self._send(404, {}, b"", fault)

    def _fault(self, path: str) -> Fault:
        for fault in self.hub.faults:
            if fault.times and fault.method in ("*", self.command) and fault.path in path:
                fault.times -= 1
                return fault
        return Fault()

    def _commit(self, repo: str, revision: str, fault: Fault) -> str | None:
        commits = self.hub.commits.get(repo)
        if commits is None:  # the Hub does not tell a stranger whether a private repository exists
            self._send(
                401, {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"}, b"", fault
            )
            return None
        commit = self.hub.main[repo] if revision == "main" else revision
        if commit not in commits:
            self._send(404, {"X-Error-Code": "RevisionNotFound"}, b"", fault)
            return None
        return commit

    def _info(self, repo: str, revision: str, fault: Fault) -> None:
        commit = self._commit(repo, revision, fault)
        if commit is not None:
            names = [{"rfilename": name} for name in sorted(self.hub.commits[repo][commit])]
            record = {
                "id": repo,
                "modelId": repo,
                "sha": commit,
                "private": False,
                "tags": [],
                "siblings": names,
            }
            self._send(200, {"Content-Type": "application/json"}, json.dumps(record).encode(), fault)

    def _search(self, fault: Fault) -> None:
        wanted = parse_qs(urlsplit(self.path).query)
        words = wanted.get("search", [""])[0].casefold().split()
        names = [name for name in sorted(self.hub.main) if all(word in name.casefold() for word in words)]
        found = [
            {"id": name, "tags": ["license:mit"], "pipeline_tag": "fill-mask", "downloads": 7}
            for name in names[: int(wanted.get("limit", ["100"])[0])]
        ]
        self._send(200, {"Content-Type": "application/json"}, json.dumps(found).encode(), fault)

    def _file(self, repo: str, revision: str, name: str, fault: Fault) -> None:
        commit = self._commit(repo, revision, fault)
        if commit is None:
            return
        content = self.hub.commits[repo][commit].get(name)
        if content is None:
            self._send(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit}, b"", fault)
            return
        headers = {"X-Repo-Commit": commit, "Content-Type": "application/octet-stream"}
        if self.hub.lfs:
            headers["X-Linked-Etag"] = f'"{hashlib.sha256(content).hexdigest()}"'
            headers["X-Linked-Size"] = str(len(content))
            headers["ETag"] = f'"{hashlib.md5(content).hexdigest()}"'
        else:
            blob = b"blob %d\0" % len(content) + content
            headers["ETag"] = f'"{hashlib.sha1(blob).hexdigest()}"'
        status = 200
        wanted = re.fullmatch(r"bytes=(\d+)-", self.asked.range or "")
        if wanted and self.hub.ranges:
            start = int(wanted[1])
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            content, status = content[start:], 206
        self._send(status, headers | dict(fault.headers), content, fault)

    def _send(self, status: int, headers: Mapping[str, str], body: bytes, fault: Fault) -> None:
        self.asked.status = status
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if not fault.endless:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        fault.then()
        if self.command == "HEAD":
            return
        if fault.flip is not None:
            body = body[: fault.flip] + bytes([body[fault.flip] ^ 1]) + body[fault.flip + 1 :]
        if fault.cut is not None:
            body = body[: fault.cut]
            self.close_connection = True
        with suppress(ConnectionError):  # the client has gone
            while fault.endless:
                self.wfile.write(bytes(2**20))
            if fault.drip:
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    if self.hub.closing.wait(fault.drip):
                        return
            if fault.hold is not None:
                self.wfile.write(body[: fault.hold])
                self.hub.closing.wait(60)
                return
            self.wfile.write(body)
