"""Options that several commands share; None where they are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from zoo.datasets.dataset import Dataset
    from zoo.vectors.given import Given

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


def chosen(**options: Any) -> dict[str, Any]:
    """Return the options that were given."""
    return {name: value for name, value in options.items() if value is not None}


def warn(data: Dataset | Given) -> None:
    """Print what is probably a mistake in the data, on stderr."""
    from zoo.cli.table import plain

    for warning in data.warnings:
        click.echo(f"{click.style('warning', fg='yellow', bold=True)} {plain(warning)}", err=True)
