"""Files from outside, changed at random: an answer or an error of zoo, never another exception.

The doors of plugins are tested next to them: ``tests/hf``, ``tests/keras_applications`` and ``tests/tfhub``.
"""

from __future__ import annotations

from limits.doors import knock, run_documents, safetensors_header


def test_safetensors_headers():
    knock(safetensors_header(), 150)


def test_manifests_and_reports_through_commands(trained):
    knock(run_documents(trained / "run"), 40)
