"""Resolving what a user typed: published models, places, runs; decided once."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import zoo
from zoo.cli.main import zoo as command_line
from zoo.core.ids import ModelId
from zoo.errors import IntegrityError, UnknownModel
from zoo.registry import resolve as module
from zoo.registry.resolve import PlaceRef, PublishedRef, RunRef, resolve, resolve_published, resolve_source
from zoo.runs.local_names import LocalName

GLYPHS = "starter:glyphs"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A folder that looks like a complete run, by its relative name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "one").mkdir(parents=True)
    (tmp_path / "runs" / "one" / "manifest.json").write_text("{}")
    return Path("runs/one")


@pytest.mark.parametrize("text", [GLYPHS, "glyphs"])
def test_a_published_model_is_resolved_to_its_id_and_card(text):
    ref = resolve(text)
    assert ref == PublishedRef(ModelId("starter", "glyphs"))
    assert ref.row["id"] == GLYPHS


def test_a_revision_is_part_of_the_id_and_not_of_the_card():
    ref = resolve(f"{GLYPHS}@main")
    assert (ref.id.revision, ref.row["id"]) == ("main", GLYPHS)


def test_a_folder_behind_a_source_is_a_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    ref = resolve("hf:mine")
    assert (ref, ref.row) == (PlaceRef(ModelId("hf", "./mine"), "mine"), None)


def test_a_folder_with_a_manifest_is_a_run(run):
    assert resolve(str(run)) == RunRef(run)


def test_a_path_is_a_run_whatever_it_holds(tmp_path):
    assert resolve(tmp_path) == RunRef(tmp_path)
    with pytest.raises(IntegrityError, match="not a complete run"):
        zoo.load(tmp_path)


def test_a_local_name_is_the_run_that_was_registered(run, monkeypatch):
    local = LocalName("flowers", 2)
    monkeypatch.setattr(module, "parse_local", lambda text: local)
    monkeypatch.setattr(module, "verified", lambda name: run.resolve())
    ref = resolve("local:flowers")
    assert (ref.path, ref.name) == (run.resolve(), "local:flowers@2")


def test_a_reference_is_returned_as_it_is():
    ref = resolve(GLYPHS)
    assert resolve(ref) is ref


@pytest.mark.parametrize("text", ["runs/one", "local:nothing"])
def test_a_run_is_refused_where_a_model_of_a_source_is_needed(text, run):
    with pytest.raises(UnknownModel, match="is a run, and a model is asked for here"):
        resolve_source(text)


def test_a_place_is_refused_where_a_published_model_is_needed(tmp_path):
    assert isinstance(resolve_source(f"hf:{tmp_path}"), PlaceRef)
    with pytest.raises(UnknownModel, match="names a folder or URL"):
        resolve_published(f"hf:{tmp_path}")


@pytest.mark.parametrize("command", [["evaluate", "RUN", "sample:shapes"], ["show", "RUN"]])
def test_a_command_resolves_its_model_once(command, run, monkeypatch):
    looked = []
    monkeypatch.setattr(module, "is_run", lambda path: looked.append(path) or True)
    CliRunner().invoke(command_line, [str(run) if word == "RUN" else word for word in command])
    assert looked == [run]
