"""The command line: one file for each verb, imported when it is used."""

from __future__ import annotations


def main() -> None:
    """Entry point of the ``zoo`` command."""
    from zoo.cli.main import run

    run()
