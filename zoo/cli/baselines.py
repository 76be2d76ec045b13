"""What the command line shows next to a result: its baselines, and what it cost."""

from __future__ import annotations

from zoo.cli import table
from zoo.reporting.cost_rows import cost_words
from zoo.runs.baseline_schema import BaselineComparison, BaselineResult
from zoo.runs.gains import interval
from zoo.runs.report_schema import Cost


def show_baselines(found: BaselineComparison) -> None:
    """A table, then what to conclude."""
    import click

    of = f"{found.asked:,}" + (f" of {found.held_out:,}" if found.asked < found.held_out else "")
    figure = found.figure
    unit = f", {figure.points}" if figure.points else ""
    header = (f"baselines, on {of} of {found.split}", figure.title, f"run ahead by{unit}", "95%")
    rows = [("this run", figure.text(found.run.get(found.metric)), "", "")]
    rows += [_row(found, one) for one in found.baselines if not one.skipped]
    table.show(header, [tuple(map(table.plain, row)) for row in rows], right=(1, 2, 3))
    for sentence in found.verdict:
        click.echo(table.plain(sentence))
    for one in found.baselines:
        if one.skipped:
            click.echo(f"note: left out: {table.plain(f'{one.words}: {one.skipped}')}", err=True)


def _row(found: BaselineComparison, one: BaselineResult) -> tuple[str, str, str, str]:
    gain, figure = one.gain, found.figure
    assert gain is not None
    value = figure.text(one.metrics.get(found.metric))
    return one.words, value, figure.difference(gain.value), interval(gain, figure) or "no interval"


def cost_line(cost: Cost) -> str:
    """``cost: features 1.2 s, head 0.3 s, ... on cpu; 812 MiB of memory at most``."""
    return f"cost: {cost_words(cost, cost.device)}"
