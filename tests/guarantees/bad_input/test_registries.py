"""Rows H1 and I: a damaged registry or plugin of a stranger never hides what is ours."""

from __future__ import annotations

import json

import pytest
from command_errors import complains

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]

PLUGIN = """
from zoo.plugin import Source, hookimpl

@hookimpl
def zoo_sources():
    target, catalogue = "zoo_acme.loader:Loader", "zoo_acme:registry.json"
    yield Source(name="acme", framework="acme", target=target, catalogue=catalogue)
"""


def stranger(work, registry: str | bytes | None, code: str = PLUGIN) -> dict[str, str]:
    """An installed distribution ``zoo-acme``; returns the environment in which it is."""
    site = work.parent / "site"
    (site / "zoo_acme").mkdir(parents=True)
    (site / "zoo_acme" / "__init__.py").write_text(code)
    info = site / "zoo_acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: zoo-acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[zoo]\nacme = zoo_acme\n")
    if registry is not None:
        data = registry if isinstance(registry, bytes) else registry.encode()
        (site / "zoo_acme" / "registry.json").write_bytes(data)
    return {"PYTHONPATH": str(site)}


def card(id: str, **fields) -> dict:
    return {"id": id, "framework": "acme", **fields}


def shelf(*cards: dict, schema: int = 1) -> str:
    return json.dumps({"schema": schema, "cards": list(cards)})


DAMAGED = {
    "missing": None,
    "empty": "",
    "cut": shelf(card("acme:a"))[:-5],
    "not JSON": "hello",
    "a list": "[]",
    "newer": shelf(card("acme:a"), schema=2),
    "NaN": '{"schema": 1, "cards": [NaN]}',
    "duplicate key": '{"schema": 1, "schema": 1, "cards": []}',
    "duplicate id": shelf(card("acme:a"), card("acme:a")),
    "unknown field": shelf(card("acme:a", colour="blue")),
    "foreign id": shelf(card("timm:resnet18.a1_in1k")),
    "no id": '{"schema": 1, "cards": [{"framework": "acme"}]}',
    "UTF-16": shelf(card("acme:a")).encode("utf-16"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_catalogue_is_named_and_ours_stays(zoo, kind):
    outcome = zoo("list", env=stranger(zoo.work, DAMAGED[kind]))
    assert outcome.code == 0, outcome.err
    assert "zoo-acme" in outcome.err
    assert "Traceback" not in outcome.err
    assert "timm:resnet18.a1_in1k" in outcome.out
    assert "acme:" not in outcome.out


@pytest.mark.parametrize("registry", [shelf(card("acme:a")), "\ufeff" + shelf(card("acme:a"))])
def test_a_good_catalogue_stands_beside_ours(zoo, registry):
    outcome = zoo("list", env=stranger(zoo.work, registry))
    assert "acme:a" in outcome.out
    assert "timm:resnet18.a1_in1k" in outcome.out


@pytest.mark.parametrize(
    "code", ["import nowhere", "def (", "raise SystemExit(3)", PLUGIN.replace("zoo_sources", "zoo_surces")]
)
def test_a_broken_plugin_is_named_and_ours_stay(zoo, code):
    env = stranger(zoo.work, shelf(card("acme:a")), code)
    outcome = zoo("list", env=env)
    assert outcome.code == 0
    assert "zoo-acme" in outcome.err
    assert "timm:resnet18.a1_in1k" in outcome.out
    assert "acme" in zoo("plugins", env=env).out
    complains(zoo("list", env={**env, "ZOO_STRICT_PLUGINS": "1"}), 4, "acme")
