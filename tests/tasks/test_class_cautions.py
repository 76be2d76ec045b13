"""Imbalanced classes, classes of few examples, and classes of which no example was recognized."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from noise_images import noise
from starters import MODELS

import zoo
from zoo import Classification
from zoo.cli.evaluate_ import command as evaluate
from zoo.cli.finetune_ import command as finetune
from zoo.reporting.sections import section_of
from zoo.tasks.classification.cautions import split_cautions, training_cautions

TASK = Classification(classes=("common", "rare", "absent"))


def training(*counts, balanced=False):
    """The cautions of a training part with so many examples of each class."""
    targets = np.repeat(np.arange(len(counts)), counts)
    return [one.text for one in training_cautions(TASK, targets, balanced=balanced)]


@pytest.mark.parametrize(("rare", "said"), [(20, True), (21, False)])
def test_imbalance_is_stated_from_five_to_one(rare, said):
    found = training(100, rare, 100)
    assert bool(found) is said
    if said:
        assert found == [
            "Classes are imbalanced in train, 5:1 (common 100, rare 20): accuracy hides errors on rare "
            "classes, balanced accuracy does not; to weigh them alike: --sampling balanced or "
            "--set train.class_weights=auto."
        ]
        [weighed] = training(100, rare, 100, balanced=True)
        assert weighed.endswith("the training weighed them alike.")
        assert "--" not in weighed


def test_classes_of_fewer_than_ten_examples_are_named_the_rarest_first():
    assert training(10, 10, 10) == []
    assert training(10, 9, 10) == ["1 class has fewer than 10 training examples: rare (9)."]
    [_, few] = training(100, 9, 0)
    assert few == "2 classes have fewer than 10 training examples: absent (0), rare (9)."
    many = Classification(classes=tuple("abcdefg"))
    [few] = training_cautions(many, np.arange(7), balanced=False)
    assert few.text.endswith("a (1), b (1), c (1), d (1), e (1) and 2 more.")
    assert not few.fault


def test_a_recall_of_zero_is_a_fault_and_a_class_without_examples_is_none():
    truth = np.array([0] * 8 + [1] * 3)
    said = np.eye(3, dtype=np.float32)[np.zeros(11, int)]
    [found] = split_cautions(TASK, "test", TASK.per_name(TASK.observe(said, truth)))
    assert found.text == "Recall is zero for 1 class on test, no example was recognized: rare (0 of 3)."
    assert found.fault
    said[8] = [0, 1, 0]
    assert not list(split_cautions(TASK, "test", TASK.per_name(TASK.observe(said, truth))))


def test_a_task_without_cautions_has_none():
    task = zoo.Regression(targets=("x",))
    section = section_of(task.kind)
    assert not list(section.training_cautions(task, np.zeros((3, 1)), balanced=False))
    assert not list(section.split_cautions(task, "val", {}))


@pytest.mark.engine
def test_they_are_in_the_terminal_at_the_top_of_the_page_and_in_the_card(tmp_path, monkeypatch):
    """Of an imbalanced table of noise, the rare class is not recognized."""
    from PIL import Image

    monkeypatch.setenv("ZOO_HOME", str(tmp_path))
    lines = ["path,label"]
    for i, pixels in enumerate(noise(72)[0]):
        Image.fromarray(pixels).save(tmp_path / f"{i}.png")
        lines.append(f"{i}.png,{'rare' if i % 12 == 0 else 'common_*'}")
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    out = tmp_path / "run"
    wish = [MODELS[0], str(tmp_path / "t.csv"), "--set", "split.val=0.34", "--set", "train.keep=last"]
    wish += ["--head", "gradient", "--epochs", "1", "--baselines", "none"]
    shown = CliRunner().invoke(finetune, [*wish, "--out", str(out)], catch_exceptions=False)
    kept = json.loads((out / "report.json").read_text())["cautions"]
    assert [one.get("fault", False) for one in kept] == [True, False, False]
    texts = [one["text"] for one in kept]
    assert texts[0] == "Recall is zero for 1 class on val, no example was recognized: rare (0 of 2)."
    assert "11:1 (common_* 44, rare 4)" in texts[1]
    assert texts[2].endswith("training examples: rare (4).")
    assert [line for line in shown.stdout.splitlines() if line.startswith("caution: ")] == [
        f"caution: {text}" for text in texts
    ]
    page = (out / "report.html").read_text()
    top = page[page.index('<ul class="cautions"') : page.index("<main>")]
    assert (
        top.index('<li class="bad">Recall is zero')
        < top.index("Classes are imbalanced")
        < top.index("rare (4)")
    )
    card = (out / "README.md").read_text()
    assert card.count("- **Caution**: ") == 3
    assert card.index("## Results") < card.index("Recall is zero") < card.index("| metric | value |")
    assert "common\\_\\* 44" in card
    asked = [str(out), str(tmp_path / "t.csv")]
    assert f"caution: {texts[0]}" in CliRunner().invoke(evaluate, asked, catch_exceptions=False).stdout
    tree = json.loads(CliRunner().invoke(evaluate, [*asked, "--json"], catch_exceptions=False).stdout)
    assert texts[0] in tree["cautions"]
    weighed = [*wish, "--set", "train.class_weights=auto", "--json", "--out", str(tmp_path / "b")]
    tree = json.loads(CliRunner().invoke(finetune, weighed, catch_exceptions=False).stdout)
    assert any("the training weighed them alike" in text for text in tree["cautions"])
