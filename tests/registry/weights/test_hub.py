"""Weights from a Hub through the real client: whole, verified, pinned, and offline from the cache."""

import hashlib
import logging
import socket

import numpy as np
import pytest
from hub_server import PAGE, WEIGHTS
from huggingface_hub import constants
from safetensors.numpy import load_file, save

from zoo.core.cards import WeightsRef
from zoo.errors import ConfigError, IntegrityError, NetworkError, UnknownModel
from zoo.registry.weights.hub import fetch

NET = WeightsRef(repo="acme/net")
SHA = hashlib.sha256(WEIGHTS).hexdigest()


@pytest.fixture
def no_sockets(monkeypatch):
    """A function: from its call on, every socket is an error that no code catches."""

    def forbid():
        def refuse(*args, **kwargs):
            raise AssertionError("a socket was opened")

        monkeypatch.setattr(socket.socket, "__init__", refuse)
        monkeypatch.setattr(socket, "getaddrinfo", refuse)

    return forbid


def blob_of(found):
    return found.path.resolve()


def test_a_file_comes_whole_with_its_commit_and_digest_and_is_fetched_once(hub):
    found = fetch(NET)
    assert load_file(found.path)["stem.weight"][-1] == 49_999
    assert found.path.read_bytes() == WEIGHTS
    assert (found.sha256, found.revision) == (SHA, hub.main["acme/net"])
    assert found.origin == f"hf://acme/net@{found.revision}/model.safetensors"
    assert fetch(NET) == found
    assert hub.count("GET") == 1
    assert hub.count("HEAD", ".bin") == 0
    before = len(hub.requests)
    assert fetch(NET, revision=found.revision) == found
    assert len(hub.requests) == before


def test_a_new_commit_is_noticed_and_a_pinned_one_stays(hub):
    old = fetch(NET)
    other = save({"stem.weight": np.ones(3, dtype=np.float32)})
    hub.publish("acme/net", {"model.safetensors": other})
    assert fetch(NET).path.read_bytes() == other
    pinned = WeightsRef(repo="acme/net", revision=old.revision, sha256=SHA)
    assert fetch(pinned) == old
    assert fetch(pinned, revision="main").path.read_bytes() == other
    assert fetch(NET, offline=True).path.read_bytes() == other


def test_a_branch_is_noted_for_offline_also_when_its_commit_was_cached_before(hub):
    found = fetch(NET, revision=hub.main["acme/net"])
    with pytest.raises(NetworkError):
        fetch(NET, offline=True)
    assert fetch(NET) == found
    assert fetch(NET, offline=True) == found
    assert hub.count("GET") == 1


@pytest.mark.parametrize("links", [True, False])
def test_a_branch_that_moves_in_the_middle_is_no_damage(hub, monkeypatch, links):
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_SYMLINKS", not links)
    other = save({"stem.weight": np.ones(3, dtype=np.float32)})
    hub.fail(method="HEAD", times=1, then=lambda: hub.publish("acme/net", {"model.safetensors": other}))
    found = fetch(NET)
    assert found.path.read_bytes() == other
    assert hub.count("GET") == 1
    assert found.revision == hub.main["acme/net"]
    blob_of(found).write_bytes(other[:-1] + b"\x01")
    hub.fail(method="HEAD", times=1)  # the first question; the second comes after the damage was seen
    hub.fail(method="HEAD", times=1, then=lambda: hub.publish("acme/net", {"model.safetensors": WEIGHTS}))
    assert fetch(NET).path.read_bytes() == WEIGHTS


@pytest.mark.parametrize("how", ["argument", "ZOO_OFFLINE", "HF_HUB_OFFLINE"])
def test_offline_serves_the_cache_and_opens_no_socket(hub, no_sockets, monkeypatch, how):
    found = fetch(NET)
    hub.__exit__(None, None, None)
    no_sockets()
    if how != "argument":
        monkeypatch.setenv(how, "1")
    assert fetch(NET, offline=True if how == "argument" else None) == found
    with pytest.raises(NetworkError) as caught:
        fetch(WeightsRef(repo="acme/other", revision="v1"), offline=True if how == "argument" else None)
    assert caught.value.exit_code == 6
    assert "acme/other" in caught.value.message
    assert "hf download acme/other model.safetensors --revision v1" in caught.value.hint


def test_a_file_of_another_digest_than_the_pinned_one_is_refused_before_it_is_fetched(hub):
    with pytest.raises(IntegrityError) as caught:
        fetch(WeightsRef(repo="acme/net", sha256="0" * 64))
    assert SHA in caught.value.why
    assert "0" * 64 in caught.value.why
    assert hub.count("GET") == 0
    fetch(NET)
    with pytest.raises(IntegrityError, match="0000"):
        fetch(WeightsRef(repo="acme/net", sha256="0" * 64), offline=True)
    assert fetch(NET, offline=True).sha256 == SHA


def test_a_download_that_arrives_changed_is_refused_and_leaves_the_cache(hub, cache):
    hub.fail(method="GET", flip=90_000)
    with pytest.raises(IntegrityError) as caught:
        fetch(NET)
    assert SHA in caught.value.why
    assert hub.url in caught.value.hint
    assert not list(cache.rglob(SHA))
    assert len(list(cache.rglob("*.bad-*"))) == 1
    assert not [path for path in cache.rglob("*") if path.name == "model.safetensors"]  # no dangling link
    assert hub.count("GET") == 2
    hub.faults.clear()
    assert fetch(NET).sha256 == SHA


