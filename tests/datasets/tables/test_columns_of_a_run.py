"""A run knows how its data were read: evaluate and embed need not be given it again."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from data_files import noise

import zoo
from zoo.cli.embed_ import command as embed
from zoo.cli.evaluate_ import command as evaluate
from zoo.cli.finetune_ import command as finetune

pytestmark = pytest.mark.torch


def done(command, *arguments):
    found = CliRunner().invoke(command, [str(one) for one in arguments], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


@pytest.fixture
def table(tmp_path):
    rows = []
    for i in range(24):
        noise(8, 8, seed=i).save(tmp_path / f"{i}.png")
        rows.append(f"{i}.png,{i // 6},{('x', 'x,y', 'y')[i % 3]}")
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["scan;who;finding", *(row.replace(",", ";", 2) for row in rows)]))
    return path


def test_a_run_remembers_its_columns(table, tmp_path):
    roles = ["--columns", "path=Scan,label=finding", "--group", "who", "--label-separator", ","]
    run = tmp_path / "run"
    done(
        finetune,
        "starter:glyphs",
        table,
        *roles,
        "--baselines",
        "none",
        "--no-report",
        "--out",
        run,
        "--json",
    )
    assert (
        'columns = {"path" = "Scan", "label" = "finding", "group" = "who"}'
        in (run / "config.toml").read_text()
    )
    model = zoo.load(run)
    assert model.task.names == ("x", "y")
    own = done(evaluate, run, table, "--json")
    assert (own["split"], own["overlap"]["trained_on"]) == ("val", 0)
    other = table.with_name("other.csv")
    other.write_text(table.read_text().partition("\n")[0] + "\n23.png;9;y\n")
    assert done(evaluate, run, other, "--json")["examples"] == 1
    renamed = table.with_name("renamed.csv")
    renamed.write_text("image,findings\n22.png,x\n")
    chosen = ["--columns", "path=image,label=findings"]
    assert done(evaluate, run, renamed, *chosen, "--json")["examples"] == 1
    assert done(embed, run, renamed, *chosen, "-o", tmp_path / "v.npy", "--json")["vectors"] == 1


def test_a_run_remembers_how_its_folder_is_read(tmp_path):
    for name in ("train", "test"):
        (tmp_path / "data" / name).mkdir(parents=True)
        for i in range(5):
            noise(8, 8, seed=i + 5 * (name == "test")).save(tmp_path / "data" / name / f"{i}.png")
    settings = [
        "--layout",
        "classes",
        "--baselines",
        "none",
        "--no-report",
        "--out",
        tmp_path / "run",
        "--json",
    ]
    done(finetune, "starter:glyphs", tmp_path / "data", *settings)
    written = ["--split", "val", "-o", tmp_path / "v.npy", "--json"]
    assert done(embed, tmp_path / "run", tmp_path / "data", *written)["vectors"] == 2
