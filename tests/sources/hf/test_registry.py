"""The counted parameters of the registry's cards are those of transformers' own classes."""

from __future__ import annotations

import pytest
from zoo_hf.catalogue import facts

from zoo.registry.audit import audit
from zoo.registry.reader import own_registry, rows

pytestmark = [pytest.mark.torch, pytest.mark.needs("transformers", "sentence_transformers")]


@pytest.mark.slow
def test_what_a_default_configuration_tells_is_on_the_shelf():
    found = audit(own_registry(), facts=10**6, seed=0, only=frozenset({"hf"}))
    assert len(found.models) >= 7
    assert found.wrong == ()


def test_of_all_other_cards_the_library_tells_nothing():
    derived = {row["id"] for row in rows() if "transformers" in row.get("sources", {}).get("parameters", "")}
    assert derived
    assert facts("BAAI/bge-m3") is None
    assert "hf:BAAI/bge-m3" not in derived
