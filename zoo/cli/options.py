"""Options that several commands share."""

from __future__ import annotations

import click

skip_bad = click.option(
    "--skip-bad",
    is_flag=True,
    help="Leave out bad inputs (files that cannot be decoded, blank texts) and name them, instead of "
    "stopping; of data with labels at most 1 % (default: off).",
)
