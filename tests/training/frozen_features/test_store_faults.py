"""Killed writers, damaged files, two at a time, no room: never a wrong row, and the run goes on."""

from __future__ import annotations

import os
import resource
import signal
import time
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from cached_trainings import MODEL, Watch, data, train
from filelock import FileLock
from safetensors.numpy import load_file, save_file

import zoo
import zoo.training.frozen_features.store as stores
import zoo.utils.locks as locks
from zoo.errors import ConfigError, IntegrityError, ResourceError
from zoo.registry.cache.feature_files import entries, prune
from zoo.registry.cache.feature_shard import read, write
from zoo.registry.cache.features import FeatureStores
from zoo.training.frozen_features.store import Store

pytestmark = pytest.mark.usefixtures("parrot", "home")

ROWS, WIDTH = 400, 64


def keys(count: int = ROWS) -> np.ndarray:
    found = np.zeros((count, 32), np.uint8)
    found[:, :4] = np.arange(count, dtype=np.uint32)[:, None].view(np.uint8)
    return found


def rows(numbers) -> list[dict[str, np.ndarray]]:
    """Rows that tell whose they are."""
    return [{"": np.full(WIDTH, number, np.float32)} for number in numbers]


def fill(folder) -> None:
    store = Store(folder, 1)
    for start in range(0, ROWS, 10):
        part = slice(start, start + 10)
        store.add(keys()[part], rows(range(ROWS)[part]), frozenset())
        store.flush()


def found(folder) -> int:
    """How many rows a reader finds, each of them looked at."""
    store = Store(folder, 1)
    places = store.find(keys())
    there = np.flatnonzero(places[:, 0] >= 0)
    if len(there):
        values = store.take(places[there]).arrays[""]
        assert np.array_equal(values, np.repeat(there[:, None], WIDTH, axis=1).astype(np.float32))
    assert not store.dropped
    return len(there)


def forked(action) -> int:
    child = os.fork()
    if child == 0:
        try:
            action()
        finally:
            os._exit(0)
    return child


