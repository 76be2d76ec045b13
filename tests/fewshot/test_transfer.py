"""``zoo transfer``: the same few examples for a model and for its controls."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner
from starters import stripes

import zoo
from zoo.cli.transfer_ import command
from zoo.controls.plain import plain
from zoo.errors import ConfigError
from zoo.fewshot import Row, Study
from zoo.fewshot.examples import asked, few


@pytest.fixture(scope="module")
def data():
    return zoo.data(stripes(40))


def test_fewer_examples_are_among_more_and_none_is_asked_about(data):
    one, five = few(data, 1, 0), few(data, 5, 0)
    assert len(one) == 2
    assert len(five) == 10
    assert set(one) < set(five) <= set(data.splits["train"])
    assert [data.labels[i] for i in five].count("lying") == 5
    assert (few(data, 5, 0) == five).all()
    assert set(few(data, 5, 1)) != set(five)
    assert not set(asked(data, 1000)) & set(data.splits["train"])
    assert len(asked(data, 7)) == 7
    with pytest.raises(ConfigError, match="class 'lying' has 32 training examples, 50 are asked for"):
        few(data, 50, 0)


def test_every_way_gets_the_same_examples_and_is_asked_the_same(data):
    study = zoo.transfer("starter:glyphs", data, shots=(1, 4, 999), draws=2, steps=3)
    assert study.ways == ("frozen", "tuned", "scratch", "random", "plain")
    assert study.shots == (1, 4)
    assert any("999 examples a class are left out" in note for note in study.notes)
    assert len(study.rows) == 5 * 2 * 2
    assert study.asked == 16
    assert all(0 <= row.value <= 1 for row in study.rows)
    # Solved heads are the same twice.
    again = zoo.transfer("starter:glyphs", data, shots=(4,), draws=1, ways=("frozen", "plain"))
    assert again.values("frozen", 4) == study.values("frozen", 4)[:1]
    assert again.values("plain", 4) == study.values("plain", 4)[:1]
    # Directions of strokes are what letters are made of: one example each will do.
    assert study.mean("frozen", 4) > 0.8


def test_random_weights_are_others_in_every_draw(data, monkeypatch):
    import zoo.fewshot.study as module

    opened = []

    def load(*args, **kwargs):
        opened.append((kwargs["from_scratch"], kwargs["seed"]) if "seed" in kwargs else None)
        return zoo.load(*args, **kwargs)

    monkeypatch.setattr(module, "load", load)
    zoo.transfer("starter:glyphs", data, shots=(1,), draws=2, ways=("frozen", "random"))
    assert opened == [None, (False, 0), (True, 0), (False, 1), (True, 1)]


def _verdict(**values: list[list[float]]) -> str:
    """Of 1 and 10 examples a class, by way: the figures of the draws."""
    rows = [
        Row(way=way, shots=shots, draw=draw, value=value)
        for way, table in values.items()
        for shots, draws in zip((1, 10), table, strict=True)
        for draw, value in enumerate(draws)
    ]
    draws = len(next(iter(values.values()))[0])
    facts = {"model": "m", "data": "d", "metric": "accuracy", "draws": draws, "steps": 1, "asked": 9}
    return Study(**facts, shots=(1, 10), rows=tuple(rows)).verdict()


WELL, ILL = [0.9, 0.9, 0.9], [0.5, 0.5, 0.5]
MOSTLY, SCRATCH = [0.9, 0.92, 0.59], [0.6, 0.61, 0.6]


@pytest.mark.parametrize(
    ("frozen", "words"),
    [
        ([WELL, WELL], "transfer pays at 1 and 10 examples a class, in every draw"),
        (
            [WELL, MOSTLY],
            "transfer pays at 1 example a class, in every draw; "
            "at 10 it is ahead on average, but not in every draw",
        ),
        (
            [WELL, ILL],
            "transfer pays at 1 example a class, in every draw; at 10 from scratch is as good on average",
        ),
        (
            [ILL, MOSTLY],
            "transfer is ahead at 10 examples a class on average, but not in every draw; "
            "at 1 from scratch is as good on average",
        ),
        (
            [ILL, SCRATCH],
            "transfer does not pay here: on average from scratch is as good at every number of examples",
        ),
    ],
)
def test_the_verdict_says_what_the_means_and_the_draws_do(frozen, words):
    assert _verdict(frozen=frozen, scratch=[SCRATCH, SCRATCH]) == words
    # Either of the pretrained ways will do.
    assert _verdict(frozen=[ILL, ILL], tuned=frozen, scratch=[SCRATCH, SCRATCH]) == words
    assert _verdict(frozen=frozen) == ""


def test_the_same_figures_in_another_order_lead_by_nothing():
    # Their differences sum to 2e-17.
    said = _verdict(frozen=[[1.0, 0.45, 0.8]] * 2, scratch=[[0.45, 0.8, 1.0]] * 2)
    assert "does not pay" in said


@pytest.mark.parametrize("frozen", [[[0.61], [0.61]], [[0.59], [0.59]]])
def test_one_draw_cannot_tell(frozen):
    said = _verdict(frozen=frozen, scratch=[[0.6], [0.6]])
    assert said == "one draw of examples cannot tell whether transfer pays: ask for more, --draws 3"


def test_texts_have_a_control_of_their_own():
    texts = ["the cat sat", "the dog ran", "a cat slept", "a dog barked"] * 5
    opened = zoo.data((texts, ["cat", "dog"] * 10))
    from zoo.records import TextInput

    control = plain(TextInput())
    rows = control.rows(opened, np.arange(20), TextInput())
    vectors = control.learn(rows)(rows[:4])
    assert np.allclose(np.linalg.norm(vectors, axis=1), np.linalg.norm(vectors[0]))
    assert vectors[0] @ vectors[2] > vectors[0] @ vectors[3]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ways": ("frozzen",)}, "there is no way 'frozzen'"),
        ({"ways": ()}, "no way to compare"),
        ({"shots": ()}, "1 and more"),
        ({"draws": 0}, "1 and more"),
        ({"shots": (500,)}, "has 32 training examples, 500 are asked for"),
    ],
)
def test_wrong_arguments_are_named(data, arguments, message):
    with pytest.raises(ConfigError, match=message):
        zoo.transfer("starter:glyphs", data, **arguments)


def test_only_classes_can_be_counted():
    pictures, _ = stripes(10)
    with pytest.raises(ConfigError, match="is a regression"):
        zoo.transfer("starter:glyphs", (pictures, np.linspace(0, 1, 20)))


@pytest.mark.parametrize("rate", ["-1", "nan"])
def test_a_rate_that_cannot_be_is_named(rate):
    error = CliRunner().invoke(command, ["starter:glyphs", "sample:digits", "--lr", rate]).exception
    assert isinstance(error, ConfigError)
    assert "setting 'lr' cannot be" in error.message


def test_the_command_prints_a_table_or_json(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_HOME", str(tmp_path))
    wish = ["starter:glyphs", "sample:digits", "--shots", "1,5", "--ways", "frozen,plain", "--most", "100"]
    shown = CliRunner().invoke(command, wish, catch_exceptions=False)
    lines = shown.stdout.splitlines()
    assert lines[0].startswith("accuracy in % on 100 held-out inputs of sample:digits, mean of 3 draws")
    assert lines[1].split("\t") == ["examples a class", "frozen", "plain"]
    assert [line.split("\t")[0] for line in lines[2:4]] == ["1", "5"]
    tree = json.loads(CliRunner().invoke(command, [*wish, "--json"], catch_exceptions=False).stdout)
    assert tree["schema"] == "zoo.transfer/1"
    assert len(tree["rows"]) == 2 * 2 * 3
    mean = np.mean([row["value"] for row in tree["rows"] if (row["way"], row["shots"]) == ("frozen", 5)])
    assert lines[3].split("\t")[1].startswith(f"{100 * mean:.1f} ")
    assert CliRunner().invoke(command, [*wish[:2], "--shots", "few"]).exit_code == 2
