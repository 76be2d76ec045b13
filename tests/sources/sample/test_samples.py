"""Samples that are made from what is on this machine: Python's docstrings, installed fonts."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from font_files import make_font
from zoo_sample import fonts
from zoo_sample.scripts import LETTERS

import zoo
from zoo.errors import DataError


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_the_texts_are_sentences_of_four_topics_each_once():
    opened = zoo.data("sample:texts")
    assert opened.task.names == ("files", "network", "numbers", "time")
    counts = Counter(opened.labels)
    assert min(counts.values()) >= 50
    texts = [opened.inputs.read(i, None) for i in range(len(opened))]
    assert len({text.lower() for text in texts}) == len(texts)
    assert "Return the largest representable number smaller than x" in texts
    assert all(20 <= len(text) <= 200 for text in texts)
    assert zoo.data("sample:texts").fingerprint == opened.fingerprint


def script_font(path, family, letters, seed):
    """A font in which each letter is three boxes of its own."""
    random = np.random.default_rng(seed)

    def boxes():
        corners = random.integers(0, 500, (3, 2)).tolist()
        return tuple((x, y, x + 80 + 40 * n, y + 300 - 80 * n) for n, (x, y) in enumerate(corners))

    return make_font(path, family, {letter: boxes() for letter in letters})


def test_a_script_is_drawn_from_fonts_and_split_by_family(monkeypatch, tmp_path):
    folder = tmp_path / "fonts"
    families = ("DejaVu Sans", "DejaVu Sans Mono", "Linux Libertine O", "Noto Rashi Hebrew")
    for number, family in enumerate(families):
        script_font(folder / f"font{number}.ttf", family, LETTERS["hebrew"], number)
    script_font(folder / "latin.ttf", "Lato", "ABC", 9)
    monkeypatch.setattr(fonts, "folders", lambda: [folder])
    opened = zoo.data("sample:hebrew")
    assert opened.task.width == 22
    assert {"alef", "bet", "tav"} <= set(opened.task.names)
    files = {name: [opened.inputs.name(i) for i in part] for name, part in opened.splits.items()}
    assert {file.partition("font")[2][0] for file in files["test"]} == {"3"}
    assert {file.partition("font")[2][0] for file in files["train"]} == {"0", "1", "2"}
    assert len(files["test"]) == 22 * 5
    # Other fonts give other images, so they lie in another folder.
    (folder / "font3.ttf").unlink()
    again = zoo.data("sample:hebrew")
    assert again.fingerprint != opened.fingerprint
    assert not len(again.splits.get("test", ()))


def test_without_a_font_a_script_names_the_packages(monkeypatch, tmp_path):
    monkeypatch.setattr(fonts, "folders", lambda: [tmp_path / "no-fonts"])
    with pytest.raises(DataError, match="no font on this machine draws Hebrew") as caught:
        zoo.data("sample:hebrew")
    assert "apt-get install fonts-dejavu-core" in caught.value.hint
