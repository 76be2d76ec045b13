"""Writing a registry file: a card a line, sorted, the same cards giving the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.runs.atomic import atomic_text

if TYPE_CHECKING:
    from zoo.records import ModelCard


def write_cards(path: Path, source: str, fresh: Iterable[ModelCard]) -> None:
    """Write ``path`` anew: the cards of other sources in it, and ``fresh``, all those of ``source``."""
    kept = json.loads(path.read_text(encoding="utf-8"))["cards"] if path.exists() else []
    lines = {row["id"]: _line(row) for row in kept if not row["id"].startswith(f"{source}:")}
    lines |= {card.id: card.model_dump_json(exclude_defaults=True) for card in fresh}
    body = ",\n".join(lines[key] for key in sorted(lines))
    atomic_text(path, f'{{"schema": 1, "cards": [\n{body}\n]}}\n')


def _line(row: object) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))