@pytest.mark.slow
def test_forty_kills_leave_no_torn_and_no_wrong_row(tmp_path):
    random, parts = np.random.default_rng(0), []
    for number in range(40):
        folder = tmp_path / str(number)
        child = forked(lambda folder=folder: fill(folder))
        # Killed after so many files, not after so much time: within the writing, however slow the disk.
        wanted, deadline = random.integers(1, ROWS // 10), time.monotonic() + 60
        while len(list(folder.glob("*.rows"))) < wanted and time.monotonic() < deadline:
            time.sleep(0.0005)
        time.sleep(random.uniform(0, 0.002))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        parts.append(found(folder))
    assert sum(0 < part < ROWS for part in parts) > 12
    fill(folder)
    assert found(folder) == ROWS


@pytest.mark.parametrize("where", ["header", "keys", "rows", "cut", "empty"])
def test_a_damaged_file_is_taken_away_and_its_rows_are_computed_again(where):
    whole = train("backbone")
    (folder,) = (entry.path for entry in entries())
    file = max(folder.glob("*.rows"), key=lambda path: path.stat().st_size)
    content = bytearray(file.read_bytes())
    start = int.from_bytes(content[:8], "little") + 8
    places = {"header": 20, "keys": len(content) - 3, "rows": start + 5}
    if where in places:
        content[places[where]] ^= 1
    file.write_bytes(content if where in places else content[: len(content) // 2 if where == "cut" else 0])
    kind = FeatureStores()
    (entry,) = kind.entries()
    assert "damaged" in kind.verify(entry)
    again = train("backbone")
    assert again.counts[0] > 0
    assert "1 damaged files taken away" in again.line
    assert again.losses == whole.losses
    assert kind.verify(entry) == ""


def shards() -> list[tuple[Path, dict[str, np.ndarray]]]:
    """Files of the only store, and the arrays in them."""
    (folder,) = (entry.path for entry in entries())
    return [(path, load_file(path)) for path in folder.glob("*.rows")]


def bounded(ends: Sequence[int]) -> dict[str, np.ndarray]:
    found = np.zeros((len(ends) - 1, 32), np.uint8)
    return {"keys": found, "row:": np.zeros(6, np.float32), "bounds:": np.array(ends, np.int64)}


@pytest.mark.parametrize(
    "arrays",
    [
        {"keys": np.zeros((4, 32), np.uint8), "row:": np.zeros((3, 2), np.float32)},
        {"keys": np.zeros((4, 16), np.uint8), "row:": np.zeros((4, 2), np.float32)},
        {"keys": np.zeros((4, 32), np.uint8)},
        {"row:": np.zeros((4, 2), np.float32)},
        bounded([0, 4, 2, 6]),
        bounded([0, 4, 7]),
        bounded([1, 4, 6]),
        bounded([0, -4, 6]),
        bounded([0, 6]) | {"keys": np.zeros((3, 32), np.uint8)},
    ],
    ids=lambda arrays: ",".join(f"{name}{array.shape}" for name, array in arrays.items()),
)
def test_rows_that_are_not_one_for_each_key_are_refused_whatever_their_checksum(arrays, tmp_path):
    path = tmp_path / "a.rows"
    write(path, arrays)
    with pytest.raises(IntegrityError, match="stored features are damaged"):
        read(path)
    write(path, bounded([0, 4, 6]))
    assert len(read(path).row(1)[""]) == 2


def test_rows_under_an_older_checksum_or_of_another_store_are_computed_again():
    whole = train("backbone")
    for path, arrays in shards():
        arrays["row:"] = arrays["row:"][::-1].copy()
        crc = zlib.crc32(b"".join(arrays[name].tobytes() for name in sorted(arrays)))
        save_file(arrays, path, {"format": "zoo.training.frozen_features/1", "crc32": f"{crc:08x}"})
    again = train("backbone")
    assert (again.counts, again.losses) == ((40, 0), whole.losses)
    for path, arrays in shards():
        foreign = path.parent.parent / "another"
        foreign.mkdir(exist_ok=True)
        write(foreign / path.name, {**arrays, "row:": arrays["row:"][::-1].copy()})
        (foreign / path.name).replace(path)
    again = train("backbone")
    assert (again.counts, again.losses) == ((40, 0), whole.losses)


@pytest.mark.parametrize(
    "facts", ["5", '{"stages": 5, "model": "a:b"}', '{"probed": {"row": 1e999}}', "[" * 9999]
)
def test_facts_of_other_types_do_no_harm(facts):
    train("backbone")
    (entry,) = entries()
    (entry.path / "features.json").write_text(facts)
    assert "unknown" in FeatureStores().entries()[0].name
    assert train("backbone").counts == (0, 40)


@pytest.mark.parametrize("limit", ["9" * 400, "-1", "1e9", "20 gigs", "\x1b[31m"])
def test_a_limit_that_is_no_size_is_refused(limit, monkeypatch):
    monkeypatch.setenv("ZOO_FEATURES_LIMIT", limit)
    with pytest.raises(ConfigError, match="is no size") as caught:
        train("backbone")
    assert str(caught.value).isprintable() or "\x1b" not in str(caught.value)


def test_two_processes_compute_each_row_once(home, monkeypatch):
    def slow(*given):
        # So that the others have begun, too, before there is anything to be found.
        time.sleep(1)
        write(*given)

    def run():
        computed, found = train("backbone").counts
        (home / f"{os.getpid()}.txt").write_text(f"{computed} {found}")

    monkeypatch.setattr(stores, "write", slow)
    home.mkdir()
    children = [forked(run) for _ in range(3)]
    for child in children:
        os.waitpid(child, 0)
    counts = [[int(word) for word in file.read_text().split()] for file in home.glob("*.txt")]
    # Who comes second may compute the rows of validation, while the first still has those of training.
    assert [sum(pair) for pair in counts] == [40, 40, 40]
    assert sum(computed for computed, _ in counts) == 40


def test_who_waits_for_another_process_is_told_for_which(monkeypatch):
    train("backbone")
    (folder,) = (entry.path for entry in entries())
    for file in folder.glob("*.rows"):
        file.unlink()
    monkeypatch.setattr(locks, "EVERY", 0.2)
    ready, free = os.pipe(), os.pipe()

    def hold():
        with FileLock(folder / ".lock"):
            os.write(ready[1], b"1")
            os.read(free[0], 1)

    child = forked(hold)
    os.read(ready[0], 1)
    said = []

    class Telling(Watch):
        def on_message(self, what, text):
            said.append((what, text))
            if len(said) == 2:
                os.write(free[1], b"1")

    model = zoo.load(MODEL)
    model.freeze("backbone")
    config = zoo.TrainConfig(augment="none", head="gradient", epochs=3, batch_size=8)
    model.train(data(), config, observer=Telling())
    os.waitpid(child, 0)
    assert said[:2] == [("cache", f"waiting for the features: process {child} has it")] * 2
    assert "40 computed now" in said[2][1]


@pytest.mark.parametrize("what", ["folder", "pipe", "link"])
def test_a_lock_that_is_no_file_costs_nothing_but_the_lock(what, tmp_path):
    whole = train("backbone")
    (folder,) = (entry.path for entry in entries())
    for file in folder.iterdir():
        file.unlink()
    lock = folder / ".lock"
    {
        "folder": lock.mkdir,
        "pipe": lambda: os.mkfifo(lock),
        "link": lambda: lock.symlink_to(tmp_path / "elsewhere"),
    }[what]()
    again = train("backbone")
    assert again.losses == whole.losses
    assert train("backbone").counts == (0, 40)
    assert not (tmp_path / "elsewhere").exists()


def test_a_store_that_everybody_may_change_is_refused(home, monkeypatch):
    train("backbone")
    (folder,) = (entry.path for entry in entries())
    monkeypatch.setattr(os, "getuid", lambda: os.stat(home).st_uid + 1)
    assert train("backbone").counts == (0, 40)
    folder.chmod(0o777)
    with pytest.raises(IntegrityError, match="everybody may change"):
        train("backbone")
    assert train("backbone", cache="off").line == ""


def test_a_full_disk_keeps_rows_in_memory_and_the_run_goes_on():
    plain = train("backbone", cache="off")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, hard))
    try:
        full = train("backbone")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "in memory, since they cannot be written" in full.line
    assert np.allclose(full.losses, plain.losses, rtol=1e-4)
    assert train("backbone").counts == (40, 0)


def test_more_than_fits_into_memory_goes_on_without(monkeypatch):
    def refuse(path, arrays):
        raise stores.ResourceError("cannot write the file", why="No space left on device")

    monkeypatch.setattr(stores, "write", refuse)
    monkeypatch.setattr(stores.Store.__init__, "__kwdefaults__", {"left": False, "memory": 1000})
    for head, cache in (("gradient", "auto"), ("auto", "auto"), ("auto", "off")):
        run = train("backbone", head=head, cache=cache)
        assert run.line.startswith("off: the features of the frozen stages do not fit into memory")
        assert len(run.losses) == 12
    with pytest.raises(ResourceError, match="do not fit into memory") as caught:
        train("backbone", head="solver", cache="off")
    assert "--cache on" in caught.value.hint


def test_the_least_recently_used_store_goes_first(monkeypatch):
    for freeze in ("backbone", 1, 2):
        train(freeze)
    first, *_ = names = [entry.name for entry in entries()]
    os.utime(entries()[0].path)
    size = sum(entry.size for entry in entries())
    assert [entry.name for entry in prune(size - 1)] == [names[1]]
    assert first in {entry.name for entry in entries()}
    monkeypatch.setenv("ZOO_FEATURES_LIMIT", "1K")
    refused = train("backbone")
    assert "ZOO_FEATURES_LIMIT" in refused.line


def test_a_store_that_is_all_there_is_used_where_nothing_can_be_written(monkeypatch):
    whole = train("backbone")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(stores.os, "utime", refuse)
    again = train("backbone")
    assert again.counts == (0, 40)
    assert "cannot be written" not in again.line
    assert again.losses == whole.losses
