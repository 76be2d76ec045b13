"""The stranger's plugin, whose model ``parrot:words`` takes texts."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest

from zoo.plugins.manager import manager

PARROT = Path(__file__).parents[1] / "parrot"


@pytest.fixture(autouse=True, scope="module")
def parrot():
    sys.path.insert(0, str(PARROT))
    manager().add(import_module("zoo_parrot"), "parrot")
    yield
    manager().remove("parrot")
    sys.path.remove(str(PARROT))


@pytest.fixture
def reviews(tmp_path):
    """A CSV of 60 short reviews, ``good`` and ``bad``."""
    praise, blame = (
        ("great film, loved it", "lovely and fine acting"),
        ("dull and awful", "a waste, poor plot"),
    )
    rows = [f'"{(praise, blame)[i % 2][i % 4 // 2]} {i}",{("good", "bad")[i % 2]}' for i in range(60)]
    path = tmp_path / "reviews.csv"
    path.write_text("\n".join(["text,label", *rows]) + "\n", encoding="utf-8")
    return path
