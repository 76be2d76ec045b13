"""A digest is remembered for an unchanged file, and for no other."""

import hashlib
import json
import os
import time

import pytest

from zoo.errors import ConfigError, IntegrityError
from zoo.utils import hashing
from zoo.utils.hashing import file_digest, verify


def sha(content):
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def reads(monkeypatch, tmp_path):
    """Counts the files that are really hashed; two seconds of settling pass at once."""
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "home"))
    counted = []
    real = hashlib.file_digest

    def spy(file, name):
        counted.append(file.name)
        return real(file, name)

    monkeypatch.setattr(hashlib, "file_digest", spy)
    now = time.time_ns
    monkeypatch.setattr(hashing.time, "time_ns", lambda: now() + 3_000_000_000)
    return counted


def test_an_unchanged_file_is_hashed_once_and_a_changed_one_again(reads, tmp_path):
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    (tmp_path / "link").symlink_to(path)
    assert file_digest(path) == file_digest(path) == file_digest(tmp_path / "link") == sha(b"one")
    assert len(reads) == 1
    assert file_digest(path, fresh=True) == sha(b"one")
    assert len(reads) == 2
    times = path.stat()
    time.sleep(0.02)  # longer than a tick of the clock that stamps files
    path.write_bytes(b"two")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # same size, same mtime: ctime tells
    assert file_digest(path) == sha(b"two")
    other = tmp_path / "other"
    other.write_bytes(b"six")
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    os.replace(other, path)
    assert file_digest(path) == sha(b"six")
    assert len(reads) == 4


def test_a_file_that_changes_while_it_is_read_is_not_remembered(reads, tmp_path, monkeypatch):
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    time.sleep(0.02)
    real = hashlib.file_digest

    def slow(file, name):
        path.write_bytes(b"two")
        return real(file, name)

    monkeypatch.setattr(hashlib, "file_digest", slow)
    file_digest(path)
    assert not (tmp_path / "home" / "cache" / "digests.json").exists()


def test_a_file_that_has_just_changed_is_not_remembered(reads, tmp_path, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "home"))
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    file_digest(path)
    assert not (tmp_path / "home" / "cache" / "digests.json").exists()


@pytest.mark.parametrize(
    "damage", [b"", b"[]", b"{", b'{"schema":"zoo.digests/1","files":{"a":1}}', b"[" * 100_000, b"\xff"]
)
def test_a_damaged_index_only_costs_time(reads, tmp_path, damage):
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    index = tmp_path / "home" / "cache" / "digests.json"
    index.parent.mkdir(parents=True)
    index.write_bytes(damage)
    assert file_digest(path) == file_digest(path) == sha(b"one")
    assert len(reads) == 1
    assert json.loads(index.read_bytes())["files"][str(path)][1] == sha(b"one")


def test_where_the_cache_cannot_be_written_a_process_hashes_once_all_the_same(reads, tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "file"))
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    assert file_digest(path) == file_digest(path) == sha(b"one")
    assert len(reads) == 1
    time.sleep(0.02)
    path.write_bytes(b"two")
    assert file_digest(path) == sha(b"two")


def test_the_index_does_not_grow_for_ever(reads, tmp_path, monkeypatch):
    monkeypatch.setattr(hashing, "_MOST", 3)
    for i in range(5):
        (tmp_path / str(i)).write_bytes(b"%d" % i)
        file_digest(tmp_path / str(i))
    files = json.loads((tmp_path / "home" / "cache" / "digests.json").read_bytes())["files"]
    assert list(files) == [str(tmp_path / name) for name in "234"]


def test_verify_gives_both_digests_and_the_mend(reads, tmp_path):
    path = tmp_path / "weights"
    path.write_bytes(b"one")
    assert verify(path, sha(b"one").upper()) == sha(b"one")
    with pytest.raises(IntegrityError) as caught:
        verify(path, sha(b"two"))
    message = str(caught.value)
    for word in (sha(b"one"), sha(b"two"), repr(str(path)), "delete"):
        assert word in message


def test_what_is_not_a_file(reads, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(IntegrityError, match="not a regular file"):
            file_digest(path)
    with pytest.raises(ConfigError, match="absent"):
        file_digest(tmp_path / "absent")
