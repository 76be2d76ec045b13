"""Faults of caches: many processes, kills, broken locks, rot, full disks and read-only ones."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from cache_processes import FETCH, SHA, in_namespace, outcome, start
from click.testing import CliRunner
from hub_server import PAGE, WEIGHTS
from safetensors.numpy import save

from zoo.cli.main import zoo
from zoo.core.cards import WeightsRef
from zoo.errors import IntegrityError, NetworkError, ResourceError
from zoo.registry.weights.hub import fetch
from zoo.registry.weights.url import fetch_url

pytestmark = [pytest.mark.torch, pytest.mark.needs("transformers")]

GETS = "/resolve/"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 200080\n" % SHA.encode()


def from_url(hub) -> Path:
    address = f"{hub.url}/acme/net/resolve/main/model.safetensors"
    return fetch_url(WeightsRef(url=address, file="model.safetensors", digest=f"sha256:{SHA}"))


def from_hub(hub) -> Path:
    return fetch(WeightsRef(repo="acme/net")).path


DOORS = {"hub": from_hub, "url": from_url}


def call(door: str, hub) -> str:
    return "right(from_hub())" if door == "hub" else f"right(from_url({hub.url!r}))"


LARGE = save({"stem.weight": np.arange(5_000_000, dtype=np.float32)})
"""A sound file of 20 MB."""
LARGE_SHA = hashlib.sha256(LARGE).hexdigest()


def large(door: str, hub) -> str:
    """Code that fetches it from there."""
    hub.publish("acme/net", {"model.safetensors": LARGE})
    place = "from_hub()" if door == "hub" else f"from_url({hub.url!r}, {LARGE_SHA!r})"
    return f"right({place}, {LARGE_SHA!r})"


@pytest.mark.parametrize("door", DOORS)
def test_processes_on_a_cold_cache_fetch_once(hub, door):
    code, count = large(door, hub), 4
    hub.fail(method="GET", path=GETS, times=1, stall=1.0)
    found = [outcome(child) for child in [start(code) for _ in range(count)]]
    assert [code for code, _ in found] == [0] * count, found
    assert hub.count("GET", GETS) == 1


@pytest.mark.parametrize("door", DOORS)
def test_when_the_winner_is_killed_halfway_one_other_fetches(hub, door, home, monkeypatch):
    code, count = large(door, hub), 4
    hub.fail(method="GET", path=GETS, times=1, hold=15_000_000)
    monkeypatch.setenv("HF_HUB_DOWNLOAD_TIMEOUT", "100")
    winner = start(code)
    while max((one.stat().st_size for one in home.rglob("*") if one.is_file()), default=0) < 5_000_000:
        assert winner.poll() is None
        time.sleep(0.02)
    others = [start("say_soon()\n" + code) for _ in range(count - 1)]
    said = others[0].stderr.readline()
    assert "waiting for model.safetensors" in said
    assert f"process {winner.pid} has it" in said
    winner.send_signal(signal.SIGKILL)
    winner.communicate()
    found = [outcome(child) for child in others]
    assert [code for code, _ in found] == [0] * (count - 1), found
    assert hub.count("GET", GETS) == 2
    # Swept by the next that fetches, unless the killed one has not wholly gone by then.
    assert CliRunner().invoke(zoo, ["cache", "prune"]).exit_code == 0
    parts = [one for one in home.rglob("*") if one.name.startswith("tmp") and one.is_file()]
    assert not parts


@pytest.mark.parametrize("flock", ["lambda *arguments: None", "no_flock"])
@pytest.mark.parametrize("door", DOORS)
def test_locks_that_lock_nothing_or_are_not_there_only_cost_downloads(hub, door, flock):
    broken = f"break_locks({flock})\n" + call(door, hub)
    found = [outcome(child) for child in [start(broken) for _ in range(4)]]
    assert [code for code, _ in found] == [0] * 4, found
    assert 1 <= hub.count("GET", GETS) <= 4
    assert hashlib.sha256(DOORS[door](hub).read_bytes()).hexdigest() == SHA


def put(what: str, place: Path, target: Path) -> None:
    """What is no regular file."""
    if what == "a folder":
        place.mkdir()
    elif what == "a named pipe":
        os.mkfifo(place)
    else:
        place.symlink_to(target)


@pytest.mark.parametrize("what", ["a folder", "a named pipe", "a link"])
@pytest.mark.parametrize("door", DOORS)
def test_a_lock_that_is_no_file_is_told_and_no_link_is_followed(hub, door, what, home):
    DOORS[door](hub)
    (lock,) = home.rglob("*.lock")
    shutil.rmtree(next(one for one in (home / "hub", home / "zoo") if one in lock.parents))
    lock.parent.mkdir(parents=True)
    put(what, lock, home / "elsewhere")
    with pytest.raises(ResourceError, match=f"it is {what}") as caught:
        DOORS[door](hub)
    assert str(lock) in caught.value.message
    assert str(lock) in caught.value.hint
    assert not (home / "elsewhere").exists()
    lock.rmdir() if what == "a folder" else lock.unlink()
    assert DOORS[door](hub).read_bytes() == WEIGHTS


@pytest.mark.parametrize("owner", ["mine", "another's"])
@pytest.mark.parametrize("mode", [0o755, 0o777])
@pytest.mark.parametrize("door", DOORS)
def test_a_folder_of_anothers_that_everybody_may_change_is_refused(hub, door, mode, owner, home, monkeypatch):
    file = DOORS[door](hub)
    # Nobody but root can give a file away: not the file becomes another's, but we.
    if owner != "mine":
        monkeypatch.setattr(os, "getuid", lambda: os.stat(file).st_uid + 1)
    top = home / "hub" if door == "hub" else home / "zoo" / "cache"
    for folder in {file.parent, file.resolve().parent, top}:
        before = folder.stat().st_mode
        folder.chmod(mode)
        if (mode, owner) == (0o777, "another's"):
            for offline in ("1", "0"):
                monkeypatch.setenv("ZOO_OFFLINE", offline)
                with pytest.raises(IntegrityError, match="everybody may change") as caught:
                    DOORS[door](hub)
                assert str(folder) in caught.value.message
                assert ("HF_HUB_CACHE" if door == "hub" else "ZOO_HOME") in caught.value.hint
        else:
            assert DOORS[door](hub).read_bytes() == WEIGHTS
        folder.chmod(before)


@pytest.mark.parametrize("door", DOORS)
def test_a_file_that_nobody_may_read_is_told(hub, door):
    file = DOORS[door](hub)
    os.chmod(file, 0)
    code, said = outcome(start(call(door, hub), mode_counts=True))
    os.chmod(file, 0o644)
    assert code != 0
    assert str(file.resolve()) in said or str(file) in said
    assert "hint:" in said
    assert "Permission denied" in said


def rotten(flips: int) -> list[bytes]:
    """Single flipped bits, 20 truncations, and five other things that have lain in caches."""
    chance = random.Random(0)
    found = []
    for _ in range(flips):
        data = bytearray(WEIGHTS)
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        found.append(bytes(data))
    found += [WEIGHTS[: chance.randrange(len(WEIGHTS))] for _ in range(20)]
    return [*found, b"", PAGE, POINTER, WEIGHTS + b"\0", WEIGHTS[::-1]]


@pytest.mark.parametrize(("door", "flips"), [("hub", 200), ("url", 60)])
def test_all_rot_is_caught_and_mended_by_one_download(hub, door, flips):
    file = DOORS[door](hub).resolve()
    bad = rotten(flips)
    for number, content in enumerate(bad):
        file.write_bytes(content)
        before = hub.count("GET", GETS)
        assert DOORS[door](hub).read_bytes() == WEIGHTS, number
        assert hub.count("GET", GETS) == before + 1, number
    assert len(bad) == flips + 25
    assert not list(file.parent.glob("*.bad-*"))


@pytest.mark.parametrize("door", DOORS)
def test_offline_rot_is_refused(hub, door, monkeypatch):
    file = DOORS[door](hub).resolve()
    data = bytearray(WEIGHTS)
    data[-1] ^= 1
    file.write_bytes(data)
    monkeypatch.setenv("ZOO_OFFLINE", "1")
    with pytest.raises((IntegrityError, NetworkError), match="damaged") as caught:
        DOORS[door](hub)
    assert str(file) in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("what", ["folder", "dangling link", "link to another file"])
def test_what_is_no_file_in_the_cache_is_replaced_or_told(hub, door, what, tmp_path):
    file = DOORS[door](hub).resolve()
    file.unlink()
    if what == "folder":
        file.mkdir()
        (file / "x").touch()
    elif what == "dangling link":
        file.symlink_to(tmp_path / "nowhere")
    else:
        (tmp_path / "other").write_bytes(WEIGHTS[:-1] + b"\1")
        file.symlink_to(tmp_path / "other")
    found = None
    with suppress(IntegrityError, ResourceError):
        found = DOORS[door](hub)
    assert found is None or found.read_bytes() == WEIGHTS
    assert not (tmp_path / "nowhere").exists()


def test_a_full_disk_is_told_with_figures_and_nothing_half_stays(hub, home):
    hub.publish("acme/net", {"model.safetensors": WEIGHTS + bytes(8 * 2**20)})
    script = f"""
