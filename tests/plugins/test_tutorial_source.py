"""The PyTorch source of docs/plugins.md, as it stands there, loads weights and passes the kit."""

from __future__ import annotations

import re
import sys
from types import ModuleType

import pytest
from repository import ROOT
from safetensors.torch import save_file

import zoo
from zoo.errors import IntegrityError
from zoo.plugin import Source, hookimpl
from zoo.plugins.manager import manager
from zoo.testing import run_checks

pytestmark = pytest.mark.torch

MODULE = "tutorial_acme"


class Plugin:
    @hookimpl
    def zoo_sources(self):
        yield Source(name="acme", framework="torch", target=f"{MODULE}:AcmeLoader")


@pytest.fixture(scope="module")
def acme():
    text = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    [block] = [
        one for one in re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE) if "AcmeL" in one
    ]
    module = ModuleType(MODULE)
    exec(compile(block, MODULE, "exec"), vars(module))
    sys.modules[MODULE] = module
    manager().add(Plugin(), "acme")
    yield module
    manager().remove("acme")
    del sys.modules[MODULE]


def test_it_keeps_every_promise(acme):
    results = run_checks("acme:s24")
    assert [f"{one.check}: {one.reason}" for one in results if not one.good] == []
    assert "check_weights_arrive_in_the_model" in {one.check for one in results if one.outcome == "passed"}


def test_its_weights_are_loaded_or_refused(acme, tmp_path):
    state = acme.build().state_dict()
    save_file(state, tmp_path / "good.safetensors")
    loaded = zoo.load("acme:s24", weights=tmp_path / "good.safetensors").adapter.backbone.loaded
    assert (loaded.origin, loaded.loaded, loaded.total) == ("pretrained", len(state), len(state))
    state.pop("stem.0.weight")
    save_file(state, tmp_path / "bad.safetensors")
    with pytest.raises(IntegrityError, match=r"not the weights of acme:s24.*stem\.0\.weight"):
        zoo.load("acme:s24", weights=tmp_path / "bad.safetensors")
