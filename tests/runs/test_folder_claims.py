"""Of several that write one run folder exactly one does, whatever the timing; only it may take it back."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from starters import MODELS, stripes

import zoo
from zoo.errors import ConfigError
from zoo.runs.folder import RunFolder

pytestmark = pytest.mark.engine


def finetune(out):
    data = zoo.data(stripes(8))
    return zoo.finetune(MODELS[0], data, out=out, epochs=1, baselines="none", report=False)


def test_who_is_too_late_is_refused_and_deletes_nothing(tmp_path, monkeypatch):
    path, others = tmp_path / "run", ExitStack()

    def claimed_first(self, real=RunFolder.alone):
        if self.path == path and not (path / ".lock").exists():
            others.enter_context(real(RunFolder(path))).config("# of the other\n")
        return real(self)

    monkeypatch.setattr(RunFolder, "alone", claimed_first)
    with others:
        with pytest.raises(ConfigError, match="is writing this run"):
            finetune(path)
        assert (path / "config.toml").read_text() == "# of the other\n"
        assert (path / ".lock").exists()


def test_a_folder_that_was_taken_back_meanwhile_is_claimed(tmp_path, monkeypatch):
    path, taken = tmp_path / "run", []

    def taken_back_first(self, real=RunFolder.alone):
        if not taken:
            taken.append(self.path.rmdir())
        return real(self)

    monkeypatch.setattr(RunFolder, "alone", taken_back_first)
    assert finetune(path).path == path
    assert taken


def test_a_folder_that_was_filled_meanwhile_is_left_alone(tmp_path, monkeypatch):
    path, filled = tmp_path / "run", []

    def filled_first(self, real=RunFolder.alone):
        if not filled:
            filled.append((self.path / "manifest.json").write_text("theirs"))
        return real(self)

    monkeypatch.setattr(RunFolder, "alone", filled_first)
    with pytest.raises(ConfigError, match="already holds a run"):
        finetune(path)
    assert [file.name for file in path.iterdir()] == ["manifest.json"]


def test_threads_in_rounds(tmp_path):
    """Winners that fail take the folder back, so that losers and later ones meet it in every state."""
    inside, ended = threading.Lock(), Counter()

    def claim(path, start):
        start.wait()
        for _ in range(20):
            try:
                with RunFolder.claim(path) as run:
                    assert inside.acquire(blocking=False), "two have claimed it"
                    run.config("")
                    inside.release()
                    ended["claimed"] += 1
                    raise KeyError("failed")
            except KeyError:
                pass
            except ConfigError:
                ended["refused"] += 1

    for number in range(5):
        path, start = tmp_path / str(number), threading.Barrier(4)
        with ThreadPoolExecutor(4) as pool:
            for one in [pool.submit(claim, path, start) for _ in range(4)]:
                one.result()
        assert not path.exists()
        with RunFolder.claim(path) as run:
            run.config("")
        assert (path / "config.toml").exists()
    assert ended["claimed"] + ended["refused"] == 5 * 4 * 20
    assert ended["claimed"] > 5


def test_what_is_resumed_is_never_taken_back(tmp_path):
    path = tmp_path / "run"
    path.mkdir()
    (path / "config.toml").write_text('model = "no:model"\ndata = "nowhere"\n')
    with pytest.raises(zoo.ZooError):
        zoo.resume(path)
    assert (path / "config.toml").exists()
