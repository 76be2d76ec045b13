"""The backend is the user's choice: another one is refused before Keras is imported, and never switched."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.tensorflow

CODE = """
import sys
from zoo_keras.loader import KerasLoader
from zoo.errors import ConfigError
loader = KerasLoader()
card = loader.describe("MobileNetV2")
try:
    loader.open(card, None, input_size=(32, 32))
except ConfigError as error:
    print(error.exit_code, error.hint, sorted({"keras", "torch", "tensorflow"} & set(sys.modules)))
"""


ENGINE = """
import sys
import zoo
from zoo.errors import ConfigError
try:
    zoo.load("starter:glyphs-keras")
except ConfigError as error:
    print(error.exit_code, error.hint, sorted({"keras", "torch", "tensorflow"} & set(sys.modules)))
"""


def test_a_backend_that_is_not_even_installed_is_named_by_the_engine():
    env = {**os.environ, "KERAS_BACKEND": "jax"}
    done = subprocess.run(
        [sys.executable, "-c", ENGINE], env=env, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "2 start again with KERAS_BACKEND=tensorflow in the environment []"


@pytest.mark.parametrize("how", ["variable", "file"])
def test_another_backend_is_refused_before_anything_is_imported(how, tmp_path):
    env = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    if how == "variable":
        env["KERAS_BACKEND"] = "torch"
    else:
        (tmp_path / "keras.json").write_text(json.dumps({"backend": "torch"}))
        env["KERAS_HOME"] = str(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", CODE], env=env, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "2 set KERAS_BACKEND=tensorflow before Python starts []"
