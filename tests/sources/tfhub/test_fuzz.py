"""Archives, changed at random: unpacked or refused, and nothing outside the folder in any case."""

from __future__ import annotations

import pytest
from fuzz_targets import fuzz, tar_archive

pytestmark = pytest.mark.tensorflow


def test_tar_archives():
    fuzz(tar_archive(), 150)
