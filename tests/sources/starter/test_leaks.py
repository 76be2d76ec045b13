"""What is held out from the starter's pretraining stays unseen: one test for each way to leak."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from starter.collecting import UNSEEN, collect
from starter.scripts import HELD_OUT, learned
from zoo_sample.font_families import lineage
from zoo_sample.fonts import installed

L = ((100, 0, 200, 700), (100, 0, 500, 100))
T = ((250, 0, 350, 700), (50, 600, 550, 700))
BAR = ((250, 0, 350, 700),)
RING = ((100, 0, 500, 100), (100, 600, 500, 700), (100, 0, 200, 700), (400, 0, 500, 700))
COMB = ((0, 0, 900, 100), (0, 0, 100, 700), (400, 0, 500, 700), (800, 0, 900, 700))


def found_in(folder: Path):
    return collect(installed([folder]))


def test_the_two_alphabets_have_no_character_in_common():
    everything = "".join(learned().values())
    assert not set(everything) & set("".join(HELD_OUT.values()))
    assert {"hebrew", "georgian", "armenian", "digits"} == set(HELD_OUT)
    assert len(everything) == len(set(everything)) > 400


@pytest.mark.parametrize(
    ("family", "other"),
    [
        ("DejaVu Sans", "DejaVu Sans Mono"),
        ("DejaVu Sans", "Hack"),
        ("Lato", "Carlito"),
        ("Nimbus Sans", "FreeSans"),
        ("Noto Sans", "Open Sans Condensed"),
        ("Noto Sans Hebrew", "Noto Sans Georgian"),
        ("Quicksand", "Quicksand Light"),
        ("Comfortaa", "Comfortaa Bold"),
    ],
)
def test_fonts_of_one_drawing_are_on_one_side(family, other):
    assert lineage(family) == lineage(other)
    assert lineage(family) != lineage("Junicode Two Beta")


def test_no_family_is_both_learned_from_and_asked_about(font):
    font("a", "Lato", {"A": L, "B": T})
    font("b", "Carlito", {"A": (*L, (300, 300, 400, 400))})
    font("c", UNSEEN[0], {"A": ((80, 0, 220, 700), (100, 0, 500, 120)), "B": T})
    found = found_in(font("d", f"{UNSEEN[0]} Bold", {"A": ((60, 0, 260, 700), (100, 0, 500, 160))}).parent)
    assert set(found.seen["A"]) == {"Lato"}
    assert len(found.seen["A"]["Lato"]) == 2
    assert {line for lines in found.seen.values() for line in lines}.isdisjoint(UNSEEN)
    assert set(found.unseen["A"]) == {UNSEEN[0]}


def test_a_glyph_that_two_families_share_to_the_pixel_is_taken_once(font):
    font("a", "Lato", {"A": L, "B": T})
    font("b", "Caladea", {"A": L, "B": ((240, 0, 360, 700), (50, 600, 550, 700))})
    # Sorted by name, the family that is learned from would come after the one that is asked about.
    found = found_in(font("c", UNSEEN[1], {"A": L, "B": T}).parent)
    parts = found.seen["A"], found.unseen.get("A", {})
    inks = [ink for part in parts for of in part.values() for ink in of]
    assert len(inks) == 1
    assert found.copies == 3


def test_what_looks_like_something_held_out_is_not_learned(font):
    alef = HELD_OUT["hebrew"][0]
    drawn = {"O": RING, "0": RING, "B": T, "W": COMB, alef: ((0, 0, 900, 110), *COMB[1:])}
    found = found_in(font("a", "Lato", drawn).parent)
    assert {"O", "W"} <= found.dropped
    assert set(found.seen) == {"B"}
    assert "0" in found.held_out["digits"]
    assert alef in found.held_out["hebrew"]


def test_of_two_learned_characters_that_look_alike_one_is_learned(font):
    found = found_in(font("a", "Lato", {"A": L, "B": T, "Α": ((100, 0, 210, 700), L[1])}).parent)
    assert set(found.seen) == {"A", "B"}


def test_the_box_of_a_missing_glyph_is_no_letter(font):
    path = font("a", "Lato", {"A": L, "B": T}, undrawn="CDא")
    assert found_in(path.parent).seen.keys() == {"A", "B"}
    # Some fonts have a box of their own for each character, and say that it is a glyph.
    boxes = dict.fromkeys(("F", "G", *HELD_OUT["georgian"]), RING)
    path = font("b", "Caladea", {"E": L, **boxes, HELD_OUT["hebrew"][0]: ((100, 0, 500, 700),)})
    found = found_in(path.parent)
    assert found.seen.keys() == {"A", "B", "E"}
    assert not any(found.held_out["georgian"].values())
    # The very box that stands for all missing glyphs, under the number of a letter.
    assert not any(found.held_out["hebrew"].values())


def test_pictures_are_the_same_for_a_seed_and_differ_between_seeds(font):
    from starter.corpus import pictures

    seen = found_in(font("a", "Lato", {"A": L, "B": T}).parent).seen
    one, labels = pictures(seen, 6, seed=0)
    again, _ = pictures(seen, 6, seed=0)
    other, _ = pictures(seen, 6, seed=1)
    assert one.shape == (12, 32, 32, 3)
    assert one.dtype == np.uint8
    assert labels == ["U+0041"] * 6 + ["U+0042"] * 6
    assert (one == again).all()
    assert (one != other).any()
    # Light on dark too.
    edges, middles = one[:, 0, :, :].mean((1, 2)), one.reshape(12, -1).astype(float)
    lighter = [np.abs(m.max() - e) > np.abs(m.min() - e) for m, e in zip(middles, edges, strict=True)]
    assert 0 < sum(lighter) < 12
