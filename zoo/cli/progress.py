"""What a person sees while a run trains: on stderr, and only plain lines when it is piped."""

from __future__ import annotations

import sys
from typing import Any

import click

from zoo.cli.streams import controlling
from zoo.cli.table import plain


class CountProgress:
    """A rich bar on a terminal; nothing elsewhere. Called with how many are done, of how many."""

    def __init__(self, what: str, quiet: bool = False):
        self._what = what
        self._quiet = quiet or not sys.stderr.isatty()
        self._bar: Any = None

    def __call__(self, done: int, total: int) -> None:
        """Move the bar; show it at the first call."""
        if self._quiet:
            return
        if self._bar is None:
            self._bar = _bar()
            self._bar.start()
            self._bar.add_task(self._what, total=total)
        self._bar.update(self._bar.task_ids[0], completed=done)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(file=controlling(sys.stderr))
    return Progress(*columns, console=console, transient=True)


class TrainingProgress:
    """A rich bar on a terminal; one line for each epoch elsewhere."""

    def __init__(self, quiet: bool = False):
        self._quiet = quiet
        self._bar: Any = None
        self._task: Any = None
        self._epochs = 0

    def on_message(self, what: str, text: str) -> None:
        """Print a decision."""
        if not self._quiet:
            if self._bar:
                self._bar.stop()
            click.echo(f"{click.style(what.ljust(7), bold=True)} {plain(text)}", err=True)
            if self._bar:
                self._bar.start()

    def on_features_progress(self, done: int, total: int) -> None:
        """Show how many features are computed."""
        if not self._bar:
            self._show("features", total)
        if self._bar:
            self._bar.update(self._task, completed=done)
            if done == total:
                self.close()

    def on_train_begin(self, steps: int, epochs: int) -> None:
        """Show the bar."""
        self._epochs = epochs
        self._show("training", steps)

    def _show(self, what: str, total: int) -> None:
        if self._quiet or not sys.stderr.isatty():
            return
        self.close()
        self._bar = _bar()
        self._bar.start()
        self._task = self._bar.add_task(what, total=total)

    def on_step_end(self, step: int, loss: float) -> None:
        """Move the bar."""
        if self._bar:
            self._bar.update(self._task, completed=step, description=f"loss {loss:.3f}")

    def on_epoch_end(self, line: dict[str, Any], best: object) -> None:
        """Print the epoch's figures."""
        if self._quiet:
            return
        # The loop puts the task's own metric first among the validation figures.
        first = next((name for name in line if name.startswith("val_")), "")
        names = dict.fromkeys(("train_loss", "val_loss", first))
        figures = "  ".join(f"{name} {line[name]:.4f}" for name in names if name in line)
        mark = "  *" if best is not None else ""
        text = f"epoch {line['epoch']}/{self._epochs}  {figures}{mark}"
        self._bar.console.print(text, highlight=False) if self._bar else click.echo(text, err=True)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar:
            self._bar.stop()
            self._bar = None
