"""Files from outside, changed at random: an answer or an error of zoo, never another exception.

The targets of plugins are tested next to them: ``tests/sources/hf``, ``keras`` and ``tfhub``.
"""

from __future__ import annotations

import pytest
from fuzz_targets import fuzz, run_documents, safetensors_header

pytestmark = pytest.mark.usefixtures("parrot", "home")


def test_safetensors_headers():
    fuzz(safetensors_header(), 150)


def test_manifests_and_reports_through_commands(trained):
    fuzz(run_documents(trained / "run"), 40)
