"""What is built is what is needed: a wheel, made from the source distribution, that works on its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from repository import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """A wheel built by way of the source distribution, from the files that git knows."""
    room = tmp_path_factory.mktemp("build")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (room / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, room / "tree" / name)
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "-o", str(room), str(room / "tree")],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    return next(room.glob("*.whl"))


def test_the_wheel_holds_the_code_and_the_shelf_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names if ".dist-info" not in name}
    shelves = {"hf", "keras", "sample", "starter", "tensorflow", "tfhub", "timm", "torch"}
    assert tops == {"zoo", *(f"zoo_{name}" for name in shelves)}
    assert {"zoo/registry.json", "zoo/py.typed", "zoo/testing/__init__.py"} <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    weights = [name for name in names if name.endswith(".safetensors")]
    assert weights == ["zoo_starter/glyphs.safetensors"]
    assert "zoo_starter/catalogue.json" in names
    assert wheel.stat().st_size < 4e6
    # Templates and the like, wherever they lie.
    files = [path for top in ("zoo", "plugins", "adapters") for path in (ROOT / top).rglob("*")]
    inside = [path.relative_to(ROOT) for path in files if path.is_file() and path.suffix != ".pyc"]
    assert {"/".join(path.parts[path.parts[0] != "zoo" :]) for path in inside} <= set(names)
    assert not [name for name in names if "test_" in name or name.endswith((".pyc", ".pkl", ".pt"))]


def test_the_wheel_works_without_its_source_tree(wheel, tmp_path):
    site = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--no-deps", "--target", str(site), str(wheel)],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    code = """
import sys
sys.modules |= dict.fromkeys(["torch", "torchvision", "timm", "transformers", "tensorflow", "keras"])
import zoo
from click.testing import CliRunner
from zoo.cli.main import zoo as command
assert zoo.__file__.startswith(sys.argv[1]), zoo.__file__
for words in (
    "list", "search vit", "show timm:resnet18.a1_in1k", "show starter:glyphs", "pull starter:glyphs",
    "compare timm:resnet18.a1_in1k keras:ResNet50", "registry check", "plugins", "cache ls", "--help",
):
    done = CliRunner().invoke(command, words.split())
    assert done.exit_code == 0, (words, done.output, done.exception)
print(len(zoo.list_models("*resnet18*", license="permissive")))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(site)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(site), "ZOO_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 5
