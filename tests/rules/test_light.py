"""Listing and helping load no framework; ``import zoo`` loads next to nothing."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from repository import ROOT
from source_imports import FRAMEWORKS, packages

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


def ours(action: str, home: str) -> set[str]:
    return {name for name in loaded(action, [], home) if name.startswith("zoo.")}


def test_import_zoo_loads_none_of_its_parts(tmp_path):
    assert ours("import zoo", str(tmp_path)) == {"zoo.utils", "zoo.utils.lazy"}


def test_a_plugin_loads_its_records_and_nothing_else(tmp_path):
    """The records of all plugins are read at every start."""
    records = {"zoo.plugin", "zoo.plugins", "zoo.plugins.hookspecs", "zoo.plugins.records"}
    action = f"import {', '.join(name for name in packages() if name != 'zoo')}"
    assert ours(action, str(tmp_path)) == {"zoo.utils", "zoo.utils.lazy"} | records


def test_a_namespace_loads_what_is_taken_from_it(tmp_path):
    """Quick hooks take helpers: ``zoo list`` asks sources which of their models are on this disk."""
    action = "from zoo.plugin import data, engines, files, hub, messages, registry; files.cache_dir"
    parts = ours(action, str(tmp_path))
    assert {name for name in parts if not name.startswith("zoo.plugin")} == {
        "zoo.utils", "zoo.utils.lazy", "zoo.utils.paths",
    }  # fmt: skip
