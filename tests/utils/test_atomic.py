"""A committed file is whole or absent, and a failure names the file, the cause and the hint."""

import errno
import os
import stat
import subprocess
import sys

import pytest

from zoo.errors import ConfigError, ResourceError
from zoo.utils.atomic import TEMPORARY, atomic_text, atomic_write


def test_writes_bytes_text_and_streams_with_the_permissions_of_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        atomic_write(tmp_path / "a", b"one")
        atomic_text(tmp_path / "b", "zwei\n")
        atomic_write(tmp_path / "c", lambda file: file.writelines([b"th", b"ree"]))
    finally:
        os.umask(before)
    assert [(tmp_path / name).read_bytes() for name in "abc"] == [b"one", b"zwei\n", b"three"]
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
    assert sorted(os.listdir(tmp_path)) == ["a", "b", "c"]


def test_an_open_reader_keeps_the_old_content(tmp_path):
    path = tmp_path / "a"
    atomic_write(path, b"old")
    with path.open("rb") as reader:
        atomic_write(path, b"new")
        assert reader.read() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize(
    "failure", [KeyboardInterrupt(), RuntimeError("half way"), FileNotFoundError(2, "x", "other")]
)
def test_a_failing_writer_leaves_the_old_file_and_no_rubbish(tmp_path, failure):
    path = tmp_path / "a"
    atomic_write(path, b"old")

    def half(file):
        file.write(b"half")
        file.flush()
        raise failure

    with pytest.raises(type(failure)) as caught:
        atomic_write(path, half)
    assert caught.value is failure
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


def test_the_file_is_synced_before_its_name_and_the_folder_after(tmp_path, monkeypatch):
    calls = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)

        def spy(*args, name=name, real=real):
            kind = ""
            if name == "fsync":
                kind = " folder" if stat.S_ISDIR(os.fstat(args[0]).st_mode) else " file"
            calls.append(name + kind)
            return real(*args)

        monkeypatch.setattr(os, name, spy)
    atomic_write(tmp_path / "a", b"x")
    assert calls == ["fsync file", "replace", "fsync folder"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, ["No space left", "1,000 bytes needed", "bytes free", "another disk"]),
        (errno.EDQUOT, ["1,000 bytes needed", "another disk"]),
        (errno.EIO, ["another one"]),
    ],
)
def test_a_failing_disk_is_a_resource_error(tmp_path, monkeypatch, code, words):
    def fail(descriptor):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ResourceError) as caught:
        atomic_write(tmp_path / "weights", b"x" * 1000)
    assert caught.value.exit_code == 7
    for word in [repr(str(tmp_path / "weights")), *words]:
        assert word in str(caught.value)
    assert os.listdir(tmp_path) == []


def test_the_limit_on_file_sizes_is_a_resource_error(tmp_path):
    code = (
        "import resource, signal, sys\n"
        "from zoo.utils.atomic import atomic_write\n"
        "from zoo.errors import ResourceError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try: atomic_write(sys.argv[1], b'x' * 100_000)\n"
        "except ResourceError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a")], capture_output=True, text=True, check=True
    )
    assert "ulimit -f" in done.stdout
    assert "100,000 bytes needed" in done.stdout
    assert os.listdir(tmp_path) == []


def test_a_wrong_place_is_a_wrong_argument(tmp_path):
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "absent" / "a", tmp_path / "folder"):
        with pytest.raises(ConfigError, match=path.name):
            atomic_write(path, b"x")
    assert os.listdir(tmp_path) == ["folder"]


def test_what_a_killed_process_leaves_is_recognised(tmp_path):
    code = (
        "import os, sys; from zoo.utils.atomic import atomic_write\n"
        "atomic_write(sys.argv[1], lambda file: os.kill(os.getpid(), 9))"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "a")], check=False)
    assert list(tmp_path.glob(TEMPORARY)) == list(tmp_path.iterdir())
    assert len(list(tmp_path.iterdir())) == 1
