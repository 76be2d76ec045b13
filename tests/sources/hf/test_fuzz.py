"""Configurations and tokenizers, changed at random: an answer or an error of zoo, never another exception."""

from __future__ import annotations

import pytest
from fuzz_targets import fuzz, hf_folder
from hf_models import bert

pytestmark = [pytest.mark.torch, pytest.mark.needs("transformers", "sentence_transformers")]


def test_configurations_and_tokenizers(tmp_path):
    bert(tmp_path / "model", bare=True)
    fuzz(hf_folder(tmp_path / "model"), 8)
