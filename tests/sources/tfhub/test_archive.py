"""Archives that want out of their folder, or to fill the disk: refused before anything is written."""

from __future__ import annotations

import gzip
import io
import tarfile

import pytest
from zoo_tfhub import archive as unpacking
from zoo_tfhub.resolve import vet

from zoo.errors import IntegrityError

pytestmark = pytest.mark.tensorflow

GOOD = [("saved_model.pb", b"graph"), ("variables/variables.index", b"index")]


def tar_of(*members) -> bytes:
    """A tar of good members followed by ``members``: (name, content) or a TarInfo."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for member in (*GOOD, *members):
            info, data = member if isinstance(member, tuple) else (member, b"")
            if isinstance(info, str):
                info, size = tarfile.TarInfo(info), len(data)
                info.size = size
            tar.addfile(info, io.BytesIO(data))
    return content.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def negative() -> bytes:
    raw = bytearray(tar_of(("bad", b"")))
    start = raw.index(b"bad\0")
    raw[start + 124 : start + 136] = b"\xff" * 10 + b"\xfe\x00"  # base 256, negative
    raw[start + 148 : start + 156] = b" " * 8
    total = sum(raw[start : start + 512])
    raw[start + 148 : start + 156] = b"%06o\0 " % total
    return bytes(raw)


def huge_header() -> bytes:
    """A long-name record that claims 64 MB, all there: read in one piece it would fill the memory."""
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 64 * 2**20
    return info.tobuf(tarfile.GNU_FORMAT) + b"a" * info.size + tar_of()


HOSTILE = {
    "parent": tar_of(("../evil", b"x")),
    "deep parent": tar_of(("variables/../../evil", b"x")),
    "absolute": tar_of(("/tmp/evil", b"x")),
    "backslash": tar_of(("..\\evil", b"x")),
    "drive": tar_of(("C:evil", b"x")),
    "control character": tar_of(("ev\x1bil", b"x")),
    "symbolic link out": tar_of(special("assets", tarfile.SYMTYPE, "/etc")),
    "write through a link": tar_of(special("d", tarfile.SYMTYPE, ".."), ("d/evil", b"x")),
    "hard link": tar_of(special("hard", tarfile.LNKTYPE, "/etc/passwd")),
    "fifo": tar_of(special("pipe", tarfile.FIFOTYPE)),
    "device": tar_of(special("zero", tarfile.CHRTYPE)),
    "sparse": tar_of(special("sparse", tarfile.GNUTYPE_SPARSE)),
    "twice": tar_of(("saved_model.pb", b"other")),
    "twice but for capitals": tar_of(("SAVED_MODEL.PB", b"other")),
    "a file as a folder": tar_of(("saved_model.pb/evil", b"x")),
    "long name": tar_of(("/".join(["a" * 200] * 6), b"x")),
    "long part": tar_of(("a" * 300, b"x")),
    "negative size": negative(),
    "huge header": huge_header(),
    "bomb": tar_of(("zeros", bytes(100 * 2**20))),
    "rubbish": b"\x00\x01rubbish" * 1000,
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_archive_is_refused_and_nothing_written(content, server, cache, tmp_path):
    server.archives["/m.tar.gz"] = gzip.compress(content)
    before = sorted(path for path in tmp_path.rglob("*") if cache not in (path, *path.parents))
    with pytest.raises(IntegrityError):
        vet(f"{server.url}/m.tar.gz", offline=False)
    assert [path for path in cache.rglob("*") if path.suffix != ".lock"] == []
    assert sorted(path for path in tmp_path.rglob("*") if cache not in (path, *path.parents)) == before


def test_too_many_members_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "_MOST_MEMBERS", 3)
    (tmp_path / "a").write_bytes(tar_of(("c", b""), ("d", b"")))
    (tmp_path / "f").mkdir()
    with pytest.raises(IntegrityError, match="more than 3 members"):
        unpacking.unpack(tmp_path / "a", tmp_path / "f", "m")


def test_modes_of_members_mean_nothing(tmp_path):
    info = tarfile.TarInfo("tool")
    info.mode, info.size = 0o4777, 1
    (tmp_path / "a").write_bytes(tar_of((info, b"x")))
    (tmp_path / "f").mkdir()
    unpacking.unpack(tmp_path / "a", tmp_path / "f", "m")
    assert (tmp_path / "f" / "tool").stat().st_mode & 0o7111 == 0
