"""Where caches are told to lie: odd names work; impossible ones are refused with the variable to set."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pytest
from cache_processes import FETCH
from hub_server import WEIGHTS
from repository import HELPERS

pytestmark = [pytest.mark.torch, pytest.mark.needs("transformers")]

SHA = hashlib.sha256(WEIGHTS).hexdigest()


def zoo(env: dict[str, str | None], *arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    """A command with variables set, or unset where None."""
    whole = {**os.environ, **{name: value for name, value in env.items() if value is not None}}
    for name, value in env.items():
        if value is None:
            whole.pop(name, None)
    whole["PYTHONPATH"] = str(HELPERS)
    command = [sys.executable, "-c", FETCH + code] if code else [sys.executable, "-m", "zoo", *arguments]
    return subprocess.run(command, env=whole, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(
    "name", ["with spaces", "Zoë's 动物园", "long/" + "x" * 200 + "/" + "y" * 100, "a;`ls`&b"]
)
def test_odd_names_work(hub, tmp_path, name):
    hub.publish("acme/net", {"model.safetensors": WEIGHTS, "config.json": b'{"model_type": "bert"}'})
    env = {"ZOO_HOME": str(tmp_path / name), "HF_HUB_CACHE": str(tmp_path / "hub" / name)}
    done = zoo(env, code=f"right(from_hub()); right(from_url({hub.url!r}))")
    assert done.returncode == 0, done.stderr
    for offline in ("0", "1"):
        pulled = zoo({**env, "ZOO_OFFLINE": offline}, "pull", "hf:acme/net", "--json")
        assert SHA in pulled.stdout, pulled.stderr
    assert zoo(env, "cache", "verify").stdout.count("sound") == 2


@pytest.mark.parametrize("env", [{"HOME": None}, {"XDG_CACHE_HOME": ""}, {"HOME": "/nonexistent"}])
def test_without_a_home_what_needs_none_works(env):
    unset = {"ZOO_HOME": None, "HF_HUB_CACHE": None, "HF_HOME": None, "XDG_CACHE_HOME": None, **env}
    done = zoo(unset, "list", "*resnet18*", "--format", "ids")
    assert done.returncode == 0, done.stderr
    assert "timm:resnet18.a1_in1k" in done.stdout.split()
    assert not done.stderr or "models" in done.stderr


@pytest.mark.parametrize(
    ("variable", "call"),
    [("HF_HUB_CACHE", "from_hub()"), ("ZOO_HOME", "from_url({url!r})")],
)
@pytest.mark.parametrize("kind", ["a file", "below a file", "a name that is too long"])
def test_impossible_places_name_the_variable(hub, tmp_path, variable, call, kind):
    (tmp_path / "file").write_text("mine")
    place = {
        "a file": tmp_path / "file",
        "below a file": tmp_path / "file" / "cache",
        "a name that is too long": tmp_path / ("x" * 300),
    }[kind]
    code = f"""
from zoo.errors import ConfigError, ResourceError
try:
    {call.format(url=hub.url)}
except (ConfigError, ResourceError) as error:
    print(error)
"""
    done = zoo({variable: str(place)}, code=code)
    assert done.returncode == 0, done.stderr
    assert variable in done.stdout
    assert str(tmp_path) in done.stdout
    assert (tmp_path / "file").read_text() == "mine"
    assert hub.count("GET", "/resolve/") == 0
