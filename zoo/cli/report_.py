"""``zoo report``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from zoo.cli import options as shared
from zoo.cli.completion import RUN


@click.command("report")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...", type=RUN)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    help="Write the page to this file (default: report.html of the run).",
)
@click.option("--force", is_flag=True, help="Overwrite an existing file (default: refuse).")
@click.option("--open", "show", is_flag=True, help="Open the page in a browser.")
@shared.as_json
def command(runs: tuple[str, ...], out: Path | None, force: bool, show: bool, as_json: bool) -> None:
    """Render the page of RUN again, or compare several runs on one page.

    RUN is the folder of a run or local:NAME. Without -o the page is RUN/report.html, which is replaced, or
    compare.html here; no other file is overwritten without --force, and none that a run is made of.

    \b
    zoo report runs/photos --open
    zoo report runs/photos runs/photos-2 -o compare.html
    """
    from zoo.runs.local_index import folder_of

    folders = [folder_of(run) for run in runs]
    if len(folders) > 1:
        page, tree = _compare(folders, out or Path("compare.html"), force, as_json)
    else:
        from zoo.reporting.write import rebuild

        page, tree = rebuild(folders[0], out, force=force), {}
    if as_json:
        click.echo(json.dumps({"schema": "zoo.report/1", "page": str(page), **tree}))
    else:
        click.echo(f"report: {page}")
    if show:
        import webbrowser

        if not webbrowser.open(page.resolve().as_uri()):
            click.echo("note: no browser was found; open the file yourself", err=True)


def _compare(folders: list[Path], out: Path, force: bool, as_json: bool) -> tuple[Path, dict[str, Any]]:
    from zoo.cli import table
    from zoo.reporting.compare_runs import compare, fact_rows, figure_rows, setting_rows, sides, warnings

    found = sides(folders)
    compare(found, out, force=force)
    figures, settings, said = figure_rows(found), setting_rows(found), warnings(found)
    tree = {
        "runs": [str(side.folder) for side in found],
        "warnings": said,
        **{
            name: {row.name: list(row.cells) for row in rows}
            for name, rows in (("figures", figures), ("facts", fact_rows(found)), ("settings", settings))
        },
    }
    if not as_json:
        rows = [(row.name, *row.cells) for row in (*figures, *settings)]
        table.show(("", *(side.name for side in found)), rows)
        for one in said:
            click.echo(f"note: {one}", err=True)
    return out, tree
