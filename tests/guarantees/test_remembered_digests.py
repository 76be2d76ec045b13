"""Digests are those of what was read, and remembered ones count only where nobody else can write them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from starters import MODELS

import zoo
from zoo.errors import IntegrityError
from zoo.registry.weights import retrieve
from zoo.registry.weights.trust import is_trusted, remember, trusted_file
from zoo.utils.hashing import INDEX, file_digest

pytestmark = pytest.mark.engine


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "home"))


@pytest.mark.parametrize("how", ["exchanged", "written"])
def test_weights_that_change_between_digest_and_reading_are_refused(tmp_path, monkeypatch, how):
    import zoo_starter

    path, other = tmp_path / "mine.safetensors", tmp_path / "other"
    shutil.copy(Path(zoo_starter.__file__).with_name("glyphs.safetensors"), path)
    tensors = load_file(path)
    save_file({name: np.zeros_like(value) for name, value in tensors.items()}, other)

    def then_changed(*arguments, real=retrieve.given, **options):
        found = real(*arguments, **options)
        os.replace(other, path) if how == "exchanged" else path.write_bytes(other.read_bytes())
        return found

    monkeypatch.setattr(retrieve, "given", then_changed)
    with pytest.raises(IntegrityError, match="changed while they were opened") as caught:
        zoo.load(MODELS[0], weights=path)
    assert caught.value.exit_code == 5


@pytest.mark.parametrize("others", [0o664, 0o646])
def test_a_list_that_others_can_write_is_not_believed(tmp_path, others):
    before = os.umask(0)
    try:
        remember("0" * 64, "a program")
    finally:
        os.umask(before)
    assert trusted_file().stat().st_mode & 0o777 == 0o600
    assert is_trusted("0" * 64)
    trusted_file().chmod(others)
    assert not is_trusted("0" * 64)


def test_a_forged_digest_that_others_could_have_written_is_computed_again(tmp_path, monkeypatch):
    from zoo.utils import hashing

    path = tmp_path / "file"
    path.write_bytes(b"content")
    monkeypatch.setattr(hashing, "_SETTLED_NS", -(2**62))
    true = file_digest(path)
    index = trusted_file().with_name(INDEX)
    assert index.stat().st_mode & 0o777 == 0o600
    index.write_text(index.read_text().replace(true, "0" * 64))
    monkeypatch.setattr(hashing, "_seen", {})  # as another process would look
    assert file_digest(path) == "0" * 64  # the user's own file is believed
    monkeypatch.setattr(hashing, "_seen", {})
    index.chmod(0o666)
    assert file_digest(path) == true
