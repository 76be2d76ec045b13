"""A registry too large to parse for each command is searched through an index that is made once."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from zoo.catalogue import bulk
from zoo.catalogue.query import Query
from zoo.catalogue.shelf import own_registry, read_catalogue
from zoo.catalogue.writing import registry_bytes
from zoo.errors import IntegrityError
from zoo.records import ModelCard


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
    found, total = bulk.search_large(registry, "NET-000 permissive", None, 20)
    wanted = [row for row in rows if "net-000" in row["id"] and row.get("license") == "mit"]
    assert (found, total) == (wanted[:20], len(wanted) == 50 and 50)
    found, total = bulk.search_large(registry, "net", Query(max_parameters=9).takes(), 4)
    assert (found, total) == (rows[:4], 10)
    assert bulk.search_large(registry, "100% _'", None, 5) == ([], 0)


def test_the_index_is_made_once_and_anew_when_the_registry_changes(registry, monkeypatch):
    bulk.search_large(registry, "net", None, 1)
    with monkeypatch.context() as context:
        context.setattr(bulk, "_fill", None)
        assert bulk.search_large(registry, "net", None, 1)[1] == 5_000
    registry.write_bytes(registry_bytes([ModelCard(id="acme:other", framework="numpy")]))
    os.utime(registry, (1, 1))
    assert bulk.search_large(registry, "other", None, 1)[1] == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:-20],
        lambda data: data.replace(b"{", b"[", 1),
        lambda data: data.replace(b'"framework":"numpy"', b'"colour":"blue"', 1),
        lambda data: data.replace(b",\n", b", ", 1),
    ],
)
def test_a_damaged_registry_leaves_no_index(registry, spoil, tmp_path):
    registry.write_bytes(spoil(registry.read_bytes()))
    with pytest.raises(IntegrityError, match="damaged registry"):
        bulk.search_large(registry, "net", None, 1)
    assert not list((tmp_path / "home").rglob("*.index"))
    assert not list((tmp_path / "home").rglob("*.tmp"))


def test_the_command_searches_ours_and_the_large_one(registry):
    code = f"""
import pathlib, sys
import zoo.catalogue.bulk as bulk, zoo.catalogue.shelf as shelf
bulk.LARGE = 100_000
ours = shelf._files
shelf._files = lambda: [*ours(), (pathlib.Path({str(registry)!r}), "acme", {{"acme"}})]
sys.argv = ["zoo", "search", "net", "--limit", "3000", "--format", "ids"]
from zoo.cli import main
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found = done.stdout.split()
    assert "acme:net-00001" in found
    assert any(id.startswith("timm:") for id in found)
    assert own_registry().exists()
