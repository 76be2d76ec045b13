"""The words of the field: what this project does not call things, in code, messages, help and docs."""

from __future__ import annotations

import io
import re
import tokenize

import pytest
from repository import ROOT

BANNED = {
    r"pictures?": "image",
    r"recordings?(?! (of|its|the|what))": "audio clip",
    r"shel(f|ves)": "registry, local registry",
    r"mend(s|ed|ing)?": "hint",
    r"lonely": "single example",
    r"strangers?": "third-party, untrusted",
    r"the very same": "the same",
    r"anew": "again",
    r"sittings?": "session",
    r"frozen stages say": "frozen features",
    r"solved heads?": "linear probe",
    r"(is|are) to be": "must be, or the active voice",
    r"(has|have) no say": "does not affect",
    r"as ever": "as before",
    r"wholly still|held still": "frozen",
    r"(is|are) told": "receives, by",
    r"beside (it|them|the|a|its)": "next to, with",
    r"demand_\w+": "require_*, check_*",
    r"controls(?! (the|how|what))": "baselines",
}
"""Pattern of the word, and what the field says."""
WORDS = re.compile("|".join(rf"(?P<w{i}>\b(?:{word})\b)" for i, word in enumerate(BANNED)))


def prose(path):
    """Comments and strings of a Python file, and its names; the whole text of any other file."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield from enumerate(text.splitlines(), 1)
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.STRING, tokenize.COMMENT, tokenize.NAME):
            yield from enumerate(token.string.splitlines(), token.start[0])


def banned(path):
    found = []
    for number, line in prose(path):
        # The table of words in the style guide names them.
        if path.name == "CONTRIBUTING.md" and line.startswith("|"):
            continue
        for match in WORDS.finditer(line):
            instead = list(BANNED.values())[int(match.lastgroup[1:])]
            found.append(f"{path.relative_to(ROOT)}:{number}: {match[0]!r}; write: {instead}")
    return found


CODE = [path for top in ("zoo", "plugins", "adapters") for path in sorted((ROOT / top).rglob("*.py"))]
PAGES = sorted((ROOT / "zoo").rglob("*.html"))
DOCS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").glob("*.md")),
]


@pytest.mark.parametrize("files", [CODE, PAGES, DOCS], ids=["code", "pages", "docs"])
def test_the_words_of_the_field_are_used(files):
    assert files
    assert not [line for path in files for line in banned(path)]


def test_a_private_word_is_found():
    for word in ("picture", "recordings", "shelf", "anew", "demand_depth", "is to be"):
        assert WORDS.search(f"a {word} here"), word
    for word in ("image", "recording of a training", "recommend", "control character", "always"):
        assert not WORDS.search(f"a {word} here"), word
