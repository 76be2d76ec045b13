"""The cards that the registry carries."""

from __future__ import annotations

import json

import pytest
import timm
from timm_models import card
from zoo_timm import catalogue

from zoo.registry.reader import own_registry, read_catalogue
from zoo.registry.writer import write_cards

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]

CSV = """model,img_size,top1,top1_err,top5,top5_err,param_count,crop_pct,interpolation
test_vit.r160_in1k,160,41.5,58.5,66.0,34.0,0.37,0.950,bicubic
test_vit.r160_in1k,192,43.0,57.0,67.0,33.0,0.37,1.000,bicubic
"""


def test_the_file_is_sorted_reproducible_and_keeps_other_sources(tmp_path, monkeypatch):
    card("test_vit")
    monkeypatch.setattr(timm, "list_pretrained", lambda: ["test_vit.r160_in1k", "test_resnet.r160_in1k"])
    (tmp_path / "results.csv").write_text(CSV)
    registry = tmp_path / "registry.json"
    other = {"id": "acme:radar", "framework": "numpy"}
    stale = {"id": "timm:gone", "framework": "torch"}
    registry.write_text(json.dumps({"schema": 1, "cards": [stale, other]}))
    written = []
    for _ in range(2):
        write_cards(registry, "timm", catalogue.cards(tmp_path / "results.csv"))
        written.append(registry.read_bytes())
    assert written[0] == written[1]
    rows = read_catalogue(registry)
    assert [row["id"] for row in rows] == [
        "acme:radar",
        "timm:test_resnet.r160_in1k",
        "timm:test_vit.r160_in1k",
    ]
    # The figure at the card's own size, not at the larger test size.
    assert [figure["value"] for figure in rows[2]["published"]] == [41.5]
    assert "published" not in rows[1]
    assert len(written[0].splitlines()) == len(rows) + 2


def test_the_shelf_says_what_timm_says():
    rows = {row["id"]: row for row in read_catalogue(own_registry()) if row["id"].startswith("timm:")}
    assert len(rows) > 1_800
    for name in list(rows)[::180]:
        described = card(name.removeprefix("timm:")).model_dump(mode="json", exclude_defaults=True)
        assert {**described, "published": None} == {**rows[name], "published": None}


def test_tags_of_one_architecture_are_not_taken_for_each_other():
    """This family builds by the tag's name; its configuration does not say so."""
    rows = {row["id"]: row for row in read_catalogue(own_registry())}
    for name, width in (("qwen3_vit_416m_enc.qwen3_vl_8b", 4096), ("qwen3_vit_416m_enc.qwen3_vl_32b", 5120)):
        live = card(name)
        assert live.features.width == width == rows[f"timm:{name}"]["features"]["width"]
        assert live.parameters == rows[f"timm:{name}"]["parameters"]
