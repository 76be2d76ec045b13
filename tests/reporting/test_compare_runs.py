"""``zoo report RUN RUN``."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from report_runs import MODEL, TINY, Seen, shades

import zoo
from zoo.cli.main import zoo as command

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    for name, epochs, data in (("<u>one", 2, shades()), ("two", 3, shades()), ("other", 2, shades(seed=9))):
        zoo.finetune(MODEL, data, out=root / name, epochs=epochs, **TINY)
    return root


def compared(runs, *names, out):
    done = CliRunner().invoke(
        command, ["report", *(str(runs / name) for name in names), "-o", str(out), "--json"]
    )
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout), Seen(out.read_text(encoding="utf-8"))


def test_runs_on_the_same_data_are_compared_figure_by_figure(runs, tmp_path):
    tree, page = compared(runs, "<u>one", "two", out=tmp_path / "c.html")
    assert tree["warnings"] == []
    assert tree["settings"] == {"train.epochs": ["2", "3"]}
    assert tree["figures"]["split"] == ["val, 5 examples", "val, 5 examples"]
    assert "on the same data and splits" in page.text
    assert "<u>one" in page.text
    assert "u" not in page.tags
    assert {value for _, name, value in page.attributes if name == "class"} >= {"line s1", "line s2"}


def test_different_data_are_said_to_be_different(runs, tmp_path):
    tree, page = compared(runs, "two", "other", out=tmp_path / "c.html")
    assert "different data" in tree["warnings"][0]
    assert tree["warnings"][0] in page.text


def test_a_run_is_not_compared_with_itself(runs):
    done = CliRunner().invoke(command, ["report", str(runs / "two"), str(runs / "two")])
    assert done.exception.exit_code == 2


@pytest.mark.parametrize("number", [1, 2])
def test_nothing_is_overwritten_unless_forced_and_a_run_never(runs, tmp_path, monkeypatch, number):
    monkeypatch.chdir(tmp_path)
    # The runs as they are named on a command line.
    names = [str(runs / name) for name in ("two", "other")][:number]

    def code(*options):
        done = CliRunner().invoke(command, ["report", *names, *options])
        return getattr(done.exception, "exit_code", done.exit_code)

    needed = ["manifest.json", "model.safetensors", "config.toml", "log.jsonl", "README.md", "report.json"]
    before = {name: (runs / "two" / name).read_bytes() for name in needed}
    (tmp_path / "link").symlink_to(runs / "two")
    for name in needed:
        assert code("-o", str(runs / "two" / name)) == code("-o", str(runs / "two" / name), "--force") == 2
        assert code("-o", f"link/{name}", "--force") == 2
        assert (runs / "two" / name).read_bytes() == before[name]
    (tmp_path / "thesis.html").write_text("years of work")
    assert code("-o", "thesis.html") == 2
    assert (tmp_path / "thesis.html").read_text() == "years of work"
    assert code("-o", "thesis.html", "--force") == 0
    assert "years of work" not in (tmp_path / "thesis.html").read_text()
    # Without -o: the run's own page is made again, a comparison that is there stays.
    assert [code(), code()] == [0, 0 if number == 1 else 2]
