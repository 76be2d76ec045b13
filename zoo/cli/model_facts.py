"""The facts of one model in words, one a line; shared by ``zoo show`` and ``zoo compare``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zoo.cli import table
from zoo.core.licences import kind_of
from zoo.registry.query import input_of

Row = dict[str, Any]

_PUBLISHED = {"top-1 accuracy": "{:.1f}%", "top-5 accuracy": "{:.1f}%", "size with head": "{:g} MB"}


def facts(row: Row, cached: bool) -> Iterator[tuple[str, str]]:
    """Name and text of each fact of a row; the text is empty where it is not known."""
    features, weights = row.get("features") or {}, row.get("weights") or {}
    if row.get("modality", "image") is None:
        yield "takes", "unknown; its files say what it is when it is opened"
    else:
        yield "task", row.get("task", "image-classification")
        yield "takes", _takes(row)
        yield "gives", _gives(row)
    yield "width", _number(features.get("width"))
    yield "pooling", features.get("pooling", "")
    rounded = "(rounded)" in (row.get("sources") or {}).get("parameters", "")
    yield "parameters", ("about " if rounded else "") + _number(row.get("parameters"))
    yield "licence", _licence(row.get("license"))
    yield "framework", row["framework"]
    yield "architecture", row.get("architecture", "")
    yield "family", row.get("family", "")
    for figure in row.get("published") or ():
        text = _PUBLISHED.get(figure["metric"], "{:g}").format(figure["value"])
        yield figure["metric"], text
    yield "weights", _weights(weights)
    yield "size", table.bytes_of(weights.get("size"))
    yield "on this disk", "yes" if cached else "no"
    yield "can be tuned", {True: "yes", False: "no", None: ""}[row.get("trainable")]
    yield "preprocessor", row.get("companion", "")
    yield "summary", row.get("summary", "")


def origins(row: Row) -> Iterator[tuple[str, str]]:
    """Yield what was looked up, and where."""
    found: dict[str, list[str]] = {}
    for name, source in (row.get("sources") or {}).items():
        found.setdefault(source, []).append({"license": "licence", "features": "width"}.get(name, name))
    for figure in row.get("published") or ():
        found.setdefault(figure["source"], []).append(figure["metric"])
    for source, names in found.items():
        yield ", ".join(dict.fromkeys(names)), source


def _takes(row: Row) -> str:
    form = row.get("input") or {}
    text = input_of(row)
    if "height" in form:
        how = {"center": "the middle", "squash": "squashed", "border": "padded"}[form.get("mode", "center")]
        crop = form.get("crop", 1.0)
        share = f", {how}" + (f" {100 * crop:g}%" if how == "the middle" and crop != 1 else "")
        text = f"image {text} pixels{share}, {form.get('interpolation', 'bicubic')}"
    elif row.get("modality") == "text":
        text = f"text of at most {form['max_length']:,} tokens" if form.get("max_length") else "text"
    return text


def _gives(row: Row) -> str:
    words = {"vector": "a vector", "map": "a map of vectors", "tokens": "states of tokens"}
    return " and ".join(words[kind] for kind in row.get("kinds") or ("vector",))


def _licence(license: str | None) -> str:
    kind = kind_of(license)
    if license is None:
        return "unknown"
    return f"{license} ({kind})" if kind != "restricted" else f"{license} (read its terms)"


def _weights(ref: Row) -> str:
    place = ref.get("repo") or ref.get("url") or ""
    if ref.get("repo") and not ref["repo"].startswith("package:"):
        place = f"hf.co/{ref['repo']}"
    if ref.get("safetensors") is False:
        place += " (without safetensors when last looked at; zoo opens only these)"
    return place


def _number(value: int | None) -> str:
    return "" if value is None else f"{value:,}"
