"""What a model's page on tfhub.dev states, read from its Markdown in github.com/tensorflow/tfhub.dev."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_TITLE = re.compile(r"#\s*Module\s+(\S+)")
_FORMAT = re.compile(r"<!--\s*format:\s*(\S+)")
_UNIT = re.compile(r"\[0,\s*1\]")
_SIZES = (
    re.compile(r"`?height`?\s*x\s*`?width`?\s*=\s*(\d+)\s*x\s*(\d+)"),
    re.compile(r"\[batch[ _]size, (\d+), (\d+), 3\]"),
)
_WIDTHS = (
    re.compile(r"num_features`?\s*=\s*\[?(?:1, 1, )?(\d+)"),
    re.compile(r"pooled_output[^\n]*\[batch_size,\s*(\d+)\]"),
    re.compile(r"float tensor of shape \[batch[ _]size, (\d+)\]"),
    re.compile(r"(\d+)[- ]dimensional"),
)
_LINK = re.compile(r"tfhub\.dev/([\w./-]+?/\d+)(?![\w.])")


@dataclass(frozen=True)
class Page:
    """One page; what it does not state, or states in two ways, is None."""

    text: str

    @cached_property
    def is_saved_model_2(self) -> bool:
        """Whether the model is published as a TensorFlow 2 SavedModel."""
        found = _FORMAT.search(self.text)
        return found is not None and found[1] == "saved_model_2"

    @cached_property
    def takes_unit_interval(self) -> bool:
        """Whether pixels are said to be in [0, 1]."""
        return _UNIT.search(self.text) is not None

    @cached_property
    def size(self) -> tuple[int, int] | None:
        """(height, width) in pixels."""
        found = {(int(a), int(b)) for pattern in _SIZES for a, b in pattern.findall(self.text)}
        return found.pop() if len(found) == 1 else None

    @cached_property
    def width(self) -> int | None:
        """Length of the feature vector."""
        found = {int(one) for pattern in _WIDTHS for one in pattern.findall(self.text)}
        return found.pop() if len(found) == 1 else None

    def links(self, known: Iterable[str]) -> list[str]:
        """Return those of the handles ``known`` that the page links to, sorted."""
        return sorted(set(known) & set(_LINK.findall(self.text)))

    def mentions(self, word: str) -> bool:
        """Return whether the page has this word."""
        return word in self.text


def read_pages(folder: Path) -> dict[str, Page]:
    """Return all pages of models under ``folder`` by handle; it is a checkout, or its ``assets/docs``."""
    found = {}
    for file in sorted(folder.rglob("*.md")):
        text = file.read_text(encoding="utf-8", errors="replace")
        title = _TITLE.match(text)
        if title:
            found[title[1]] = Page(text)
    return found