mkdir -p {home}/small
mount -t tmpfs -o size=4m none {home}/small
export HF_HUB_CACHE={home}/small/hub ZOO_HOME={home}/small/zoo
{sys.executable} -m zoo pull hf:acme/net && exit 99
echo "code $?"
find {home}/small -type f -size +100k
"""
    hub.commits["acme/net"][hub.main["acme/net"]]["config.json"] = b'{"model_type": "bert"}'
    done = in_namespace(script)
    assert "code 7" in done.stdout, done.stderr
    assert f"{len(WEIGHTS) + 8 * 2**20:,} bytes needed" in done.stderr
    assert "bytes free" in done.stderr
    assert "HF_HUB_CACHE" in done.stderr
    assert done.stdout.splitlines()[1:] == []


@pytest.mark.parametrize("door", DOORS)
def test_a_read_only_cache_is_usable(hub, door, home):
    DOORS[door](hub)
    (home / "hub").mkdir(exist_ok=True)
    (home / "zoo").mkdir(exist_ok=True)
    call_ = call(door, hub)
    code = f"import os; os.environ['ZOO_OFFLINE'] = '1'\n{FETCH}\n{call_}\nprint('right')"
    (home / "use.py").write_text(code)
    script = f"""
for one in hub zoo; do mount --bind {home}/$one {home}/$one; mount -o remount,ro,bind {home}/$one; done
touch {home}/zoo/x 2>/dev/null && exit 99
{sys.executable} {home}/use.py
{sys.executable} -m zoo cache ls
{sys.executable} -m zoo cache verify
{sys.executable} -m zoo list --cached --format ids
{sys.executable} -m zoo cache rm -y '*' && exit 98
echo "code $?"
"""
    done = in_namespace(script)
    assert "right\n" in done.stdout, done.stderr
    assert "sound" in done.stdout
    assert "code 7" in done.stdout, done.stderr
    assert "Traceback" not in done.stderr


def test_a_read_only_cache_says_which_variable_moves_it(hub, home):
    (home / "hub").mkdir()
    script = f"""
mount --bind {home}/hub {home}/hub; mount -o remount,ro,bind {home}/hub
{sys.executable} -c '{FETCH.replace("'", '"')}
from_hub()' && exit 99
true
"""
    done = in_namespace(script)
    assert "HF_HUB_CACHE" in done.stderr
    assert hub.count("GET", GETS) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "--cached", "--format", "ids"],
        ["search", "resnet"],
        ["show", "timm:resnet18.a1_in1k"],
        ["compare", "timm:resnet18.a1_in1k", "keras:VGG16"],
        ["cache", "ls"],
        ["cache", "verify"],
        ["registry", "check"],
        ["list", "--source", "hf"],
    ],
)
def test_offline_opens_no_socket(arguments, home):
    code = f"""
import socket, sys
def refuse(*arguments, **options):
    raise AssertionError("a socket was opened")
socket.socket = socket.create_connection = socket.getaddrinfo = refuse
sys.argv = ["zoo", "--offline", *{arguments!r}]
from zoo.cli import main
main()
"""
    code_, said = outcome(start(code))
    assert code_ == 0, said
    assert "socket was opened" not in said
    assert os.environ.get("ZOO_OFFLINE") is None
