"""What the command line shows beside a result: its controls, and what it cost."""

from __future__ import annotations

from zoo.cli import table
from zoo.reporting.cost_rows import cost_words
from zoo.runs.baseline_schema import Control, Controls
from zoo.runs.gains import interval, points
from zoo.runs.report_schema import Cost
from zoo.utils.format import figure, is_share, named


def show_controls(found: Controls) -> None:
    """A table, then what to conclude."""
    import click

    of = f"{found.asked:,}" + (f" of {found.held_out:,}" if found.asked < found.held_out else "")
    unit = ", points" if is_share(found.metric) else ""
    header = (f"beside it, on {of} of {found.split}", named(found.metric), f"run ahead by{unit}", "95 %")
    rows = [("this run", figure(found.metric, found.run.get(found.metric)), "", "")]
    rows += [_row(found, one) for one in found.controls if not one.skipped]
    table.show(header, [tuple(map(table.plain, row)) for row in rows], right=(1, 2, 3))
    for sentence in found.verdict:
        click.echo(table.plain(sentence))
    for one in found.controls:
        if one.skipped:
            click.echo(f"note: left out: {table.plain(f'{one.words}: {one.skipped}')}", err=True)


def _row(found: Controls, one: Control) -> tuple[str, str, str, str]:
    gain = one.gain
    assert gain is not None
    value = figure(found.metric, one.metrics.get(found.metric))
    return one.words, value, points(gain.metric, gain.value), interval(gain) or "no interval"


def cost_line(cost: Cost) -> str:
    """``cost: features 1.2 s, head 0.3 s, ... on cpu; 812 MiB of memory at most``."""
    return f"cost: {cost_words(cost, cost.device)}"
