"""The part of the Hub's protocol that the datasets library speaks, on the loopback interface."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

COMMIT = "a" * 40


class DatasetServer:
    """Serves one data set; ``requests`` lists what was asked."""

    def __init__(self, repo: str, files: dict[str, bytes]):
        self.repo, self.files = repo, files
        self.requests: list[str] = []

    def __enter__(self) -> DatasetServer:
        handler = type("Handler", (_Handler,), {"hub": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def tree(self, folder: str) -> list[dict[str, object]]:
        """Files right below a folder, and folders."""
        found: dict[str, dict[str, object]] = {}
        for path, content in self.files.items():
            if path.startswith(folder):
                name, _, below = path.removeprefix(folder).partition("/")
                kind = "directory" if below else "file"
                found[name] = {"type": kind, "path": folder + name, "size": len(content), "oid": "b" * 40}
        return list(found.values())


class _Handler(BaseHTTPRequestHandler):
    hub: DatasetServer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.requests.append(f"{self.command} {path}")
        repo = self.hub.repo
        if re.fullmatch(rf"/api/datasets/{repo}(/revision/.+)?", path):
            names = [{"rfilename": name} for name in self.hub.files]
            self._json({"id": repo, "sha": COMMIT, "private": False, "tags": [], "siblings": names})
        elif found := re.fullmatch(rf"/api/datasets/{repo}/tree/{COMMIT}/?(.*)", path):
            self._json(self.hub.tree(f"{found[1]}/" if found[1] else ""))
        elif found := re.fullmatch(rf"/datasets/{repo}/resolve/[^/]+/(.+)", path):
            self._file(self.hub.files.get(found[1]))
        else:
            self._send(404, {"X-Error-Code": "RepoNotFound"}, b"")

    do_HEAD = do_GET

    def _json(self, tree: object) -> None:
        self._send(200, {"Content-Type": "application/json"}, json.dumps(tree).encode())

    def _file(self, content: bytes | None) -> None:
        if content is None:
            self._send(404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT}, b"")
        else:
            etag = hashlib.sha1(content).hexdigest()
            self._send(200, {"X-Repo-Commit": COMMIT, "ETag": f'"{etag}"'}, content)

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
