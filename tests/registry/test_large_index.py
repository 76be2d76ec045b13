"""A registry too large to parse for each command is searched through an index that is made once."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from zoo.cli import completion
from zoo.core.cards import ModelCard
from zoo.errors import IntegrityError, ResourceError
from zoo.registry import large_index, reader
from zoo.registry.query import Query
from zoo.registry.reader import own_registry, read_catalogue
from zoo.registry.search import points_for, search, text_of
from zoo.registry.writer import registry_bytes

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm", "transformers")]


@pytest.fixture
def registry(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "home"))
    path = tmp_path / "registry.json"
    cards = (
        ModelCard(id=f"acme:net-{n:05d}", framework="numpy", parameters=n, license="mit" if n % 2 else None)
        for n in range(5_000)
    )
    path.write_bytes(registry_bytes(cards))
    return path


def test_what_is_found_is_what_reading_it_whole_finds(registry):
    rows = read_catalogue(registry)
    found = large_index.look_up(registry, ["NET-000", "permissive"])
    assert len(found) == 50
    assert list(found) == [row for row in rows if "net-000" in row["id"] and row.get("license") == "mit"]
    assert list(large_index.look_up(registry, [])) == rows
    assert not large_index.look_up(registry, ["100%", "_'"])


@pytest.mark.parametrize("words", ["net-00042", "acme", "net 0042", "42", "net-00042 00042", "mit 7"])
def test_the_best_come_first_as_in_a_small_registry(registry, words):
    split = words.split()
    best = search(read_catalogue(registry), words)
    assert list(large_index.look_up(registry, split, points=points_for(split))) == best
    assert len(best) > 0


@pytest.mark.parametrize("start", ["", "a", "acme:net-0004", "acme:net-04999", "acmf", "acme:net-1", "\x7f"])
def test_ids_that_begin_alike_are_found_without_reading_the_others(registry, start):
    ids = [row["id"] for row in read_catalogue(registry) if row["id"].startswith(start)]
    assert large_index.ids_from(registry, start, 10_000) == ids
    assert large_index.ids_from(registry, start, 3) == ids[:3]
    registry.write_bytes(registry_bytes([ModelCard(id="acme:net-0004", framework="numpy")]))
    assert large_index.ids_from(registry, start, 3) == ["acme:net-0004"] * "acme:net-0004".startswith(start)


def test_the_index_is_made_once_and_anew_when_the_registry_changes(registry, monkeypatch, capsys):
    large_index.look_up(registry, ["net"])
    assert "making an index" in capsys.readouterr().err
    with monkeypatch.context() as context:
        context.setattr(large_index, "_texts", None)
        found = large_index.look_up(registry, ["net"])
    assert len(found) == 5_000
    registry.write_bytes(registry_bytes([ModelCard(id="acme:other", framework="numpy")]))
    with pytest.raises(IntegrityError, match="changed while it was read"):
        list(found)
    assert len(large_index.look_up(registry, ["other"])) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"no database",
        lambda data: data[: len(data) // 2],
        lambda data: data[:4096] + bytes(4096) + data[8192:],
        lambda data: data.replace(b"CREATE TABLE cards", b"CREATE TABLE bards"),
    ],
)
def test_a_damaged_index_is_built_again(registry, tmp_path, damage, capsys):
    found = large_index.look_up(registry, ["net"])
    (index,) = (tmp_path / "home").rglob("*.index")
    index.write_bytes(damage(index.read_bytes()))
    assert large_index.look_up(registry, ["net"]) == found
    assert capsys.readouterr().err.count("making an index") == 2
    assert large_index.look_up(registry, ["net"]) == found
    assert not capsys.readouterr().err


def test_any_number_of_words_may_be_given(registry):
    assert len(large_index.look_up(registry, ["net", "acme", "mit"] * 1_000)) == 2_500


def test_a_disk_that_is_full_says_which_variable_moves_the_index(registry):
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limit[1]))
    try:
        with pytest.raises(ResourceError) as caught:
            large_index.look_up(registry, ["net"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert "ZOO_HOME" in caught.value.hint


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:-20],
        lambda data: data.replace(b"{", b"[", 1),
        lambda data: data.replace(b'"framework":"numpy"', b'"colour":"blue"', 1),
        lambda data: data.replace(b",\n", b", ", 1),
        lambda data: data.replace(b"net-00007", b"net-00008", 1),
        lambda data: data.replace(b"net-00007", b"net-10007", 1),
    ],
)
def test_a_damaged_registry_leaves_no_index(registry, spoil, tmp_path):
    registry.write_bytes(spoil(registry.read_bytes()))
    with pytest.raises(IntegrityError, match="damaged registry"):
        large_index.look_up(registry, ["net"])
    assert not list((tmp_path / "home").rglob("*.index"))
    assert not list((tmp_path / "home").rglob("*.tmp"))


def test_a_card_of_another_source_is_refused(registry):
    assert len(large_index.look_up(registry, ["net"], {"acme", "other"})) == 5_000
    with pytest.raises(IntegrityError, match="another source"):
        large_index.look_up(registry, ["net"], {"other"})


def test_conditions_have_words_that_all_texts_have_that_meet_them(registry):
    rows = read_catalogue(own_registry())
    for query in (
        Query(pattern="*18.A1*"),
        Query(pattern="res[nx]et*"),
        Query(source="keras", license="unknown"),
        Query(task="image-classification", modality="image", license="permissive"),
        Query(task="fill-mask", modality="text", license="Apache-2.0"),
        Query(task="token-classification"),
    ):
        takes = query.takes()
        taken = [row for row in rows if takes(row)]
        assert taken
        assert all(word.casefold() in text_of(row) for row in taken for word in query.words()), query


def zoo(registry, *arguments: str) -> list[str]:
    """What a command says where ours and the large registry are there, and neither may be parsed whole."""
    code = f"""
