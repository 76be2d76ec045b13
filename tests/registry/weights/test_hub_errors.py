"""A Hub that is away, slow, broken or forbids: a bounded wait and an error that says what to do."""

import hashlib
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time

import pytest
from hub_server import WEIGHTS

from zoo.core.cards import WeightsRef
from zoo.errors import ConfigError, IntegrityError, NetworkError, ResourceError
from zoo.registry.weights import download
from zoo.registry.weights import hub as hub_module
from zoo.registry.weights.hub import fetch

NET = WeightsRef(repo="acme/net")
SHA = hashlib.sha256(WEIGHTS).hexdigest()
FETCH = (
    "import zoo.core.cards as cards, zoo.registry.weights.hub as hub; "
    "hub.fetch(cards.WeightsRef(repo='acme/net'))"
)


def refused(error, *words):
    """Run ``fetch`` for its error; returns it and the seconds it took."""
    start = time.monotonic()
    with pytest.raises(error) as caught:
        fetch(NET)
    text = str(caught.value)
    for word in ("acme/net", *words):
        assert word in text
    assert caught.value.hint
    return caught.value, time.monotonic() - start


def test_a_closed_port_is_reported_within_seconds(hub):
    hub.__exit__(None, None, None)
    error, seconds = refused(NetworkError, hub.url, "3 attempts", "HF_ENDPOINT")
    assert error.exit_code == 6
    assert seconds < 4


def test_a_server_that_never_answers_is_given_up(hub, monkeypatch):
    assert hub_module.PATIENCE < 10
    for name in ("PATIENCE", "_TIMEOUT", "_WAIT"):
        monkeypatch.setattr(hub_module, name, getattr(hub_module, name) / 4)
    hub.fail(stall=60)
    _, seconds = refused(NetworkError, hub.url, "2 attempts")
    assert seconds < 5


def test_a_name_look_up_that_hangs_is_given_up(hub, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://hub.invalid")
    monkeypatch.setattr(hub_module, "PATIENCE", 1.0)
    monkeypatch.setattr("socket.getaddrinfo", lambda *args, **kwargs: time.sleep(5))
    _, seconds = refused(NetworkError, "http://hub.invalid", "no answer within 1 s")
    assert seconds < 3


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 429, "headers": {"Retry-After": "0"}}])
@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_a_passing_fault_is_waited_out(hub, fault, method):
    hub.fail(method=method, times=1, **fault)
    assert fetch(NET).sha256 == SHA


def test_a_lasting_fault_is_reported(hub):
    hub.fail(status=503)
    _, seconds = refused(NetworkError, "HTTP 503", "3 attempts")
    assert seconds < 10


@pytest.mark.parametrize(
    ("status", "headers"),
    [(401, {}), (403, {}), (403, {"X-Error-Code": "GatedRepo"}), (401, {"X-Error-Code": "GatedRepo"})],
)
def test_a_forbidden_repository_says_how_to_log_in(hub, status, headers):
    hub.fail(status=status, headers=headers)
    refused(NetworkError, f"HTTP {status}", "hf auth login")


def test_a_fault_after_the_first_answer_is_explained_by_its_cause(hub):
    hub.fail(method="HEAD", times=1)
    hub.fail(method="HEAD", status=403)
    refused(NetworkError, "HTTP 403", "hf auth login")


def test_a_captive_portal_is_recognised(hub):
    hub.fail(html=True)
    refused(NetworkError, "not that of a Hub", "proxy")


@pytest.mark.parametrize(
    ("stated", "kind", "word"),
    [(123, IntegrityError, "more than the 123 bytes"), (300_000, NetworkError, "size")],
)
def test_a_wrong_length_is_refused(hub, cache, stated, kind, word):
    hub.fail(method="HEAD", headers={"X-Linked-Size": str(stated)})
    refused(kind, word)
    assert not list(cache.rglob(SHA))
    assert not list(cache.rglob("*.incomplete"))


def test_a_body_that_never_ends_is_ended_at_the_stated_size(hub, cache):
    """The client would write it to the disk as long as it comes, and compare sizes afterwards."""
    hub.fail(method="GET", endless=True)
    refused(IntegrityError, f"more than the {len(WEIGHTS):,} bytes")
    assert not list(cache.rglob("*.incomplete"))


