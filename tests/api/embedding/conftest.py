"""The parrots on the path of other processes."""

from __future__ import annotations

import pytest
from embed_process import python


@pytest.fixture
def run(tmp_path, tmp_path_factory):
    (tmp_path / "work").mkdir()
    return python(tmp_path / "work", tmp_path / "site")
