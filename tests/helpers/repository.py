"""Where things lie in the working tree."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
HELPERS = TESTS / "helpers"
PARROT = TESTS / "parrot"
"""A third-party distribution with a source and an engine in plain numpy, not installed."""
