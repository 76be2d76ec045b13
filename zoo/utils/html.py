"""HTML tables for notebooks: every value escaped, in the colours of the notebook's theme."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup, escape

from zoo.utils.plain_text import clean

Pairs = Iterable[tuple[str, Any]]


def table(title: str, rows: Pairs) -> str:
    """Return a table of names and values; rows whose value is None or empty are left out."""
    found = Markup("").join(
        Markup('<tr><th style="text-align:left">{}</th><td style="text-align:left">{}</td></tr>').format(
            name, cell(value)
        )
        for name, value in rows
        if value not in (None, "")
    )
    return str(
        Markup("<table><caption><b>{}</b></caption><tbody>{}</tbody></table>").format(clean(title), found)
    )


def grid(title: str, header: Sequence[str], rows: Iterable[Sequence[str]], more: str) -> str:
    """Return a table with a header row; ``more`` is a line below it."""
    heads = Markup("").join(Markup('<th style="text-align:left">{}</th>').format(name) for name in header)
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(Markup('<td style="text-align:left">{}</td>').format(cell(one)) for one in row)
        )
        for row in rows
    )
    text = Markup("<table><caption><b>{}</b></caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>{}")
    return str(text.format(title, heads, body, more))


def cell(value: Any) -> Markup:
    """Return a value as escaped text of at most 500 characters; markup stays as it is."""
    return value if isinstance(value, Markup) else escape(clean(str(value), 500))
