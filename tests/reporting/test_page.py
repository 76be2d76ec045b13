"""``report.html``: what stands in it, and that nothing which stands in it can do anything."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from click.testing import CliRunner
from report_runs import LABELS, MODEL, TINY, Seen, shades

import zoo
from zoo.cli.main import zoo as command
from zoo.errors import IntegrityError
from zoo.reporting.task_section import SHOWN
from zoo.reporting.write import read_run_facts, rebuild
from zoo.runs.lineage import ancestors, lineage
from zoo.runs.manifest import read_manifest
from zoo.runs.register import register
from zoo.runs.report_schema import ReportFacts, read_facts, write_facts

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]


def seen(run) -> Seen:
    return Seen(run.html.read_text(encoding="utf-8"))


def test_names_that_look_like_markup_are_text(hostile):
    page = seen(hostile)
    assert not {"script", "u", "iframe", "link", "object", "base"} & page.tags
    assert all(value.startswith("data:image/") for _, name, value in page.attributes if name == "src")
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    for label in LABELS:
        assert label.replace("/", "∕") in page.text
    assert '<b>run "1"' in page.text
    assert "<u>data & co" in page.text
    assert re.search(r'\d-\d "<b>"\.png', page.text)


def test_the_page_asks_nothing_of_the_network(hostile):
    page = hostile.html.read_text(encoding="utf-8")
    assert not re.search(r"url\(|@import", page)
    addresses = [
        value for _, name, value in Seen(page).attributes if name in ("src", "href", "srcset", "action")
    ]
    assert addresses
    assert all(value.startswith("data:") for value in addresses)
    assert "default-src 'none'" in page
    assert len(page) < 300_000


def test_the_figures_are_those_of_the_run(hostile):
    facts = read_facts(hostile.path)
    val = facts.splits["val"]
    [matrix] = val.blocks
    assert sum(count for _, _, count in matrix.cells) == val.examples == len(hostile.data.splits["val"])
    right = sum(count for truth, said, count in matrix.cells if truth == said)
    accuracy = hostile.report.metrics["val"]["accuracy"]
    assert right / val.examples == pytest.approx(accuracy)
    assert val.wrong == val.examples - right
    assert len(val.mistakes) == min(val.wrong, SHOWN) > 0
    assert f"{100 * accuracy:.1f}%" in seen(hostile).text
    assert val.intervals["accuracy"].low < accuracy < val.intervals["accuracy"].high
    moved = sum(stage.trainable for stage in facts.stages)
    sizes = {name: tensor.size for name, tensor in hostile.model.adapter.weights().items()}
    assert moved == sum(sizes[one.name] for one in hostile.model.adapter.tensors() if one.trainable)


def test_no_picture_is_kept_but_the_mistakes(hostile):
    kept = read_facts(hostile.path).splits["val"].mistakes
    page = hostile.html.read_text(encoding="utf-8")
    assert page.count("data:image/") == len([one for one in kept if one.image])
    scores = [one.score for one in kept]
    assert scores == sorted(scores, reverse=True)
    assert str(hostile.data.name) not in json.dumps([one.name for one in kept]), "no path of somebody's home"


def test_the_page_is_made_again_from_what_the_run_keeps(hostile, tmp_path, monkeypatch):
    run = tmp_path / hostile.path.name
    shutil.copytree(hostile.path, run)
    first = rebuild(run).read_text()
    (run / "report.html").unlink()
    done = CliRunner().invoke(command, ["report", str(run)])
    assert done.exit_code == 0, done.output
    assert (run / "report.html").read_text() == first
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    done = CliRunner().invoke(command, ["report", str(run), "--open"])
    assert opened == [(run / "report.html").as_uri()]
    assert "no browser was found" in done.stderr
    (run / "report.json").unlink()
    assert CliRunner().invoke(command, ["report", str(run), "-o", str(tmp_path / "old.html")]).exit_code == 0
    old = (tmp_path / "old.html").read_text()
    assert "kept no report.json" in old
    assert 'class="line' in old, "the log tells the curves"
    (run / "report.json").write_text('{"finished": 3}')
    assert CliRunner().invoke(command, ["report", str(run)]).exception.exit_code == 5
    assert CliRunner().invoke(command, ["report", str(tmp_path)]).exception.exit_code == 2


def test_the_page_of_a_registered_run_is_made_again_with_all_it_had(hostile, tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "home"))
    folder = register(hostile.path, "markup").folder
    done = CliRunner().invoke(command, ["report", "local:markup"], catch_exceptions=False)
    assert done.stdout == f"report: {folder / 'report.html'}\n"
    page = (folder / "report.html").read_text()
    assert "kept no report.json" not in page
    assert "<title>local:markup@1" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 5},
        {"epochs": [{"epoch": "one"}]},
        {"steps": "x"},
        {"settings": "x"},
        {"reference_scores": [1], "steps": 0},
    ],
    ids=json.dumps,
)
def test_figures_that_cannot_be_are_damage_of_their_file(hostile, wrong, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(hostile.path, run)
    tree = json.loads((run / "report.json").read_text())
    tree["train"] |= wrong
    (run / "report.json").write_text(json.dumps(tree))
    for arguments in ([], [str(hostile.path), "-o", str(tmp_path / "c.html")]):
        error = CliRunner().invoke(command, ["report", str(run), *arguments]).exception
        assert isinstance(error, IntegrityError), error
        assert error.where == str(run / "report.json")
        assert "delete the file" in error.hint


def test_a_log_is_read_as_far_as_it_holds_figures(hostile, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(hostile.path, run)
    (run / "report.json").unlink()
    with (run / "log.jsonl").open("a") as log:
        log.write('{"epoch": "one", "val_loss": "x"}\n{"epoch": 3, "val_loss": null}\n[]\n')
    _, facts = read_run_facts(run)
    assert [line["epoch"] for line in facts.train["epochs"]] == [1, 2, 3]
    assert CliRunner().invoke(command, ["report", str(run)]).exit_code == 0


def test_a_report_that_fails_costs_nothing_but_itself(tmp_path, monkeypatch):
    def broken(*arguments):
        raise RuntimeError("no ink\nleft")

    monkeypatch.setattr("zoo.reporting.page.page", broken)
    with pytest.warns(UserWarning, match="report could not be written: RuntimeError: no ink"):
        run = zoo.finetune(MODEL, shades(), out=tmp_path / "a", epochs=1, **TINY)
    assert run.html is None
    assert zoo.load(run.path).task == run.model.task
    with pytest.warns(UserWarning, match="no ink"):
        run.model.save(tmp_path / "b")
    assert read_manifest(tmp_path / "b").data == read_manifest(run.path).data
    arguments = ["finetune", str(run.path), "sample:digits", "--out", str(tmp_path / "c"), "--epochs", "1"]
    done = CliRunner().invoke(command, [*arguments, "--classes", "0,1", "--input-size", "32"])
    assert done.exit_code == 0, done.output
    [line] = [line for line in done.stderr.splitlines() if "no ink" in line]
    assert line.endswith("the run is complete without it")


def test_a_run_can_go_without(tmp_path):
    run = zoo.finetune(MODEL, shades(), out=tmp_path / "run", epochs=1, report=False, **TINY)
    assert run.html is None
    assert sorted(path.name for path in run.path.iterdir()) == [
        "README.md", "config.toml", "log.jsonl", "manifest.json", "model.safetensors",
        "trained_on.safetensors",
    ]  # fmt: skip
    assert "report = false" in (run.path / "config.toml").read_text()
    done = CliRunner().invoke(command, ["finetune", "a", "b", "--no-report", "--print-config"])
    assert "report = false" in done.output


def test_no_held_out_data_and_a_single_epoch_make_a_page_too(tmp_path):
    run = zoo.finetune(MODEL, shades(val=0.0), out=tmp_path / "run", epochs=1, **TINY)
    page = seen(run)
    assert "nothing was held out, so how well it does is not known" in page.text
    assert ("path", "class", "line s1") not in page.attributes
    assert "What training said" in page.text
    facts = read_facts(run.path)
    more = {"head": "solved, penalty 0.1", "cache": "kept in <x>", "new": {"figure": 3}}
    cheaper = {"reference_scores": {"nearest class mean": {"accuracy": 0.875}}}
    solved = {**facts.train, "epochs": [], "steps": 0, **more, **cheaper}
    write_facts(run.path, ReportFacts.model_validate({**facts.model_dump(), "train": solved}))
    page = Seen(rebuild(run.path).read_text())
    assert "solved, penalty 0.1" in page.text
    assert "kept in <x>" in page.text
    assert "new.figure" in page.text
    assert "nearest class mean" in page.text
    assert "87.5%" in page.text


def test_lineage_goes_back_to_the_source_and_a_licence_is_said_aloud(tmp_path):
    first = zoo.finetune(MODEL, shades(), out=tmp_path / "first", epochs=1, **TINY)
    text = (first.path / "manifest.json").read_text().replace('"apache-2.0"', '"cc-by-nc-4.0"')
    (first.path / "manifest.json").write_text(text)
    second = zoo.finetune(first.path, shades(seed=1), out=tmp_path / "second", epochs=1)
    assert [one.model for one in read_facts(second.path).lineage] == [str(first.path), MODEL]
    assert "cc-by-nc-4.0) allows no commercial use" in seen(second).text
    assert "**This licence allows no commercial use**" in (second.path / "README.md").read_text()
    third = zoo.finetune(second.path, shades(seed=2), out=tmp_path / "third", epochs=1)
    assert [one.model for one in read_facts(third.path).lineage] == [str(second.path), str(first.path), MODEL]
    shutil.rmtree(first.path)
    assert "its folder is gone" in ancestors(read_manifest(third.path))[1].problem


def test_lineage_follows_names_of_the_local_registry_and_checks_weights(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "home"))
    first = zoo.finetune(MODEL, shades(), out=tmp_path / "first", epochs=1, **TINY)
    second = zoo.finetune(str(register(first.path, "first")), shades(seed=1), out=tmp_path / "b", epochs=1)
    third = zoo.finetune(str(register(second.path, "second")), shades(seed=2), out=tmp_path / "c", epochs=1)
    found = read_facts(third.path).lineage
    assert [one.model for one in found] == ["local:second@1", "local:first@1", MODEL]
    assert found == lineage(third.path)[1:]
    assert "local:first@1" in seen(third).text
    path = tmp_path / "home" / "registry" / "first" / "1" / "manifest.json"
    digest = read_manifest(path.parent).files["model.safetensors"].sha256
    path.write_text(path.read_text().replace(digest, "0" * 64))
    changed = ancestors(read_manifest(third.path))
    assert [one.model for one in changed] == ["local:second@1", "local:first@1", MODEL]
    assert "no longer the same" in changed[1].problem
