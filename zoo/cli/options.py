"""Options that several commands share; None where they are left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import click

_READING = ("layout", "columns", "label_separator", "skip_bad", "follow_links", "allow_outside")

layout = click.option(
    "--layout",
    type=click.Choice(["auto", "classes", "splits", "tables"]),
    help="What a folder of data holds: class folders, split folders, table files; auto: as names and "
    "contents say (default: auto).",
)

skip_bad = click.option(
    "--skip-bad",
    is_flag=True,
    default=None,
    help="Leave out bad inputs (files that cannot be decoded, blank texts) and name them; to train and to "
    "measure at most 1 % (default: stop at the first).",
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
    """Print what is probably a mistake in the data, a line each on stderr."""
    from zoo.cli.table import plain

    for warning in warnings:
        click.echo(f"{click.style('warning', fg='yellow', bold=True)} {plain(warning)}", err=True)


columns = click.option(
    "--columns",
    "columns",
    multiple=True,
    metavar="ROLE=COLUMN,...",
    help="Columns of a table: path, text, text_b, label (or label:NAME for each of several), split, group; "
    "text=review,label=sentiment say (default: by their usual names).",
)
group = click.option(
    "--group",
    metavar="COLUMN",
    help="Column of a table whose equal values (a patient, a video) stay on one side of a drawn split "
    "(default: group where there is one).",
)
label_separator = click.option(
    "--label-separator",
    metavar="SIGN",
    help="Divides several labels in one text (default: | where it occurs).",
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
    """Add the options that say what the values of images mean."""
    command = click.option(
        "--background",
        type=click.Choice(["white", "black"]),
        help="What transparent images are composited on (default: white, or a run's own).",
    )(command)
    return click.option(
        "--bit-depth",
        type=click.IntRange(8, 16),
        metavar="BITS",
        help="Bits that hold the values of integer images of more than 8 bits, 12 say (default: 16, or a "
        "run's own).",
    )(command)


def reading(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say how data are read; :func:`taken` collects them."""
    for option in (allow_outside, follow_links, skip_bad, label_separator, columns, layout):
        command = option(command)
    return command


def taken(options: dict[str, Any]) -> dict[str, Any]:
    """Take the options of :func:`reading` out of a command's, and return those that were given."""
    found = {name: options.pop(name) for name in _READING}
    found["columns"] = roles(found["columns"])
    return {name: value for name, value in found.items() if value is not None}
