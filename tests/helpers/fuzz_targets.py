"""Entry points for files from outside: each takes any bytes, and answers or raises an error of zoo.

``benchmarks/fuzz.py`` fuzzes the same targets for as long as one likes.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import struct
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fuzz_inputs import altered, document, mutated
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from repository import TESTS

from zoo.errors import ZooError

FOUND = TESTS / "guarantees" / "found"
"""Contents that were faults once: ``benchmarks/fuzz.py`` puts them there."""


@dataclass(frozen=True)
class Target:
    """Something that reads a file from outside.

    Args:
        name: of it.
        strategy: draws contents of the file.
        enter: reads the file's content, in a folder that it may use. Raises whatever it raises; an
            AssertionError where it answers wrongly.
        forked: whether a library in C could end the process.
        slow: whether it takes more than milliseconds.
    """

    name: str
    strategy: st.SearchStrategy[bytes]
    enter: Callable[[bytes, Path], object]
    forked: bool = False
    slow: bool = False

    def check(self, content: bytes, folder: Path) -> None:
        """Enter with a content; an error of zoo is an answer, any other is a fault."""
        if self.forked:
            _forked(lambda: self._entered(content, folder))
        else:
            self._entered(content, folder)

    def _entered(self, content: bytes, folder: Path) -> None:
        with contextlib.suppress(ZooError):
            self.enter(content, folder)


def _forked(call: Callable[[], None]) -> None:
    """Call in a child: a crash there is a fault and does not end the tests."""
    child = os.fork()
    if child == 0:
        code = 3
        try:
            call()
            code = 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert status == 0, f"the child ended with status {status}"


def fuzz(target: Target, count: int) -> None:
    """Check what was a fault once, then ``count`` contents, the same in every run."""
    for file in sorted(FOUND.glob(f"{target.name.replace(' ', '-')}.*")):
        with tempfile.TemporaryDirectory() as folder:
            target.check(file.read_bytes(), Path(folder))

    @settings(max_examples=count, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(target.strategy)
    def check(content: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            target.check(content, Path(folder))

    check()


def safetensors_header() -> Target:
    """Differential: what is taken is described as the safetensors library describes it."""
    import numpy as np
    from safetensors import safe_open
    from safetensors.numpy import save

    from zoo.utils.safetensors_header import read_safetensors_header

    sound = save({"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.zeros(3, np.int64)}, {"k": "v"})
    length = int.from_bytes(sound[:8], "little")
    header, data = json.loads(sound[8 : 8 + length]), sound[8 + length :]

    def framed(tree: Any) -> bytes:
        text = document(tree)
        return struct.pack("<Q", len(text)) + text + data

    def enter(content: bytes, folder: Path) -> None:
        path = folder / "model.safetensors"
        path.write_bytes(content)
        found = read_safetensors_header(path)
        with safe_open(path, "np") as file:
            # Not by its keys: it sorts them, and they hold each name once.
            assert found.shapes == {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
            assert found.dtypes == {name: file.get_slice(name).get_dtype() for name in file.keys()}  # noqa: SIM118
            assert found.metadata == (file.metadata() or {})

    return Target("safetensors header", mutated(sound) | altered(header).map(framed), enter)


def run_documents(run: Path) -> Target:
    """``manifest.json``, ``report.json`` and ``log.jsonl`` of a run, through commands."""
    from zoo.cli.main import zoo as command

    names = ("manifest.json", "report.json")
    trees = {name: json.loads((run / name).read_text()) for name in names}
    # Without a report the page is made of the log.
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    one_file = [(name, altered(tree)) for name, tree in {**trees, "log.jsonl": log}.items()]
    strategy = st.one_of(
        [strategy.map(lambda tree, name=name: document({name: tree})) for name, strategy in one_file]
    ) | st.fixed_dictionaries({name: altered(tree) for name, tree in trees.items()}).map(document)

    def enter(content: bytes, folder: Path) -> None:
        copy = folder / "run"
        shutil.copytree(run, copy)
        for name, tree in json.loads(content).items():
            if name == "log.jsonl":
                (copy / "report.json").unlink()
                (copy / name).write_bytes(b"\n".join(map(document, tree)))
            else:
                (copy / name).write_bytes(document(tree))
        for arguments in (["show", str(copy)], ["show", str(copy), "--json"], ["report", str(copy)]):
            said = io.StringIO()
            with (
                contextlib.redirect_stdout(said),
                contextlib.redirect_stderr(said),
                contextlib.suppress(ZooError),
            ):
                command.main(arguments, prog_name="zoo", standalone_mode=False)
            assert "\x1b[2J" not in said.getvalue()

    return Target("manifest.json and report.json", strategy, enter, slow=True)


def hf_folder(model: Path) -> Target:
    """``config.json`` and ``tokenizer.json`` of a folder of transformers, opened and asked."""
    import zoo

    names = ("config.json", "tokenizer.json", "tokenizer_config.json")
    trees = {name: json.loads((model / name).read_text()) for name in names}
    strategy = st.one_of(
        [altered(tree).map(lambda tree, name=name: document({name: tree})) for name, tree in trees.items()]
    )

    def enter(content: bytes, folder: Path) -> None:
        copy = folder / "model"
        shutil.copytree(model, copy)
        for name, tree in json.loads(content).items():
            (copy / name).write_bytes(document(tree))
        zoo.load(f"hf:{copy}", offline=True).embed(["a b", "c"])

    return Target("config.json and tokenizer.json", strategy, enter, slow=True)


def hdf5_weights() -> Target:
    """Weights of Keras: the vetting, in a child, since HDF5 is a library in C."""
    import h5py
    import numpy as np
    from zoo_keras.hdf5 import check

    packed = io.BytesIO()
    with h5py.File(packed, "w", libver="latest") as file:
        file["layers/dense/vars/0"] = np.arange(6, dtype=np.float32)
        file["layers/dense/vars/1"] = np.zeros((2, 2), np.float16)
        file["layers"].attrs["n"] = 1

    def enter(content: bytes, folder: Path) -> None:
        path = folder / "model.weights.h5"
        path.write_bytes(content)
        check(path)

    return Target("HDF5 weights", mutated(packed.getvalue(), 12), enter, forked=True)


_KINDS = [
    tarfile.REGTYPE,
    tarfile.DIRTYPE,
    tarfile.SYMTYPE,
    tarfile.LNKTYPE,
    tarfile.FIFOTYPE,
    tarfile.CHRTYPE,
]
_NAMES = st.sampled_from(
    ["a", "a/b", "../x", "/x", "a/../../x", "..", ".", "C:x", "a\\..\\x", "A", "x" * 300]
)


@st.composite
def _archives(draw: st.DrawFn) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=draw(st.sampled_from([0, 1, 2]))) as tar:
        for _ in range(draw(st.integers(0, 5))):
            info = tarfile.TarInfo(draw(_NAMES | st.text(max_size=5)))
            info.type, info.linkname = draw(st.sampled_from(_KINDS)), draw(_NAMES)
            info.mode = draw(st.integers(0, 0o7777))
            data = draw(st.binary(max_size=20)) if info.type == tarfile.REGTYPE else b""
            info.size = len(data)
            with contextlib.suppress(ValueError, UnicodeError):
                tar.addfile(info, io.BytesIO(data))
    return draw(mutated(content.getvalue())) if draw(st.booleans()) else content.getvalue()


def tar_archive() -> Target:
    """An archive of TF Hub: nothing is written outside, and no link and no program into it."""
    from zoo_tfhub.archive import unpack

    def enter(content: bytes, folder: Path) -> None:
        path, inside = folder / "model.tar", folder / "deep" / "inside"
        path.write_bytes(content)
        inside.mkdir(parents=True)
        try:
            with contextlib.suppress(FileExistsError, NotADirectoryError):  # zoo_tfhub.resolve names the file
                unpack(path, inside, "model")
        finally:
            found = [one for one in folder.rglob("*") if one != path and one not in (inside, inside.parent)]
            assert all(inside in one.parents for one in found), found
            assert not any(one.is_symlink() for one in found)
            assert all(one.is_dir() or (one.is_file() and not one.stat().st_mode & 0o7000) for one in found)

    return Target("tar archive", _archives(), enter)
