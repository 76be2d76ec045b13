"""``zoo plugins``."""

from __future__ import annotations

import json
from typing import Any

import click

from zoo.cli import options as shared


@click.command("plugins")
@shared.as_json
@click.option(
    "--retry", metavar="NAME", help="Load a plugin again that killed the process (default: skip it)."
)
def command(as_json: bool, retry: str | None) -> None:
    """List plugins: their distributions, what they offer, and why some were skipped."""
    from zoo.cli import table
    from zoo.plugins.import_target import lacking
    from zoo.plugins.manager import manager
    from zoo.plugins.records import Command

    if retry is not None:
        from zoo.plugins.crash_marker import forget

        if not forget(retry):
            click.echo(f"{retry}: no process is known to have died of it", err=True)
    rows: list[dict[str, Any]] = []
    for report in manager().reports():
        offers = report.offers
        wanting = [record.install for record in offers if not isinstance(record, Command) and record.install]
        missing = sorted({need for record in offers for need in lacking(getattr(record, "requires", ()))})
        rows.append(
            {
                "plugin": report.name,
                "distribution": report.distribution,
                "version": report.version,
                "status": report.status,
                "reason": report.reason,
                "hint": report.hint,
                "offers": [f"{record.noun} {record.name}" for record in offers],
                "missing": missing,
                "install": wanting[0] if missing and wanting else "",
            }
        )
    if as_json:
        click.echo(json.dumps({"schema": "zoo.plugins/1", "plugins": rows}))
        return
    table.show(
        ("plugin", "distribution", "status", "offers"),
        (
            (
                str(row["plugin"]),
                f"{row['distribution']} {row['version']}",
                str(row["status"]) if not row["missing"] else f"needs {', '.join(row['missing'])}",
                ", ".join(row["offers"]) or str(row["reason"]),
            )
            for row in rows
        ),
        shrink=3,
    )
    for row in rows:
        if row["install"]:
            click.echo(f"{row['plugin']}: {row['install']}", err=True)
