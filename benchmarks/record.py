"""Results of benchmarks as files: figures, versions, date, and what they ran on."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from datetime import date
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "docs" / "results"


def versions(*names: str) -> dict[str, str]:
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in names}}


def machine() -> dict[str, Any]:
    return {"cores": os.cpu_count(), "architecture": platform.machine(), "system": platform.system()}


def record(name: str, tree: dict[str, Any], *libraries: str) -> Path:
    """Write ``docs/results/<name>.json``."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.json"
    head = {"date": date.today().isoformat(), "machine": machine(), "versions": versions(*libraries)}
    path.write_text(json.dumps({**head, **tree}, indent=1) + "\n", encoding="utf-8")
    return path
