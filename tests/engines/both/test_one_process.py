"""Both frameworks in one process: each carries LLVM, and in the wrong order the second one is fatal."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = [pytest.mark.torch, pytest.mark.tensorflow, pytest.mark.needs("timm")]


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_a_timm_model_opens_after_tensorflow_was_started_by_its_engine():
    code = """
from zoo.plugins.manager import manager
print(manager().engine("tensorflow").devices())
import zoo
print(zoo.load("timm:test_resnet", from_scratch=True))
"""
    result = run(code)
    assert result.returncode == 0, result.stderr
    assert "zoo.Model timm:test_resnet" in result.stdout


def test_foreign_code_that_imported_tensorflow_first_gets_an_error_and_not_a_crash():
    result = run("import tensorflow, zoo; zoo.load('timm:test_resnet', from_scratch=True)")
    assert result.returncode == 1, result.returncode
    assert "TensorFlow was imported before torch" in result.stderr


@pytest.mark.slow
def test_keras_on_another_backend_is_left_alone_and_named():
    code = """
import os
os.environ["KERAS_BACKEND"] = "torch"
import torchvision, keras
from zoo.plugins.manager import manager
manager().engine("tensorflow")
"""
    result = run(code)
    assert "Keras runs on 'torch' in this process" in result.stderr
    assert "KERAS_BACKEND=tensorflow" in result.stderr


@pytest.mark.slow
def test_facts_of_both_frameworks_are_derived_in_one_process():
    done = subprocess.run(
        [sys.executable, "-m", "zoo", "registry", "check", "--deep", "--facts", "1"],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "keras not asked" not in done.stderr
    assert "timm not asked" not in done.stderr
