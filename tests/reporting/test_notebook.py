"""What a notebook shows."""

from __future__ import annotations

import pytest
from report_runs import LABELS, Seen

import zoo

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]


def test_every_object_shows_itself_and_nobodys_markup(hostile):
    things = [
        hostile,
        hostile.model,
        hostile.data,
        hostile.report,
        hostile.model.card,
        zoo.load(hostile.path).freeze(2),
    ]
    shown = [Seen(thing._repr_html_()) for thing in things]
    for page in shown:
        assert page.tags <= {"table", "caption", "b", "tbody", "tr", "th", "td", "svg", "path"}
    assert '<b>run "1"' in shown[0].text
    assert LABELS[1] in shown[2].text
    assert "2 of 5" in shown[5].text


def test_a_list_of_cards_is_a_table():
    found = zoo.list_models("timm:test_*")
    page = Seen(found._repr_html_())
    assert f"{len(found)} models" in page.text
    assert all(card.id in page.text for card in found[:100])
    assert found == list(found)
