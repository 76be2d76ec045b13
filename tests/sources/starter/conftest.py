"""The recipe's modules, which lie next to the product and not in it, and fonts that are made for a test."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from font_files import make_font
from repository import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))


@pytest.fixture
def font(tmp_path):
    """As :func:`font_files.make_font`, by the name of a file; all lie in one folder."""

    def make(name: str, family: str, drawn, undrawn: str = "") -> Path:
        return make_font(tmp_path / "fonts" / f"{name}.ttf", family, drawn, undrawn)

    return make
