"""Configurations and tokenizers, changed at random: an answer or an error of zoo, never another exception."""

from __future__ import annotations

from hf.making import bert
from limits.doors import hf_folder, knock


def test_configurations_and_tokenizers(tmp_path):
    bert(tmp_path / "model", bare=True)
    knock(hf_folder(tmp_path / "model"), 8)
