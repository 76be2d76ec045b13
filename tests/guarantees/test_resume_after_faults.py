"""Faults of reality between a run's beginning and its end, in one table.

Each is done to a run that was interrupted at step 4 of 9, or to its data. Either the run goes on to the very
end that it would have had, or the fault is refused by name, the checkpoint stays as it was, and once the
fault is mended the run goes on to that end. Faults of data alone are in ``tests/guarantees/bad_input`` and
``tests/datasets``, those of cached features in ``tests/training/frozen_features``, kills in
``test_resume_after_kill.py``.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from interrupted_runs import Stop, digest, pictures
from PIL import Image

import zoo
from zoo.errors import ConfigError, DataError, IntegrityError, NonFiniteError, OutOfMemory
from zoo.runs.checkpoint import newest, read_checkpoint

pytestmark = pytest.mark.torch

SETTINGS = {"freeze": "nothing", "epochs": 3, "batch_size": 16, "report": False, "baselines": "none"}


@dataclass
class Scene:
    """A run that was interrupted, its images, and what a fault may change."""

    run: Path
    data: Path
    patch: pytest.MonkeyPatch

    def picture(self) -> Path:
        return sorted(self.data.rglob("*.png"))[7]

    def config(self, old: str, new: str) -> None:
        file = self.run / "config.toml"
        file.write_text(file.read_text().replace(old, new), encoding="utf-8")

    def header(self, change) -> None:
        """Change what the checkpoint says of itself, and name it by its new digest as zoo would."""
        file = newest(self.run)
        data = file.read_bytes()
        size = int.from_bytes(data[:8], "little")
        header = json.loads(data[8 : 8 + size])
        facts = json.loads(header["__metadata__"]["zoo"])
        change(facts)
        header["__metadata__"]["zoo"] = json.dumps(facts)
        encoded = json.dumps(header).encode()
        self.replace(len(encoded).to_bytes(8, "little") + encoded + data[8 + size :])

    def replace(self, data: bytes) -> None:
        file = newest(self.run)
        file.unlink()
        name = f"{file.name.partition('-')[0]}-{hashlib.sha256(data).hexdigest()}.safetensors"
        (file.parent / name).write_bytes(data)


def drawn(place: Path) -> Path:
    for number, (picture, kind) in enumerate(zip(*pictures(), strict=True)):
        (place / kind).mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(place / kind / f"{number}.png")
    return place


@pytest.fixture
def scene(tmp_path, monkeypatch):
    data = drawn(tmp_path / "images")
    with pytest.raises(KeyboardInterrupt):
        zoo.finetune("starter:glyphs", data, out=tmp_path / "run", observer=Stop(4), **SETTINGS)
    return Scene(tmp_path / "run", data, monkeypatch)


@pytest.fixture(scope="module")
def through(tmp_path_factory):
    place = tmp_path_factory.mktemp("through")
    zoo.finetune("starter:glyphs", drawn(place / "images"), out=place / "run", **SETTINGS)
    return digest(place / "run")


# What a run goes on through, to the same end.


def every_date_in_1970(scene):
    for file in (*scene.run.rglob("*"), *scene.data.rglob("*")):
        os.utime(file, (1, 1))


def every_date_in_2100(scene):
    for file in (*scene.run.rglob("*"), *scene.data.rglob("*")):
        os.utime(file, (4.1e9, 4.1e9))


def an_older_checkpoint_with_a_newer_date(scene):
    """One that was not taken away yet: the number tells which is the newest."""
    before = scene.run / "checkpoints" / f"00000000-{'0' * 64}.safetensors"
    before.write_bytes(b"not read")
    os.utime(before, (4.1e9, 4.1e9))


def a_clock_that_jumps_back_a_year(scene):
    now = time.time
    scene.patch.setattr(time, "time", lambda: now() - 3.2e7)


def a_clock_that_stands_still(scene):
    for name in ("time", "monotonic", "perf_counter"):
        value = getattr(time, name)()
        scene.patch.setattr(time, name, lambda value=value: value)


def folders_that_list_backwards(scene):
    listed, iterated = os.listdir, Path.iterdir
    scene.patch.setattr(os, "listdir", lambda *place: sorted(listed(*place), reverse=True))
    scene.patch.setattr(Path, "iterdir", lambda self: iter(sorted(iterated(self), reverse=True)))


def another_number_of_decoding_threads(scene):
    scene.config("workers = 0", "workers = 3")


def a_folder_that_was_moved(scene):
    moved = scene.run.parent / "elsewhere" / "run"
    moved.parent.mkdir()
    shutil.move(scene.run, moved)
    scene.run = moved


# What is refused: by which error, in which words.


def a_picture_that_vanished(scene):
    scene.picture().unlink()
    return DataError, "others now"


def a_picture_that_changed(scene):
    """Of the same size in bytes, at the same date: nothing but its content tells."""
    file = scene.picture()
    dates, data = (file.stat().st_atime, file.stat().st_mtime), bytearray(file.read_bytes())
    data[-20] ^= 1
    file.write_bytes(data)
    os.utime(file, dates)
    return DataError, "others now"


def a_label_that_changed(scene):
    file = scene.picture()
    other = next(one for one in sorted(scene.data.iterdir()) if one != file.parent)
    file.rename(other / file.name)
    return DataError, "others now"


def a_checkpoint_of_another_run(scene):
    with pytest.raises(KeyboardInterrupt):
        zoo.finetune(
            "starter:glyphs",
            scene.data,
            out=scene.run.parent / "other",
            observer=Stop(4),
            from_scratch=True,
            **SETTINGS,
        )
    theirs = newest(scene.run.parent / "other")
    newest(scene.run).unlink()
    shutil.copy(theirs, scene.run / "checkpoints")
    return ConfigError, "from_scratch"


def a_checkpoint_of_a_newer_zoo(scene):
    scene.header(lambda facts: facts.update(schema=99))
    return IntegrityError, "newer zoo"


def a_checkpoint_without_a_position(scene):
    scene.header(lambda facts: facts.pop("position"))
    return IntegrityError, "not a checkpoint of zoo"


def a_checkpoint_without_the_optimizer(scene):
    from safetensors import safe_open
    from safetensors.numpy import save

    with safe_open(newest(scene.run), "numpy") as file:
        metadata, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    scene.replace(save({name: one for name, one in tensors.items() if name[:6] != "state/"}, metadata))
    return IntegrityError, "tensors are missing"


def a_step_that_was_edited(scene):
    file = newest(scene.run)
    file.write_bytes(file.read_bytes().replace(b'\\"step\\": 4', b'\\"step\\": 7'))
    return IntegrityError, "was changed"


def a_pickle_for_a_checkpoint(scene):
    class Marker:
        def __reduce__(self):
            return (Path.touch, (scene.run.parent / "executed",))

    scene.replace(pickle.dumps({"weights": Marker()}))
    return IntegrityError, "safetensors"


def settings_that_are_no_toml(scene):
    scene.config("[train]", "[train")
    return ConfigError, "config.toml"


def a_setting_twice(scene):
    scene.config("epochs = 3", "epochs = 3\nepochs = 4")
    return ConfigError, "config.toml"


def a_setting_that_is_no_number(scene):
    scene.config("weight_decay = 0.05", "weight_decay = nan")
    return ConfigError, "weight_decay"


def a_number_of_5000_digits(scene):
    scene.config("seed = 0", f"seed = {'9' * 5000}")
    return ConfigError, "config.toml"


def brackets_ten_thousand_deep(scene):
    scene.config("[train]", f"deep = {'[' * 10_000}\n[train]")
    return ConfigError, "config.toml"


GOES_ON = (
    every_date_in_1970, every_date_in_2100, an_older_checkpoint_with_a_newer_date,
    a_clock_that_jumps_back_a_year, a_clock_that_stands_still, folders_that_list_backwards,
    another_number_of_decoding_threads, a_folder_that_was_moved,
)  # fmt: skip
REFUSED = (
    a_picture_that_vanished, a_picture_that_changed, a_label_that_changed, a_checkpoint_of_another_run,
    a_checkpoint_of_a_newer_zoo, a_checkpoint_without_a_position, a_checkpoint_without_the_optimizer,
    a_step_that_was_edited, a_pickle_for_a_checkpoint, settings_that_are_no_toml, a_setting_twice,
    a_setting_that_is_no_number, a_number_of_5000_digits, brackets_ten_thousand_deep,
)  # fmt: skip


def named(fault) -> str:
    return fault.__name__.replace("_", " ")


@pytest.mark.parametrize("fault", [*GOES_ON, *REFUSED], ids=named)
def test_it_comes_to_the_same_end_or_is_refused_by_name(fault, scene, through, tmp_path):
    whole = tmp_path / "whole"
    for name in ("run", "images"):
        shutil.copytree(tmp_path / name, whole / name)
    refused = fault(scene)
    if refused:
        kind, words = refused
        before = [(file.name, file.read_bytes()) for file in sorted((scene.run / "checkpoints").iterdir())]
        with pytest.raises(kind) as caught:
            zoo.resume(scene.run)
        assert words in str(caught.value)
        assert not (tmp_path / "executed").exists()
        after = [(file.name, file.read_bytes()) for file in sorted((scene.run / "checkpoints").iterdir())]
        assert after == before
        for name in ("run", "images"):
            shutil.rmtree(tmp_path / name)
            shutil.copytree(whole / name, tmp_path / name)
    zoo.resume(scene.run)
    assert digest(scene.run) == through


def test_a_picture_that_vanishes_while_it_trains_is_named_and_nothing_is_lost(tmp_path, through):
    """The rest is read from the disk in the second epoch; whether images are read ahead makes no odds."""
    data = drawn(tmp_path / "images")

    class Vanish(Stop):
        def on_step_end(self, step, loss):
            if step == 3:
                shutil.move(data / "kind 1", tmp_path / "away")

    with pytest.raises(DataError, match=r"kind 1.+\.png"):
        zoo.finetune("starter:glyphs", data, out=tmp_path / "run", observer=Vanish(0), **SETTINGS)
    assert newest(tmp_path / "run") is not None
    shutil.move(tmp_path / "away", data / "kind 1")
    zoo.resume(tmp_path / "run")
    assert digest(tmp_path / "run") == through


def test_numbers_that_are_none_stop_it_before_the_update(tmp_path):
    """What is kept is the last step that was finite; going on meets the same step again, and says so."""
    data = drawn(tmp_path / "images")
    settings = {**SETTINGS, "batch_size": 8, "lr": 100, "backbone_lr": 100, "weight_decay": 10, "warmup": 0}
    begin = partial(zoo.finetune, "starter:glyphs", data, out=tmp_path / "run", **settings)
    for sitting in (begin, partial(zoo.resume, tmp_path / "run")):
        with pytest.raises(NonFiniteError) as caught:
            sitting()
        assert ".png" in str(caught.value)
        found = read_checkpoint(tmp_path / "run")[0]
        assert f"step {found.position.step + 1} " in str(caught.value)
        assert all(np.isfinite(array).all() for array in found.weights.values())


def test_memory_that_did_not_suffice_is_remembered(tmp_path, monkeypatch):
    """A run in parts goes on in parts: it ends as one that was never stopped, and no batch is tried whole."""
    data = drawn(tmp_path / "images")
    whole = []
    from zoo_torch.adapter import TorchAdapter

    step = TorchAdapter.step

    def starved(self, batch, rates, *, parts=1):
        if parts == 1:
            whole.append(len(batch.index))
            raise OutOfMemory("no memory")
        return step(self, batch, rates, parts=parts)

    monkeypatch.setattr(TorchAdapter, "step", starved)
    zoo.finetune("starter:glyphs", data, out=tmp_path / "through", **SETTINGS)
    with pytest.raises(KeyboardInterrupt):
        zoo.finetune("starter:glyphs", data, out=tmp_path / "run", observer=Stop(4), **SETTINGS)
    zoo.resume(tmp_path / "run")
    assert whole == [16, 16]
    assert digest(tmp_path / "run") == digest(tmp_path / "through")


def test_another_number_of_threads_is_said(scene, monkeypatch):
    import torch

    before, said = torch.get_num_threads(), []
    torch.set_num_threads(before + 1)
    try:
        zoo.resume(scene.run, say=lambda what, thing: said.append((what, thing)))
    finally:
        torch.set_num_threads(before)
    texts = [thing for what, thing in said if what == "resume"]
    assert f"threads {before} -> {before + 1}: the end may differ in the last bits" in texts


def test_a_budget_is_kept(tmp_path):
    """As many steps as fit: more time, more steps; and not much longer than was asked for."""
    data = zoo.data(pictures(300))
    seconds = {}
    for budget in (2, 6):
        out = tmp_path / str(budget)
        run = zoo.finetune("starter:glyphs", data, out=out, freeze="nothing", budget=budget,
                           report=False, baselines="none")  # fmt: skip
        seconds[budget] = run.report.seconds
        assert run.report.steps > 0
    assert seconds[2] < 4
    assert 3 < seconds[6] < 9
