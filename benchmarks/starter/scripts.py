"""Which characters the starter models learn from, and which they never see."""

from __future__ import annotations

import unicodedata

from zoo_sample.scripts import LETTERS

LEARNED = {
    "Latin": (0x0041, 0x02AF),
    "Greek": (0x0370, 0x03FF),
    "Cyrillic": (0x0400, 0x04FF),
    "Arabic": (0x0621, 0x064A),
    "Thaana": (0x0780, 0x07A5),
    "NKo": (0x07CA, 0x07EA),
    "Devanagari": (0x0904, 0x0939),
    "Bengali": (0x0985, 0x09B9),
    "Gurmukhi": (0x0A05, 0x0A39),
    "Gujarati": (0x0A85, 0x0AB9),
    "Oriya": (0x0B05, 0x0B39),
    "Tamil": (0x0B85, 0x0BB9),
    "Telugu": (0x0C05, 0x0C39),
    "Kannada": (0x0C85, 0x0CB9),
    "Malayalam": (0x0D05, 0x0D39),
    "Sinhala": (0x0D85, 0x0DC6),
    "Thai": (0x0E01, 0x0E2E),
    "Lao": (0x0E81, 0x0EAE),
    "Tibetan": (0x0F40, 0x0F6C),
    "Myanmar": (0x1000, 0x102A),
    "Ethiopic": (0x1200, 0x1357),
    "Cherokee": (0x13A0, 0x13F4),
    "Canadian": (0x1401, 0x166C),
    "Runic": (0x16A0, 0x16EA),
    "Khmer": (0x1780, 0x17B3),
    "Mongolian": (0x1820, 0x1842),
    "Glagolitic": (0x2C00, 0x2C2E),
    "Coptic": (0x2C80, 0x2CB1),
    "Tifinagh": (0x2D30, 0x2D67),
    "Vai": (0xA500, 0xA60B),
    "Javanese": (0xA984, 0xA9B2),
    "Cham": (0xAA00, 0xAA28),
    "Gothic": (0x10330, 0x10349),
    "Deseret": (0x10400, 0x10427),
    "Osage": (0x104B0, 0x104D3),
}
"""First and last code point. Left out on purpose: the relatives of Hebrew (Phoenician, Aramaic, Samaritan,
Syriac), whose letters are those of Hebrew in an older hand."""

HELD_OUT = {**LETTERS, "digits": "0123456789"}
"""Nothing of these is in what the models are pretrained on. Settings are chosen on Armenian alone."""

FIRST = {"Latin": 96, "Greek": 64, "Cyrillic": 96}
"""These alphabets are drawn by many families: as many characters from the first on."""
FEW = 18
"""Characters of every other script, at even distances."""


def learned() -> dict[str, str]:
    """The letters of each script that have no decomposition (no letter with an accent), not all of them."""
    found = {}
    for script, (first, last) in LEARNED.items():
        letters = [
            chr(code)
            for code in range(first, last + 1)
            if unicodedata.category(chr(code)) in ("Lu", "Ll", "Lo")
            and not unicodedata.decomposition(chr(code))
        ]
        if script in FIRST:
            found[script] = "".join(letters[: FIRST[script]])
        else:
            step = max(1.0, len(letters) / FEW)
            found[script] = "".join(letters[int(i * step)] for i in range(min(FEW, len(letters))))
    return found
