"""A task of another distribution, installed by pip: nothing in zoo knows it, and everything works with it."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from repository import ROOT

ORDINAL = ROOT / "tests" / "ordinal"
STARTERS = {"torch": "starter:glyphs", "tensorflow": "starter:glyphs-keras"}
MODELS = [
    "parrot:mimic-s",
    *(model for library, model in STARTERS.items() if importlib.util.find_spec(library)),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
    ]
    for distribution in (ORDINAL, ROOT / "tests" / "parrot"):
        subprocess.run([*pip, "--target", str(folder), str(distribution)], check=True, timeout=120)
    return folder


@pytest.fixture
def run(site, tmp_path):
    def call(*words, code=0, plugins=True):
        done = subprocess.run(
            [sys.executable, "-m", "zoo", *map(str, words)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            env={
                "PATH": os.environ.get("PATH", ""),
                "PYTHONPATH": str(site) if plugins else "",
                "ZOO_HOME": str(tmp_path / "home"),
                "ZOO_OFFLINE": "1",
                "OMP_NUM_THREADS": "1",
            },
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout if code == 0 else done.stderr

    return call


def graded(folder, per_level=12):
    """Images of a bar that is as long as their grade, 0 to 4, in a table with the grades as numbers."""
    random, rows = np.random.default_rng(0), ["path,label"]
    from PIL import Image

    for grade in range(5):
        for number in range(per_level):
            pixels = random.integers(200, 256, (32, 32, 3)).astype(np.uint8)
            pixels[:, : 4 + 6 * grade] //= 4
            name = f"{grade}-{number}.png"
            Image.fromarray(pixels).save(folder / name)
            rows.append(f"{name},{grade}")
    (folder / "grades.csv").write_text("\n".join(rows))
    return folder / "grades.csv"


@pytest.mark.parametrize("model", MODELS)
def test_it_is_trained_evaluated_and_asked_on_every_engine(run, tmp_path, model):
    table, out = graded(tmp_path), tmp_path / "run"
    options = ["--task", "ordinal", "--freeze", "nothing", "--epochs", "8", "--batch-size", "8"]
    trained = json.loads(run("finetune", model, table, *options, "--lr", "0.02", "--json", "--out", out))
    metrics = trained["report"]["metrics"]["val"]
    assert list(metrics)[:2] == ["mae", "quadratic_weighted_kappa"]
    # The median level is off by 1.2 ranks.
    assert metrics["mae"] < 1.0
    again = json.loads(run("evaluate", out, table, "--split", "val", "--json"))
    assert again["metrics"] == pytest.approx(metrics)
    rows = tmp_path / "rows.csv"
    asked = [tmp_path / "0-0.png", tmp_path / "4-0.png"]
    answers = json.loads(run("predict", out, *asked, "--json", "-o", rows))
    columns = ["file", "prediction", "probability", *(f"p:{level}" for level in range(5))]
    assert rows.read_text().splitlines()[0].split(",") == columns
    first, last = (int(one["label"]) for one in answers["predictions"])
    assert first < last
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Each level" in page
    assert "mean absolute error in ranks" in page
    # Without the package the run is listed and shown, and refused where its task is needed.
    assert "ordinal" in run("show", out, plugins=False)
    assert "ordinal" in run("evaluate", out, table, code=4, plugins=False)


def test_it_says_nothing_about_data_that_it_was_not_asked_for(run, tmp_path):
    shown = json.loads(run("finetune", "parrot:mimic-s", graded(tmp_path), "--dry-run", "--json"))
    assert "ordinal" not in json.dumps(shown)


def test_levels_without_an_order_are_refused(run, tmp_path):
    table = graded(tmp_path, 2)
    table.write_text(table.read_text().replace(",0", ",low").replace(",4", ",high"))
    said = run("finetune", "parrot:mimic-s", table, "--task", "ordinal", code=3)
    assert "the order of the levels is not known" in said
    assert "task=Ordinal" in said


@pytest.mark.parametrize("model", MODELS[1:])
def test_without_the_package_its_name_is_unknown(run, tmp_path, model):
    said = run("finetune", model, graded(tmp_path, 2), "--task", "ordinal", code=2, plugins=False)
    assert "there is no task 'ordinal'" in said


def test_metrics(site, monkeypatch):
    monkeypatch.syspath_prepend(str(site))
    from sklearn.metrics import cohen_kappa_score
    from zoo_ordinal.task import Ordinal

    random = np.random.default_rng(0)
    task, targets = Ordinal(levels=tuple("abcde")), random.integers(5, size=200)
    outputs = (targets[:, None] - np.arange(4) - 0.5 + random.normal(0, 1, (200, 4))).astype(np.float32)
    rows = task.observe(outputs, targets)
    metrics = task.metrics(rows)
    kappa = cohen_kappa_score(targets, rows["said"], weights="quadratic")
    assert metrics["quadratic_weighted_kappa"] == pytest.approx(kappa)
    assert metrics["mae"] == pytest.approx(np.abs(targets - rows["said"]).mean())
    np.testing.assert_allclose(task.scores(outputs).sum(1), 1)
    parts = [task.observe(outputs[i : i + 7], targets[i : i + 7]) for i in range(0, 200, 7)]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in rows}
    assert task.metrics(joined) == metrics
