"""Archives, changed at random: unpacked or refused, and nothing outside the folder in any case."""

from __future__ import annotations

from limits.doors import knock, tar_archive


def test_tar_archives():
    knock(tar_archive(), 150)