import json, pathlib, sys
import zoo.registry.large_index as bulk, zoo.registry.reader as registry
bulk.LARGE = 100_000
large = pathlib.Path({str(registry)!r})
ours = registry._files
registry._files = lambda: [*ours(), (large, "acme", {{"acme"}})]
list(bulk.look_up(large, ["nothing"], {{"acme"}})), list(bulk.look_up(registry.own_registry(), ["nothing"]))
parsed, loads = [], json.loads
def counted(text, *rest, **more):
    parsed.append(len(text))
    return loads(text, *rest, **more)
json.loads = counted
sys.argv = ["zoo", *{arguments!r}]
from zoo.cli import main
try:
    main()
finally:
    assert sum(parsed) < 60_000, sum(parsed)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_completion_reads_little_of_large_registries(registry, monkeypatch):
    monkeypatch.setattr(large_index, "LARGE", 100_000)
    monkeypatch.setattr(reader, "registry_files", lambda: [own_registry(), registry])
    monkeypatch.setattr("pathlib.Path.read_bytes", None)
    assert completion.known_ids("acme:net-0004")[:2] == ["acme:net-00040", "acme:net-00041"]
    assert completion.known_ids("keras:VGG", "acme:net-04999") == [
        "acme:net-04999",
        "keras:VGG16",
        "keras:VGG19",
    ]


def test_commands_read_of_large_registries_only_what_they_show(registry):
    found = zoo(registry, "search", "net-0001", "--limit", "3", "--format", "ids")
    assert found == ["acme:net-00010", "acme:net-00011", "acme:net-00012"]
    assert zoo(registry, "search", "00042", "--limit", "1", "--format", "ids") == ["acme:net-00042"]
    found = zoo(registry, "search", "net-0001", "--license", "mit", "--format", "ids")
    assert found == [f"acme:net-0001{n}" for n in (1, 3, 5, 7, 9)]
    assert zoo(registry, "list", "*net-00?77", "--format", "ids") == [f"acme:net-00{n}77" for n in range(10)]
    found = zoo(registry, "list", "--source", "acme", "--limit", "2", "--format", "ids")
    assert found == ["acme:net-00000", "acme:net-00001"]
    assert zoo(registry, "list", "--limit", "2", "--format", "ids") == found
    assert zoo(registry, "show", "acme:net-00042")[0] == "acme:net-00042"
    assert zoo(registry, "compare", "acme:net-00042", "keras:VGG16")[0] == "\tacme:net-00042\tkeras:VGG16"
    assert zoo(registry, "show", "VGG16")[0] == "keras:VGG16"
