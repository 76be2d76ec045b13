"""A server of archives on the loopback interface that speaks TF Hub's protocol and misbehaves on demand."""

from __future__ import annotations

import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, urlsplit


class ArchiveServer:
    """Serves ``archives`` by path, where the query asks for the compressed format or the path ends so."""

    def __init__(self) -> None:
        self.archives: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.cut: int | None = None
        """Break the connection off after so many bytes of the body."""
        self.status = 200
        self.kind = "application/octet-stream"
        self.drip = 0.0
        """Seconds between one byte of the body and the next."""
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> ArchiveServer:
        ours = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                pass

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                ours.requests.append(self.path)
                asked = parse_qs(parts.query).get("tf-hub-format") == ["compressed"]
                body = ours.archives.get(parts.path) if asked or parts.path.endswith(".tar.gz") else None
                self.send_response(404 if body is None else ours.status)
                self.send_header("Content-Type", ours.kind)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                with suppress(ConnectionError):
                    for byte in (body or b"") if ours.drip else ():
                        self.wfile.write(bytes([byte]))
                        if ours.closing.wait(ours.drip):
                            return
                    self.wfile.write((body or b"")[: ours.cut])

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
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
