"""SavedModels are programs: nothing but the registry and the user lets one in."""

from __future__ import annotations

import hashlib
import json
import shutil

import pytest
import saved_models
from click.testing import CliRunner
from zoo_tfhub.folder import folder_digest

import zoo
from zoo.cli.main import zoo as command
from zoo.errors import IntegrityError
from zoo.registry.weights import retrieve

pytestmark = pytest.mark.tensorflow

ENCODER = "tensorflow/small_bert/bert_en_uncased_L-2_H-128_A-2/2"
COMPANION = "tensorflow/bert_en_uncased_preprocess/3"


def saved(model, folder):
    """The folder of a run of ``model`` with a new head."""
    model.replace_head(zoo.Classification(classes=["a", "b"]))
    return model.save(folder, report=False)


def edited(folder, change):
    tree = json.loads((folder / "manifest.json").read_text())
    change(tree)
    (folder / "manifest.json").write_text(json.dumps(tree))
    return folder


def test_a_run_cannot_name_another_companion_of_a_model_in_the_registry(models, server, tmp_path):
    server.archives[f"/{ENCODER}"] = saved_models.archive(models / "encoder")
    server.archives[f"/{COMPANION}"] = saved_models.archive(models / "preprocessor")
    server.archives["/evil/steal/1"] = saved_models.archive(models / "preprocessor")
    folder = saved(zoo.load(f"tfhub:{ENCODER}"), tmp_path / "run")
    assert zoo.load(folder).card.companion == COMPANION
    server.requests.clear()

    def forge(tree):
        tree["card"]["companion"] = "evil/steal/1"
        parts = [folder_digest(models / name) for name in ("encoder", "preprocessor")]
        tree["program"]["sha256"] = hashlib.sha256("{}\n{}\n".format(*parts).encode()).hexdigest()

    with pytest.raises(IntegrityError, match="companion should be 'tensorflow"):
        zoo.load(edited(folder, forge))
    assert server.requests == []


def test_an_address_in_a_run_is_contacted_only_with_trust(models, server, tmp_path):
    """Even where the program itself is trusted: its digest says what it is, not whom to tell of its use."""
    server.archives["/honest.tar.gz"] = saved_models.archive(models / "plain")
    model = zoo.load(f"tfhub:{server.url}/honest.tar.gz", trust=True)
    folder = saved(model, tmp_path / "run")
    server.requests.clear()
    assert zoo.load(folder).card.features.width == 6  # from the cache
    server.archives["/seen.tar.gz"] = server.archives["/honest.tar.gz"]
    edited(folder, lambda tree: tree["program"].update(place=f"{server.url}/seen.tar.gz"))
    with pytest.raises(IntegrityError, match="names an address to fetch weights from") as caught:
        zoo.load(folder)
    assert "--trust" in caught.value.hint
    assert server.requests == []
    assert zoo.load(folder, trust=True).card.features.width == 6
    assert len(server.requests) == 1


def test_an_interrupted_run_asks_for_trust_again(models, tmp_path):
    texts = [f"{word} {number}" for number in range(4) for word in saved_models.WORDS]
    table, folder = tmp_path / "t.csv", tmp_path / "run"
    table.write_text("text,label\n" + "".join(f"{text},{'ab'[at % 2]}\n" for at, text in enumerate(texts)))
    place = shutil.copytree(models / "texts", tmp_path / "program")
    folder.mkdir()
    settings = f'model = "tfhub:{place}"\ndata = "{table}"\nbaselines = "none"\nreport = false\n'
    (folder / "config.toml").write_text(settings)
    refused = CliRunner().invoke(command, ["resume", str(folder)])
    assert isinstance(refused.exception, IntegrityError)
    assert "--trust" in refused.exception.hint
    assert "trust" not in (folder / "config.toml").read_text()
    done = CliRunner().invoke(command, ["resume", str(folder), "--trust"])
    assert done.exit_code == 0, done.output
    assert "trust" not in (folder / "config.toml").read_text()
    # The digest is in the user's list now.
    (folder / "manifest.json").unlink()
    done = CliRunner().invoke(command, ["resume", str(folder)])
    assert done.exit_code == 0, done.output


def test_a_program_that_changes_between_digest_and_reading_is_refused(models, tmp_path, monkeypatch):
    place = shutil.copytree(models / "plain", tmp_path / "program")
    (place / "assets").mkdir(exist_ok=True)
    (place / "assets" / "note").write_text("one")

    def then_changed(*arguments, real=retrieve.given, **options):
        found = real(*arguments, **options)
        (place / "assets" / "note").write_text("another")
        return found

    zoo.load(f"tfhub:{place}", trust=True)
    monkeypatch.setattr(retrieve, "given", then_changed)
    with pytest.raises(IntegrityError, match="changed while they were opened"):
        zoo.load(f"tfhub:{place}")
