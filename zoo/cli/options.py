"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import click

as_json = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document to stdout (default: text)."
)
device = click.option(
    "--device", default="auto", help="Device to use: cpu, cuda:0, mps, ... (default: auto)."
)
trust = click.option(
    "--trust",
    is_flag=True,
    help="Allow a program that is not in the registry to run with your rights (default: refuse).",
)
weights = click.option(
    "--weights", metavar="PATH", help="Load weights from a file or folder (default: the published ones)."
)
classes = click.option(
    "--classes", metavar="A,B,...", help="Use these classes of the data alone (default: all)."
)

_READING = ("layout", "columns", "label_separator", "skip_bad", "follow_links", "allow_outside")

layout = click.option(
    "--layout",
    type=click.Choice(["auto", "classes", "splits", "tables"]),
    help="Read a folder as classes, splits or tables (default: auto, by names and contents).",
)

skip_bad = click.option(
    "--skip-bad",
    is_flag=True,
    default=None,
    help="Leave out bad inputs (undecodable files, blank texts), at most 1% in training and evaluation "
    "(default: stop at the first).",
)


follow_links = click.option(
    "--follow-links",
    is_flag=True,
    default=None,
    help="Follow symbolic links in folders of data (default: leave them out).",
)
allow_outside = click.option(
    "--allow-outside",
    is_flag=True,
    default=None,
    help="Let a table name files outside its own folder (default: refuse).",
)


def warn(warnings: Iterable[str]) -> None:
    """Print probable mistakes in the data to stderr, one line each."""
    from zoo.cli.table import plain

    for warning in warnings:
        click.echo(f"{click.style('warning', fg='yellow', bold=True)} {plain(warning)}", err=True)


columns = click.option(
    "--columns",
    "columns",
    multiple=True,
    metavar="ROLE=COLUMN,...",
    help="Name the columns of a table by role: path, text, text_b, label (or label:NAME for several), split, "
    "group; for example text=review,label=sentiment (default: by their usual names).",
)
group = click.option(
    "--group",
    metavar="COLUMN",
    help="Keep examples with equal values of this column (a patient, a video) in one split (default: "
    "column group, if any).",
)
label_separator = click.option(
    "--label-separator",
    metavar="SIGN",
    help="Split several labels in one text at this sign (default: |, if it occurs).",
)


def roles(columns: tuple[str, ...]) -> dict[str, str] | None:
    """Return the columns by role as ``--columns`` names them; None where it was not given.

    Raises:
        UsageError: not of the form role=column, or a role twice.
    """
    pairs = [part.strip() for one in columns for part in one.split(",") if part.strip()]
    found: dict[str, str] = {}
    for pair in pairs:
        role, equals, column = (part.strip() for part in pair.partition("="))
        if not (role and equals and column):
            raise click.UsageError(f"--columns {pair!r} is not of the form text=COLUMN or label=COLUMN")
        if role in found:
            raise click.UsageError(f"--columns gives {role} twice: {found[role]!r} and {column!r}")
        found[role] = column
    return found or None


def image_values(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for the values of images."""
    command = click.option(
        "--background",
        type=click.Choice(["white", "black"]),
        help="Composite transparent images on this color (default: white, or a run's own).",
    )(command)
    return click.option(
        "--bit-depth",
        type=click.IntRange(8, 16),
        metavar="BITS",
        help="Bits in use of integer images with more than 8, for example 12 (default: 16, or a run's own).",
    )(command)


def reading(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for reading data; :func:`taken` collects them."""
    for option in (allow_outside, follow_links, skip_bad, label_separator, columns, layout):
        command = option(command)
    return command


def taken(options: dict[str, Any]) -> dict[str, Any]:
    """Remove the options of :func:`reading` from a command's, and return those that were given."""
    found = {name: options.pop(name) for name in _READING}
    found["columns"] = roles(found["columns"])
    return {name: value for name, value in found.items() if value is not None}
