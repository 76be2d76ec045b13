"""Weights inside a plugin's package: found without importing it, and never outside of it."""

from __future__ import annotations

import hashlib
import sys

import numpy as np
import pytest
from safetensors.numpy import save

from zoo.core.cards import WeightsRef
from zoo.errors import ConfigError, IntegrityError
from zoo.registry.weights.package import package_weights

DATA = save({"stem.scale": np.ones(3, np.float32)})


@pytest.fixture
def package(tmp_path, monkeypatch):
    folder = tmp_path / "path" / "zoo_acme"
    (folder / "weights").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise SystemExit('imported')")
    (folder / "weights" / "radar.safetensors").write_bytes(DATA)
    (folder / "pickle.safetensors").write_bytes(b"\x80\x04cos\nsystem\n.")
    (tmp_path / "path" / "outside.safetensors").write_bytes(DATA)
    (folder / "link.safetensors").symlink_to(tmp_path / "path" / "outside.safetensors")
    (tmp_path / "path" / "zoo_module.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path / "path")
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "home"))
    return folder


def ref(file="weights/radar.safetensors", package="zoo_acme", **facts):
    return WeightsRef(repo=f"package:{package}", file=file, **facts)


@pytest.mark.parametrize("sha256", [None, hashlib.sha256(DATA).hexdigest()])
def test_found_and_verified_without_an_import(package, sha256):
    found = package_weights(ref(sha256=sha256))
    assert found.path.read_bytes() == DATA
    assert found.sha256 == hashlib.sha256(DATA).hexdigest()
    assert found.origin == "package://zoo_acme/weights/radar.safetensors"
    assert "zoo_acme" not in sys.modules


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"file": "../outside.safetensors"}, "does not lie inside its package"),
        ({"file": "weights/../../outside.safetensors"}, "does not lie inside its package"),
        ({"file": "/etc/passwd"}, "does not lie inside its package"),
        ({"file": "..\\outside.safetensors"}, "does not lie inside its package"),
        ({"file": "weights//radar.safetensors"}, "does not lie inside its package"),
        ({"file": ""}, "does not lie inside its package"),
        ({"file": "link.safetensors"}, "does not lie inside its package"),
        ({"file": "absent.safetensors"}, "the package has no such file"),
        ({"file": "weights"}, "not a regular file"),
        ({"file": "pickle.safetensors"}, "pickle"),
        ({"package": "zoo_nobody"}, "there is no package 'zoo_nobody'"),
        ({"package": "zoo_module"}, "there is no package 'zoo_module'"),
        ({"package": "zoo_acme.weights"}, "there is no package 'zoo_acme.weights'"),
        ({"package": ""}, "there is no package ''"),
        ({"sha256": "0" * 64}, "SHA-256 expected 0000"),
    ],
)
def test_refused(package, facts, why):
    with pytest.raises(IntegrityError, match=why):
        package_weights(ref(**facts))


def test_a_package_has_no_revisions(package):
    with pytest.raises(ConfigError, match="no revision 'v2'"):
        package_weights(ref(), revision="v2")
