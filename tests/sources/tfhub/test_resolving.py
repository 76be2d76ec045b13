"""From a name to a folder: the real resolver against a local server, and caches of others."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor

import pytest
from saved_models import archive
from source_imports import FRAMEWORKS
from zoo_tfhub.resolve import fetch, vet

from zoo.core.cards import ModelCard
from zoo.errors import ConfigError, IntegrityError, MissingPlugin, NetworkError, UnknownModel
from zoo.registry.weights import download

pytestmark = pytest.mark.tensorflow

OLD = ModelCard(id="tfhub:google/nnlm-en-dim128/2", framework="tensorflow")
KAGGLE = ModelCard(id="tfhub:google/nnlm/tensorFlow2/en-dim128/1", framework="tensorflow")


@pytest.fixture
def served(server, models):
    server.archives["/google/nnlm-en-dim128/2"] = archive(models / "plain")
    return server


def test_a_handle_is_fetched_once_and_then_found_offline(served, models):
    first = fetch(OLD, revision=None, offline=False)
    again = fetch(OLD, revision=None, offline=True)
    assert again == first
    assert len(served.requests) == 1
    # Byte for byte the author's folder: it has the digest of the folder that was packed.
    assert first.sha256 == vet(str(models / "plain"), offline=True).sha256


def test_the_cache_is_tf_hubs_own(models, cache):
    place = cache / hashlib.sha1(b"https://tfhub.dev/google/nnlm-en-dim128/2").hexdigest()
    shutil.copytree(models / "plain", place)
    assert fetch(OLD, revision=None, offline=True).path == place


def test_without_a_variable_the_cache_is_not_the_folder_for_temporary_files(served, monkeypatch, tmp_path):
    monkeypatch.delenv("TFHUB_CACHE_DIR")
    assert fetch(OLD, revision=None, offline=False).path.parent == tmp_path / "home" / "cache" / "tfhub"


def test_two_at_once_fetch_once(served):
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: fetch(OLD, revision=None, offline=False), range(2)))
    assert found[0] == found[1]
    assert len(served.requests) == 1


def test_a_byte_now_and_then_is_not_waited_for(served, cache, monkeypatch):
    monkeypatch.setattr(download, "WINDOW", 0.5)
    served.drip = 0.05
    with pytest.raises(NetworkError, match="too slowly"):
        fetch(OLD, revision=None, offline=False)
    assert not [path for path in cache.rglob("*") if path.is_file() and path.stat().st_size]


def test_what_a_killed_process_left_is_no_obstacle(served, cache):
    place = cache / hashlib.sha1(b"https://tfhub.dev/google/nnlm-en-dim128/2").hexdigest()
    (place.with_name(f"{place.name}.zoo.tmp") / "model").mkdir(parents=True)
    place.mkdir()
    assert fetch(OLD, revision=None, offline=False).path == place


def test_no_framework_is_imported_to_look_at_a_model(models):
    code = (
        "import sys; from zoo_tfhub.resolve import vet; vet(sys.argv[1], offline=True); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(models / "plain")],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert not FRAMEWORKS & set(done.stdout.split())


def test_a_miss_offline_is_told(cache):
    with pytest.raises(NetworkError, match="not in the cache"):
        fetch(OLD, revision=None, offline=True)


def test_a_url_of_an_archive(served, models):
    served.archives["/m.tar.gz"] = archive(models / "plain")
    found = vet(f"{served.url}/m.tar.gz", offline=None)
    assert (found.path / "saved_model.pb").exists()
    assert served.requests == ["/m.tar.gz"]


@pytest.mark.parametrize("inside", [".", "images"])
def test_an_archive_on_this_disk_is_unpacked_once(inside, models, tmp_path, cache):
    place = tmp_path / "model.tar.gz"
    folder = models / "images" if inside == "." else models
    with tarfile.open(place, "w:gz") as tar:
        tar.add(folder / inside, inside)
    first = vet(f"{place}#range=0..255", offline=True)
    assert first.sha256 == vet(str(models / "images"), offline=True).sha256
    assert first.path == vet(str(place), offline=True).path
    assert first.path.parent == cache
    # Another archive under the same name is another model.
    place.write_bytes(archive(models / "plain"))
    assert vet(str(place), offline=True).sha256 == vet(str(models / "plain"), offline=True).sha256


@pytest.mark.parametrize(
    ("name", "content", "hint"),
    [
        ("model.keras", b"PK\x03\x04", "keras.saving.load_model"),
        ("model.h5", b"\x89HDF\r\n\x1a\n", "keras.saving.load_model"),
        ("weights", b"\x89HDF\r\n\x1a\n", "keras.saving.load_model"),
        ("saved_model.pb", b"\x08\x01", "give its folder: tfhub:"),
        ("model.zip", b"PK\x03\x04", "unpack it"),
        ("notes.txt", b"hello", "give that folder"),
    ],
)
def test_a_file_that_is_no_archive_is_named_for_what_it_is(name, content, hint, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        vet(str(tmp_path / name), offline=True)
    assert hint in caught.value.hint


def test_the_layout_of_tensorflow_serving_names_the_newest_version(models, tmp_path):
    for version in ("2", "10"):
        shutil.copytree(models / "plain", tmp_path / "serve" / version)
    with pytest.raises(ConfigError, match="in 10, 2") as caught:
        vet(str(tmp_path / "serve"), offline=True)
    assert caught.value.hint == f"give that folder: tfhub:{tmp_path / 'serve' / '10'}"


def test_an_address_of_this_disk_is_answered_with_its_path():
    with pytest.raises(ConfigError, match="address of this disk") as caught:
        vet("file:///models/mine", offline=True)
    assert caught.value.hint == "give the path: tfhub:/models/mine"


def test_an_unknown_handle(server):
    with pytest.raises(UnknownModel, match="no model at"):
        fetch(OLD, revision=None, offline=False)


@pytest.mark.parametrize(
    "wrong",
    [{"cut": 500}, {"status": 403}, {"kind": "text/html"}, {"cut": 0}],
    ids=["truncated", "refused", "web page", "nothing"],
)
def test_a_failed_download_leaves_nothing(served, cache, wrong):
    for name, value in wrong.items():
        setattr(served, name, value)
    with pytest.raises(NetworkError):
        fetch(OLD, revision=None, offline=False)
    assert [path.name for path in cache.iterdir() if path.suffix != ".lock"] == []
    served.cut, served.status, served.kind = None, 200, "application/gzip"
    assert fetch(OLD, revision=None, offline=False).path.is_dir()


def test_an_archive_of_something_else_is_refused_and_not_kept(server, cache, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "readme.txt").write_text("hello")
    server.archives["/google/nnlm-en-dim128/2"] = archive(tmp_path / "other")
    with pytest.raises(IntegrityError, match="there is no saved_model"):
        fetch(OLD, revision=None, offline=False)
    assert not [path for path in cache.iterdir() if path.is_dir()]


def test_the_old_format_of_tf1_is_refused(models, tmp_path):
    shutil.copytree(models / "plain", tmp_path / "old")
    (tmp_path / "old" / "tfhub_module.pb").write_bytes(b"\x08\x03")
    with pytest.raises(ConfigError, match="TensorFlow 1"):
        vet(str(tmp_path / "old"), offline=True)


def test_kaggles_cache_is_read_without_its_client(models, tmp_path):
    folder = tmp_path / "kaggle" / "models" / "google" / "nnlm" / "tensorFlow2" / "en-dim128" / "1"
    shutil.copytree(models / "plain", folder)
    with pytest.raises(NetworkError):  # not marked as complete
        fetch(KAGGLE, revision=None, offline=True)
    folder.with_name("1.complete").touch()
    assert fetch(KAGGLE, revision=None, offline=True).path == folder


def test_without_kaggles_client_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    with pytest.raises(MissingPlugin, match=r"zoo-adapters\[kaggle\]"):
        fetch(KAGGLE, revision=None, offline=False)


def test_the_digest_sees_contents_names_and_companions(models, tmp_path):
    shutil.copytree(models / "encoder", tmp_path / "m")
    seen = {vet(str(tmp_path / "m"), offline=True).sha256}
    seen.add(vet(f"{tmp_path / 'm'}#preprocessor={models / 'preprocessor'}", offline=True).sha256)
    (tmp_path / "m" / "assets" / "note").write_text("a")
    seen.add(vet(str(tmp_path / "m"), offline=True).sha256)
    (tmp_path / "m" / "assets" / "note").rename(tmp_path / "m" / "assets" / "other")
    seen.add(vet(str(tmp_path / "m"), offline=True).sha256)
    assert len(seen) == 4


def test_a_link_in_a_folder_is_refused(models, tmp_path):
    shutil.copytree(models / "plain", tmp_path / "m")
    (tmp_path / "m" / "assets" / "link").symlink_to("/etc/hostname")
    with pytest.raises(IntegrityError, match="a link"):
        vet(str(tmp_path / "m"), offline=True)


def test_a_revision_is_the_version_of_the_handle():
    with pytest.raises(ConfigError, match="no revision 3"):
        fetch(OLD, revision="3", offline=True)


def test_rot_in_the_cache_is_caught_and_mended_by_one_download(served, cache, monkeypatch):
    folder = fetch(OLD, revision=None, offline=False).path
    good = (folder / "saved_model.pb").read_bytes()
    for content in (good[:-1] + b"?", good[: len(good) // 2], b"", None):
        if content is None:
            (folder / "saved_model.pb").unlink()
        else:
            (folder / "saved_model.pb").write_bytes(content)
        asked = len(served.requests)
        with pytest.raises(IntegrityError, match="damaged"):
            fetch(OLD, revision=None, offline=True)
        assert fetch(OLD, revision=None, offline=False).path == folder
        assert (folder / "saved_model.pb").read_bytes() == good
        assert len(served.requests) == asked + 1


def test_a_model_that_tf_hub_fetched_is_noted_at_first_use(models, cache):
    place = cache / hashlib.sha1(b"https://tfhub.dev/google/nnlm-en-dim128/2").hexdigest()
    shutil.copytree(models / "plain", place)
    fetch(OLD, revision=None, offline=True)
    (place / "saved_model.pb").write_bytes(b"other")
    with pytest.raises(IntegrityError, match="damaged"):
        fetch(OLD, revision=None, offline=True)


def test_the_cache_of_tf_hub_is_listed_verified_and_removed(served, cache):
    from zoo_tfhub.cached import TfHub
    from zoo_tfhub.downloaded import present

    folder = fetch(OLD, revision=None, offline=False).path
    kind = TfHub()
    (entry,) = kind.entries()
    assert entry.name == "google/nnlm-en-dim128/2"
    assert kind.verify(entry) == ""
    assert present(["tfhub:google/nnlm-en-dim128/2", "tfhub:google/other/1"]) == {OLD.id}
    (folder / "saved_model.pb").write_bytes(b"other")
    assert "sha256 should be" in kind.verify(entry)
    kind.remove(entry)
    assert kind.entries() == []
    assert not [one for one in cache.iterdir() if one.suffix != ".lock"]
