"""Texts as ``transformers.Trainer`` takes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def encoded(tokenizer: Any, texts: Sequence[str], targets: Iterable[int]) -> list[dict[str, Any]]:
    """A record for each text, not padded; at most 256 tokens."""
    tokens = tokenizer(list(texts), truncation=True, max_length=256)
    pairs = zip(tokens["input_ids"], tokens["attention_mask"], targets, strict=True)
    return [{"input_ids": ids, "attention_mask": mask, "labels": int(label)} for ids, mask, label in pairs]