@pytest.mark.parametrize("how", ["flip", "cut", "empty", "web page", "folder", "dangling"])
def test_rot_in_the_cache_is_caught_and_mended_by_one_download(hub, cache, how):
    found = fetch(NET)
    blob = blob_of(found)
    damaged = {
        "flip": WEIGHTS[:-5] + b"\x01" + WEIGHTS[-4:],
        "cut": WEIGHTS[:-100],
        "empty": b"",
        "web page": PAGE,
    }
    blob.unlink()
    if how == "folder":
        blob.mkdir()
    elif how != "dangling":
        blob.write_bytes(damaged[how])
    with pytest.raises((IntegrityError, NetworkError)) as caught:
        fetch(NET, offline=True)
    assert str(blob) in str(caught.value) or how in ("folder", "dangling")
    assert fetch(NET, revision=found.revision if how != "dangling" else None) == found
    assert blob.read_bytes() == WEIGHTS
    assert hub.count("GET") == 2
    assert how == "folder" or not list(cache.rglob("*.bad-*"))


def test_rot_stays_in_place_while_the_hub_cannot_be_reached(hub, monkeypatch):
    found = fetch(NET)
    blob_of(found).write_bytes(WEIGHTS[:-1] + b"\x7f")
    hub.fail(status=503)
    with pytest.raises(IntegrityError, match="damaged"):
        fetch(NET)
    assert blob_of(found).exists()


def test_a_small_file_is_checked_by_the_hash_of_git(hub):
    hub.lfs = False
    found = fetch(NET)
    assert found.sha256 == SHA
    assert len(blob_of(found).name) == 40
    blob_of(found).write_bytes(WEIGHTS[:-1] + b"\x7f")
    with pytest.raises(IntegrityError, match=blob_of(found).name):
        fetch(NET, offline=True)
    assert fetch(NET) == found


@pytest.mark.parametrize("ranges", [True, False])
def test_a_broken_download_goes_on_and_ends_with_the_right_bytes(hub, ranges):
    large = save({"stem.weight": np.arange(3_000_000, dtype=np.float32)})
    hub.publish("acme/net", {"model.safetensors": large})
    hub.ranges = ranges
    hub.fail(method="GET", times=1, cut=11_000_000)
    assert fetch(NET).path.read_bytes() == large
    assert hub.requests[-1].range == "bytes=10485760-"  # the client counts in whole pieces of 10 MiB


@pytest.mark.parametrize("cut", [0, 1, 199_999])
def test_a_download_that_breaks_within_its_first_piece_starts_anew(hub, cut):
    hub.fail(method="GET", times=1, cut=cut)
    assert fetch(NET).path.read_bytes() == WEIGHTS
    assert hub.count("GET") == 2


def test_a_repository_without_safetensors_is_refused_and_no_pickle_is_fetched(hub):
    hub.publish("acme/net", {"pytorch_model.bin": b"\x80\x04N.", "config.json": b"{}"})
    with pytest.raises(IntegrityError) as caught:
        fetch(NET)
    assert "pytorch_model.bin" in caught.value.why
    assert "does not read" in caught.value.why
    assert hub.count("HEAD", ".bin") + hub.count("GET", ".bin") == 0


@pytest.mark.parametrize(
    ("ref", "word"),
    [
        (WeightsRef(repo="acme/absent"), "acme/absent"),
        (WeightsRef(repo="acme/net", revision="v9"), "no revision 'v9'"),
        (WeightsRef(repo="acme/net", file="other.safetensors"), "model.safetensors"),
        (WeightsRef(repo="acme/../net"), "not the name of a Hub repository"),
        (WeightsRef(repo="a/b/c"), "not the name of a Hub repository"),
    ],
)
def test_what_does_not_exist_is_an_unknown_model(hub, ref, word):
    with pytest.raises(UnknownModel) as caught:
        fetch(ref)
    assert caught.value.exit_code == 4
    assert word in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/x", "a//b", "a\\b", "x\0", "", ".hidden"])
def test_names_never_lead_out_of_the_cache(hub, name):
    for ref in (WeightsRef(repo="acme/net", file=name), WeightsRef(repo="acme/net", revision=name or "..")):
        with pytest.raises(ConfigError, match="is not a"):
            fetch(ref)
    assert not hub.requests


@pytest.mark.parametrize("header", [{"X-Linked-Etag": '"../../../../evil"'}, {"X-Repo-Commit": "../../evil"}])
def test_a_server_cannot_choose_paths_in_the_cache(hub, cache, header):
    hub.fail(headers=header)
    with pytest.raises(NetworkError, match="not that of a Hub"):
        fetch(NET)
    assert not cache.exists()


def test_a_pickle_or_web_page_of_the_right_digest_is_recognised(hub):
    for content, word in ((PAGE, "web page"), (b"\x80\x04N.", "pickle")):
        hub.publish("acme/net", {"model.safetensors": content})
        with pytest.raises(IntegrityError, match=word):
            fetch(NET)


def test_unreachable_with_a_cached_copy_goes_on_with_a_warning(hub, caplog):
    found = fetch(NET)
    hub.__exit__(None, None, None)
    with caplog.at_level(logging.WARNING, logger="zoo"):
        assert fetch(NET) == found
    assert "using the cached" in caplog.text
