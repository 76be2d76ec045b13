"""Font files that are made for a test: every glyph a few boxes."""

from __future__ import annotations

from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

Box = tuple[int, int, int, int]
"""Left, bottom, right, top, of 1,000 units to the em."""
MISSING = (100, 0, 500, 700)


def make_font(path: Path, family: str, drawn: dict[str, tuple[Box, ...]], undrawn: str = "") -> Path:
    """A TrueType file with these characters; those of ``undrawn`` are in its table and lead to .notdef."""
    names = {one: f"g{number}" for number, one in enumerate(drawn)}
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    table = {ord(one): glyph for one, glyph in names.items()}
    builder.setupCharacterMap(table | {ord(one): ".notdef" for one in undrawn})
    glyphs = {
        ".notdef": _outline((MISSING,)),
        **{names[one]: _outline(boxes) for one, boxes in drawn.items()},
    }
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (800, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    path.parent.mkdir(parents=True, exist_ok=True)
    builder.save(path)
    return path


def _outline(boxes: tuple[Box, ...]):
    pen = TTGlyphPen(None)
    for left, bottom, right, top in boxes:
        pen.moveTo((left, bottom))
        for point in ((left, top), (right, top), (right, bottom)):
            pen.lineTo(point)
        pen.closePath()
    return pen.glyph()
