"""Weights at a plain URL: fetched once, what was published or nothing, and nothing without leave."""

from __future__ import annotations

import base64
import hashlib
import socket
import threading
import traceback
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from zoo.core.cards import WeightsRef
from zoo.errors import ConfigError, IntegrityError, NetworkError, ResourceError
from zoo.registry.weights import download, url
from zoo.registry.weights.url import fetch_url

CONTENT = bytes(range(256)) * 300


class Server:
    """One file at ``/a/w.h5``; ``bodies`` are sent in turn, the last one for ever."""

    def __init__(self) -> None:
        self.bodies = [CONTENT]
        self.asked: list[str] = []
        self.status = 200
        self.cut: int | None = None
        self.endless = False
        self.drip = 0.0
        self.to = ""
        self.authorization: list[str | None] = []
        self.closing = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}"


@pytest.fixture
def server() -> Iterator[Server]:
    served = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            body = served.bodies.pop(0) if len(served.bodies) > 1 else served.bodies[0]
            served.authorization.append(self.headers["Authorization"])
            self.send_response(302 if served.to else served.status)
            if served.to:
                self.send_header("Location", served.to)
            if not served.endless:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(ConnectionError):
                while served.endless:
                    self.wfile.write(bytes(2**20))
                for byte in body if served.drip else ():
                    self.wfile.write(bytes([byte]))
                    if served.closing.wait(served.drip):
                        return
                self.wfile.write(body[: served.cut])

        def log_message(self, *args: object) -> None:
            pass

    served.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=served.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield served
    served.closing.set()
    served.http.shutdown()
    served.http.server_close()


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_HOME", str(tmp_path))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    for name in ("ZOO_MIRROR", "ZOO_OFFLINE", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)


def ref(address: str, content: bytes = CONTENT, algorithm: str = "md5") -> WeightsRef:
    digest = hashlib.new(algorithm, content).hexdigest()
    return WeightsRef(url=f"{address}/a/w.h5", file="w.h5", digest=f"{algorithm}:{digest}")


def left(folder) -> list[str]:
    """What lies in the cache but locks."""
    return [one.name for one in folder.rglob("*") if one.is_file() and one.suffix != ".lock"]


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_a_file_is_fetched_once_and_then_offline(server, algorithm):
    wanted = ref(server.address, algorithm=algorithm)
    file = fetch_url(wanted)
    assert (file.name, file.read_bytes()) == ("w.h5", CONTENT)
    assert fetch_url(wanted) == file
    assert fetch_url(wanted, offline=True) == file
    assert server.asked == ["/a/w.h5"]


def test_the_sha256_of_a_card_is_a_digest_too(server):
    card = WeightsRef(url=f"{server.address}/a/w.h5", sha256=hashlib.sha256(CONTENT).hexdigest())
    assert fetch_url(card) == fetch_url(ref(server.address, algorithm="sha256"), offline=True)
    server.bodies = [b"other"]
    with pytest.raises(IntegrityError, match="another file"):
        fetch_url(card.model_copy(update={"sha256": hashlib.sha256(b"third").hexdigest()}))


def test_a_card_without_a_digest_names_the_field_that_it_needs():
    with pytest.raises(ConfigError, match="its card has none") as caught:
        fetch_url(WeightsRef(url="http://127.0.0.1:9/a/w.h5"))
    assert '"digest": "sha256:..."' in caught.value.hint


def test_offline_opens_no_socket_and_names_the_place(server):
    with pytest.raises(NetworkError, match=r"w\.h5 .*offline") as caught:
        fetch_url(ref(server.address), offline=True)
    assert server.address in caught.value.hint
    assert caught.value.exit_code == 6
    assert server.asked == []


def test_another_file_is_refused_after_a_second_try_and_nothing_stays(server, tmp_path):
    server.bodies = [b"other"]
    with pytest.raises(IntegrityError, match="another file"):
        fetch_url(ref(server.address))
    assert len(server.asked) == 2
    assert left(tmp_path) == []


def test_a_bad_first_answer_is_made_good_by_the_second(server):
    server.bodies = [b"other", CONTENT]
    assert fetch_url(ref(server.address)).read_bytes() == CONTENT


def test_a_broken_connection_leaves_nothing(server, tmp_path):
    server.cut = 1000
    with pytest.raises(NetworkError, match="cannot fetch"):
        fetch_url(ref(server.address))
    assert left(tmp_path) == []


def test_a_refusal_is_not_asked_twice(server):
    server.status = 403
    with pytest.raises(NetworkError, match="403"):
        fetch_url(ref(server.address))
    assert len(server.asked) == 1


