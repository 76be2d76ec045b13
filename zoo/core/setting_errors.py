"""pydantic's complaints about settings as zoo's own errors."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from zoo.core.cards import Record
from zoo.errors import ConfigError
from zoo.utils.suggestions import did_you_mean


def explained(error: ValidationError, model: type[Record], path: Path | None = None) -> ConfigError:
    """pydantic's first complaint as ours: key path, what came, what is allowed, the nearest key."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    # Of a setting of several types pydantic also says which of them it tried.
    place = next((key for key in keys(model) if place.startswith(f"{key}.")), place)
    if first["type"] == "extra_forbidden":
        known = keys(model)
        return ConfigError(
            f"unknown setting {place!r}",
            path=path,
            hint=did_you_mean(place, known) or f"known settings: {', '.join(known)}",
        )
    came = ascii(first.get("input"))[:80]
    return ConfigError(
        f"setting {place!r} cannot be {came}",
        path=path,
        why=first["msg"].removeprefix("Value error, "),
        hint="zoo finetune --print-config shows all",
    )


def keys(model: type[Record], prefix: str = "") -> list[str]:
    """Return all dotted keys of a record and the records in it."""
    found = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Record):
            found += keys(kind, f"{prefix}{name}.")
        else:
            found.append(prefix + name)
    return found
