"""The option ``--task``, whose help lists the tasks that are installed."""

from __future__ import annotations

import click


class TaskOption(click.Option):
    """An option whose help ends with the names of all tasks; they are looked up when help is asked for."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the option and its help."""
        from zoo.plugins.manager import manager

        record = super().get_help_record(ctx)
        return None if record is None else (record[0], f"{record[1]}: {', '.join(manager().tasks())}.")
