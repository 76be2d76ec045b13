"""The local registry: what is registered stays and opens by name, and a damaged index costs nothing."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner
from sealed_runs import make_run, weights_digest

from zoo.cli.main import zoo
from zoo.errors import ConfigError, IntegrityError, UnknownModel
from zoo.runs.lineage import lineage, warning
from zoo.runs.local_index import entries, local_rows, rebuild, verified
from zoo.runs.local_names import parse_local
from zoo.runs.register import register


def invoke(*arguments: object):
    return CliRunner().invoke(zoo, [str(one) for one in arguments])


def index(shelf):
    return (shelf / "index.json").read_bytes()


def ids():
    return [entry["id"] for entry in entries()]


def test_a_run_is_kept_when_its_folder_goes(run, shelf):
    assert str(register(run, "flowers")) == "local:flowers@1"
    shutil.rmtree(run)
    folder = verified(parse_local("local:flowers"))
    assert folder == shelf / "flowers" / "1"
    assert {file.name for file in folder.iterdir()} == {
        "manifest.json",
        "model.safetensors",
        "config.toml",
        "README.md",
        "assets",
    }
    assert invoke("list", "--source", "local", "--format", "ids").stdout.split() == ["local:flowers@1"]
    assert "acme:net" in invoke("show", "local:flowers@1").stdout


def test_the_same_name_again_is_the_next_version(run, tmp_path):
    register(run, "flowers")
    register(make_run(tmp_path / "second", value=1), "flowers")
    assert parse_local("local:flowers").version == 2
    assert parse_local("local:flowers@1").version == 1
    assert ids() == ["local:flowers@1", "local:flowers@2"]


def test_eight_processes_register_at_once_and_nothing_is_lost(run, shelf):
    code = f"from zoo.runs.register import register; print(register({str(run)!r}, 'flowers'))"
    children = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(8)
    ]
    said = sorted(child.communicate(timeout=120)[0].strip() for child in children)
    assert said == [f"local:flowers@{n}" for n in range(1, 9)]
    assert sorted(ids()) == said
    assert index(shelf) == rebuilt(shelf)


def rebuilt(shelf) -> bytes:
    (shelf / "index.json").unlink()
    rebuild()
    return index(shelf)


def test_the_index_is_made_of_the_folders_byte_for_byte(run, tmp_path, shelf):
    for name in ("b", "a", "b"):
        register(run, name)
    before = index(shelf)
    assert rebuilt(shelf) == before
    shutil.copytree(shelf, tmp_path / "elsewhere")
    shutil.rmtree(shelf)
    shutil.copytree(tmp_path / "elsewhere", shelf)
    assert rebuilt(shelf) == before


DAMAGE = {
    "empty": lambda data: b"",
    "cut in half": lambda data: data[: len(data) // 2],
    "not JSON": lambda data: b"hello",
    "a list": lambda data: b"[]",
    "older": lambda data: data.replace(b'"schema": 1', b'"schema": 0'),
    "NaN": lambda data: data.replace(b'"version":1', b'"version":NaN'),
    "duplicate id": lambda data: data.replace(b"\n]}", b",\n" + data.splitlines()[1].rstrip(b",") + b"\n]}"),
    "a way out": lambda data: data.replace(b"flowers", b"../../flowers"),
    "absolute": lambda data: data.replace(b"flowers", b"/etc"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_index_is_made_anew_and_the_bad_one_is_kept(run, shelf, kind, capsys):
    register(run, "flowers")
    good = index(shelf)
    bad = DAMAGE[kind](good)
    assert bad != good
    (shelf / "index.json").write_bytes(bad)
    assert ids() == ["local:flowers@1"]
    assert index(shelf) == good
    kept = sorted(shelf.glob("index.json.bad-*"))
    assert [file.read_bytes() for file in kept] == ([bad] if bad else [])


def test_a_byte_order_mark_is_no_damage(run, shelf):
    register(run, "flowers")
    (shelf / "index.json").write_bytes(b"\xef\xbb\xbf" + index(shelf))
    assert ids() == ["local:flowers@1"]
    assert not list(shelf.glob("*.bad-*"))


def test_a_missing_index_is_made_anew(run, shelf):
    register(run, "flowers")
    (shelf / "index.json").unlink()
    assert ids() == ["local:flowers@1"]


def test_the_index_of_a_newer_zoo_is_left_alone(run, shelf):
    register(run, "flowers")
    newer = index(shelf).replace(b'"schema": 1', b'"schema": 2')
    (shelf / "index.json").write_bytes(newer)
    with pytest.raises(IntegrityError, match="newer zoo"):
        entries()
    assert index(shelf) == newer


def test_a_model_whose_folder_is_gone_is_marked_and_the_rest_is_there(run, shelf):
    register(run, "flowers")
    register(run, "trees")
    shutil.rmtree(shelf / "flowers" / "1")
    listed = {row["id"]: row["summary"] for row in local_rows()}
    assert listed["local:flowers@1"].startswith("NOT IN ORDER")
    assert "NOT IN ORDER" not in listed["local:trees@1"]
    assert verified(parse_local("local:trees"))
    with pytest.raises(UnknownModel):
        parse_local("local:flowers")
    assert invoke("register", "--rebuild").exit_code == 0
    assert ids() == ["local:trees@1"]


def test_a_folder_that_the_index_lacks_is_taken_in(run, shelf):
    register(run, "flowers")
    shutil.copytree(shelf / "flowers" / "1", shelf / "trees" / "1")
    assert ids() == ["local:flowers@1", "local:trees@1"]


@pytest.mark.parametrize("level", ["name", "version"])
def test_a_link_is_not_followed(run, shelf, tmp_path, level):
    register(run, "flowers")
    register(run, "trees")
    link = shelf / "flowers" if level == "name" else shelf / "flowers" / "1"
    link.rename(tmp_path / "moved")
    link.symlink_to(tmp_path / "moved")
    with pytest.raises(IntegrityError, match="link"):
        verified(parse_local("local:flowers@1"))
    rows = {row["id"]: row["summary"] for row in local_rows()}
    assert rows["local:flowers@1"].startswith("NOT IN ORDER")
    assert verified(parse_local("local:trees"))


def test_a_changed_manifest_is_refused_for_that_model_alone(run, shelf):
    register(run, "flowers")
    register(run, "trees")
    file = shelf / "flowers" / "1" / "manifest.json"
    file.write_text(file.read_text().replace("flowers", "weeds"))
    with pytest.raises(IntegrityError, match="not as it was registered") as caught:
        verified(parse_local("local:flowers"))
    assert caught.value.exit_code == 5
    assert verified(parse_local("local:trees"))


def test_a_damaged_run_is_not_registered(run, shelf):
    weights = run / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(IntegrityError, match="changed"):
        register(run, "flowers")
    assert ids() == []
    assert not list(shelf.glob(".new-*"))


def test_what_a_killed_process_left_is_swept(run, shelf):
    register(run, "flowers")
    (shelf / ".new-dead").mkdir()
    (shelf / ".new-dead" / "model.safetensors").touch()
    (shelf / ".zoo-0123456789abcdef.tmp").touch()
    register(run, "flowers")
    assert not list(shelf.glob(".new-*"))
    assert not list(shelf.glob(".zoo-*"))


@pytest.mark.parametrize(
    "name", ["", "Flowers", "../x", "a/b", "con", "-x", "x" * 65, "a.b", "ä", "a b", "x\0"]
)
def test_a_name_that_could_be_a_path_is_none(run, shelf, name):
    with pytest.raises(ConfigError):
        register(run, name)
    assert not shelf.exists()
    with pytest.raises(UnknownModel):
        parse_local(f"local:{name}")


@pytest.mark.parametrize("text", ["local:flower", "local:flowers@9", "local:flowers@0", "local:flowers@x"])
def test_a_miss_says_what_there_is(run, text):
    register(run, "flowers")
    with pytest.raises(UnknownModel) as caught:
        parse_local(text)
    assert "flowers" in caught.value.hint or "1" in caught.value.hint


def test_lineage_goes_back_to_what_was_published(tmp_path):
    first = register(make_run(tmp_path / "a", license="cc-by-nc-4.0"), "first")
    parent = (str(first), weights_digest(first.folder))
    second = register(make_run(tmp_path / "b", value=1, license="cc-by-nc-4.0", parent=parent), "second")
    steps = lineage(second.folder, str(second))
    assert [one.model for one in steps] == ["local:second@1", "local:first@1", "acme:net"]
    assert "local:first@1" in warning(steps)
    shown = invoke("show", "local:second")
    assert "not for commercial use" in shown.stdout
    assert "acme:net" in shown.stdout.splitlines()[-2]
    tree = json.loads(invoke("show", "local:second", "--json").stdout)
    assert [one["license"] for one in tree["lineage"]] == ["cc-by-nc-4.0"] * 3


def test_a_parent_that_is_another_one_now_ends_the_trail(tmp_path):
    parent = make_run(tmp_path / "a")
    child = make_run(tmp_path / "b", parent=(str(parent), hashlib.sha256(b"other").hexdigest()))
    steps = lineage(child)
    assert "no longer the same" in steps[1].note
    assert warning(steps) == ""


def test_registering_says_aloud_that_the_licence_forbids_commerce(tmp_path):
    done = invoke("register", make_run(tmp_path / "a", license="cc-by-nc-4.0"), "art")
    assert done.stdout == "local:art@1\n"
    assert "not for commercial use" in done.stderr