def test_a_file_damaged_in_the_cache_is_fetched_again(server, tmp_path):
    wanted = ref(server.address)
    file = fetch_url(wanted)
    file.write_bytes(CONTENT[:-1] + b"?")
    with pytest.raises(NetworkError, match="damaged"):
        fetch_url(wanted, offline=True)
    assert fetch_url(wanted).read_bytes() == CONTENT
    assert not [name for name in left(tmp_path) if "bad" in name]


def test_what_a_killed_download_left_is_cleared(server, tmp_path):
    wanted = ref(server.address)
    file = fetch_url(wanted)
    file.unlink()
    (file.parent / "tmpabc").write_bytes(b"half")
    fetch_url(wanted)
    assert "tmpabc" not in left(tmp_path)


def test_a_mirror_stands_in_for_every_publisher(server, monkeypatch):
    monkeypatch.setenv("ZOO_MIRROR", server.address + "/mirror/")
    wanted = ref("https://storage.example")
    assert fetch_url(wanted).read_bytes() == CONTENT
    assert server.asked == ["/mirror/storage.example/a/w.h5"]


@pytest.mark.parametrize(
    "broken",
    [
        {"digest": ""},
        {"digest": "md5:123"},
        {"digest": "crc32:" + "0" * 8},
        {"url": "ftp://host/file"},
        {"url": "file:///etc/passwd"},
    ],
)
def test_without_a_digest_or_an_address_nothing_is_fetched(broken):
    with pytest.raises(ConfigError):
        fetch_url(ref("http://127.0.0.1:9").model_copy(update=broken))


def test_waits_are_bounded(monkeypatch):
    monkeypatch.setattr(url, "_READ", 0.2)
    # It accepts connections and never answers.
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(NetworkError):
        fetch_url(ref(f"http://127.0.0.1:{silent.getsockname()[1]}"))


@pytest.mark.parametrize("size", [len(CONTENT) - 1, len(CONTENT) + 1])
def test_another_size_than_the_published_one_is_refused_before_anything_comes(server, tmp_path, size):
    with pytest.raises(IntegrityError, match=f"states {len(CONTENT):,} bytes .* have {size:,}"):
        fetch_url(ref(server.address).model_copy(update={"size": size}))
    assert left(tmp_path) == []


@pytest.mark.parametrize("redirected", [False, True])
def test_a_body_that_never_ends_is_ended(server, tmp_path, monkeypatch, redirected):
    """At the published size; where there is none, at the largest that any file may have."""
    server.endless = True
    if redirected:
        server.to = "/somewhere/else"
    wanted = ref(server.address)
    if redirected:
        with pytest.raises(NetworkError, match="redirects more than 10 times"):
            fetch_url(wanted)
        return
    with pytest.raises(IntegrityError, match=f"more than the {len(CONTENT):,} bytes"):
        fetch_url(wanted.model_copy(update={"size": len(CONTENT)}))
    monkeypatch.setattr(download, "LARGEST", 2**24)
    with pytest.raises(ResourceError, match="is larger than"):
        fetch_url(wanted)
    assert left(tmp_path) == []


def test_a_byte_now_and_then_is_not_waited_for(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "WINDOW", 0.5)
    server.drip = 0.05
    with pytest.raises(NetworkError, match="too slowly"):
        fetch_url(ref(server.address))
    assert left(tmp_path) == []


def test_a_password_is_sent_to_its_own_server_and_shown_nowhere(server, monkeypatch, caplog):
    """In no message, also of the libraries below, and not to another server."""
    secret = server.address.replace("://", "://me:S3CRET%21@")
    monkeypatch.setenv("ZOO_MIRROR", secret)
    fetch_url(ref("https://storage.example"))
    assert server.authorization == ["Basic " + base64.b64encode(b"me:S3CRET!").decode()]
    for status, to in (
        (404, ""),
        (200, "ftp://elsewhere/"),
        (200, server.address.replace("127.0.0.1", "localhost")),
    ):
        server.status, server.to = status, to
        with pytest.raises(NetworkError) as caught:
            fetch_url(ref("https://other.example", b"other"))
        server.to = ""
        assert no_secret(caught.value)
    assert server.authorization[-1] is None
    monkeypatch.setenv("ZOO_MIRROR", "http://me:S3CRET!@127.0.0.1:9")
    for wanted in ("https://other.example", "http://me:S3CRET!@127.0.0.1:9"):
        for offline in (False, True):
            with pytest.raises(NetworkError) as caught:
                fetch_url(ref(wanted, b"other"), offline=offline)
            assert no_secret(caught.value)
    monkeypatch.setenv("ZOO_MIRROR", "ftp://me:S3CRET!@127.0.0.1:9")
    with pytest.raises(ConfigError) as refused:
        fetch_url(ref("https://other.example", b"other"))
    assert no_secret(refused.value)
    assert "S3CRET" not in caplog.text


def no_secret(error: BaseException) -> bool:
    return "S3CRET" not in "".join(traceback.format_exception(error))
