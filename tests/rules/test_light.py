"""Listing and helping load no framework; ``import zoo`` loads next to nothing."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from repository import ROOT
from source_imports import FRAMEWORKS

PROBE = """
import json, sys
sys.argv = {argv!r}
try:
    {action}
except SystemExit:
    pass
print("@@" + json.dumps(sorted(sys.modules)))
"""
RUN = "from zoo.cli import main; main()"


def loaded(action: str, argv: list[str], home: str) -> set[str]:
    code = PROBE.format(argv=argv, action=action)
    env = {
        "ZOO_HOME": home,
        "PATH": "",
        "PYTHONPATH": ":".join(str(ROOT / p) for p in ("", "plugins", "adapters")),
    }
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=60)
    assert "@@" in done.stdout, done.stderr
    return set(json.loads(done.stdout.rpartition("@@")[2]))


@pytest.mark.parametrize(
    ("action", "argv"),
    [
        ("import zoo", []),
        (RUN, ["zoo", "--help"]),
        (RUN, ["zoo", "list"]),
        (RUN, ["zoo", "list", "--json", "--source", "timm"]),
        (RUN, ["zoo", "plugins"]),
        (RUN, ["zoo", "show", "timm:resnet18.a1_in1k"]),
        (RUN, ["zoo", "finetune", "timm:resnet18.a1_in1k", "no-such-folder"]),
        ("import zoo_hf, zoo_keras, zoo_sample, zoo_starter, zoo_tensorflow, zoo_tfhub", []),
        ("import zoo_timm, zoo_torch", []),
        (RUN, ["zoo", "show", "keras:MobileNetV2"]),
        (RUN, ["zoo", "show", "starter:glyphs-keras"]),
        (RUN, ["zoo", "report", "no-such-run"]),
        ("import zoo.reporting.page, zoo.reporting.compare_runs, zoo.reporting.collect", []),
        ("from zoo.plugins.manager import manager; manager().sources()", []),
    ],
)
def test_no_framework_is_loaded(action, argv, tmp_path):
    assert not loaded(action, argv, str(tmp_path)) & FRAMEWORKS


@pytest.mark.parametrize("argv", [["zoo", "--help"], ["zoo", "list"], ["zoo", "search", "resnet"]])
def test_quick_verbs_load_no_heavy_library(argv, tmp_path):
    loaded(RUN, ["zoo", "list"], str(tmp_path))  # the first list validates the registry
    heavy = {"numpy", "pydantic", "PIL", "rich", "huggingface_hub", "sklearn", "scipy"}
    assert not loaded(RUN, argv, str(tmp_path)) & heavy


def test_import_zoo_loads_none_of_its_parts(tmp_path):
    ours = {name for name in loaded("import zoo", [], str(tmp_path)) if name.startswith("zoo.")}
    assert not ours