def test_a_byte_now_and_then_is_not_waited_for(hub, cache, monkeypatch):
    monkeypatch.setattr(download, "WINDOW", 0.5)
    hub.fail(method="GET", drip=0.05)
    _, seconds = refused(NetworkError, "too slowly")
    assert seconds < 30
    assert not list(cache.rglob("*.incomplete"))


def test_nothing_but_the_file_is_asked_for(hub, cache):
    """The client would ask for a list of programs that may have started this one."""
    subprocess.run([sys.executable, "-c", FETCH], check=True)
    assert {request.path.rpartition("/")[2] for request in hub.requests} == {NET.file}


def test_too_little_room_is_told_before_the_download(hub):
    hub.fail(method="HEAD", headers={"X-Linked-Size": str(10**15)})
    error, _ = refused(ResourceError, "1,000,000,000,000,000 bytes needed", "bytes free", "HF_HUB_CACHE")
    assert error.exit_code == 7
    assert hub.count("GET") == 0


def test_a_disk_that_fills_up_is_a_resource_error(hub, cache):
    code = f"""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
from zoo.errors import ResourceError
try:
    {FETCH}
except ResourceError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"{len(WEIGHTS):,} bytes needed" in done.stdout
    assert "HF_HUB_CACHE" in done.stdout
    assert not [path for path in cache.rglob("*") if path.is_file() and path.stat().st_size > 1000]
    assert fetch(NET).sha256 == SHA


def test_a_cache_that_cannot_be_made_is_a_resource_error_or_wrong_setting(hub, tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "file"))
    with pytest.raises((ConfigError, ResourceError), match="HF_HUB_CACHE"):
        fetch(NET)


@pytest.mark.parametrize(
    "endpoint", ["hub.example", "ftp://hub.example", "http://", "https://[1", "http://a:b"]
)
def test_a_malformed_endpoint_is_a_wrong_setting(hub, monkeypatch, endpoint):
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    with pytest.raises(ConfigError, match="HF_ENDPOINT"):
        fetch(NET)


def test_a_password_in_the_address_is_not_shown(hub, monkeypatch):
    hub.__exit__(None, None, None)
    monkeypatch.setenv("HF_ENDPOINT", hub.url.replace("//", "//user:secret@"))
    error, _ = refused(NetworkError, hub.url)
    assert "secret" not in str(error)


def test_a_killed_download_is_made_good_by_the_next(hub):
    hub.fail(method="GET", times=1, stall=60)
    child = subprocess.Popen([sys.executable, "-c", FETCH])
    while not hub.count("GET"):
        assert child.poll() is None
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert fetch(NET).path.read_bytes() == WEIGHTS


def test_processes_that_start_together_download_once(hub):
    hub.fail(method="GET", times=1, stall=1.5)
    children = [subprocess.Popen([sys.executable, "-c", FETCH]) for _ in range(3)]
    assert [child.wait() for child in children] == [0, 0, 0]
    assert hub.count("GET") == 1
    assert fetch(NET).path.read_bytes() == WEIGHTS


def test_without_links_in_the_cache_a_changed_download_is_caught_all_the_same(hub, monkeypatch):
    monkeypatch.setenv("HF_HUB_DISABLE_SYMLINKS", "1")
    code = (
        f"import zoo.errors\ntry:\n    {FETCH}\nexcept zoo.errors.IntegrityError as error:\n    print(error)"
    )
    fault = hub.fail(method="GET", flip=90_000)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert SHA in done.stdout
    fault.times = 0
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == ""


def test_progress_is_shown_on_a_terminal_only(hub, cache, monkeypatch):
    done = subprocess.run([sys.executable, "-c", FETCH], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
    monkeypatch.setenv("HF_HUB_CACHE", str(cache) + "2")
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (25, 80))
    child = subprocess.Popen([sys.executable, "-c", FETCH], stderr=theirs, stdout=subprocess.PIPE)
    os.close(theirs)
    shown = b""
    while select.select([ours], [], [], 20)[0]:
        try:
            shown += os.read(ours, 10_000)
        except OSError:  # how Linux says that the other end is closed
            break
    os.close(ours)
    assert child.communicate()[0] == b""
    assert b"100%" in shown
