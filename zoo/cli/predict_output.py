"""What ``zoo predict`` prints and writes: text, one JSON document, or the rows of a table."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from zoo.cli.predict_inputs import Answer
    from zoo.core.task import Prediction


def tree_of(found: Sequence[Answer], top: int | None) -> dict[str, Any]:
    """Return predictions and failures; each has the index of its input, from 0, and the line that it was on.

    Args:
        found: of all inputs.
        top: probabilities to keep of each prediction, the highest first; None: all, in their own order.
    """
    tree: dict[str, Any] = {"predictions": [], "failed": []}
    for index, one in enumerate(found):
        place = {"index": index, **({} if one.asked.line is None else {"line": one.asked.line})}
        if one.prediction is not None:
            answer = one.prediction.model_dump()
            if top is not None:
                answer["scores"] = dict(one.prediction.ranked(top))
            tree["predictions"].append({**place, **one.given, **answer})
        elif one.fault is not None:
            tree["failed"].append({**place, **one.fault.as_json()})
    return tree


def rows_of(found: Sequence[Answer], top: int | None) -> list[dict[str, Any]]:
    """Return a row for each prediction: the line of its input where inputs have lines, the input, the answer.

    Args:
        found: of all inputs.
        top: as of :meth:`zoo.core.task.Prediction.row`.
    """
    lines = any(one.asked.line is not None for one in found)
    return [
        {**({"line": one.asked.line} if lines else {}), **one.given, **one.prediction.row(top)}
        for one in found
        if one.prediction is not None
    ]


def show(found: Sequence[Answer], top: int | None) -> None:
    """Print what the predictions' own class makes of them: lines of their own, or a table of all.

    Args:
        found: of all inputs.
        top: rows for each input, the most probable class first; None: one row, the answer.
    """
    from zoo.cli import table

    answered = [(one.given, one.prediction) for one in found if one.prediction is not None]
    if not answered:
        return
    blocks = [prediction.lines(given) for given, prediction in answered]
    if any(block is not None for block in blocks):
        texts = ["".join("\t".join(map(table.plain, row)) + "\n" for row in block or ()) for block in blocks]
        click.echo("\n".join(texts), nl=False)
    else:
        rows = [
            ("\t".join(given.values()), *cells)
            for given, prediction in answered
            for cells in _cells(prediction, top)
        ]
        table.show((next(iter(answered[0][0])), "answer", "probability"), rows, right=(2,))


def warn(found: Sequence[Answer]) -> None:
    """Print what there is to know about the predictions to stderr."""
    predictions = [one.prediction for one in found if one.prediction is not None]
    if predictions and (warning := type(predictions[0]).warning(predictions)):
        click.echo(warning, err=True)


def _cells(prediction: Prediction, top: int | None) -> list[tuple[str, str]]:
    """Return answers with their probabilities: a percentage on a terminal, a number for other programs."""
    if top is not None:
        return [(name, _probability(value)) for name, value in prediction.ranked(top)]
    answer, probability = prediction.cells()
    return [(answer, probability if prediction.score is None else _probability(prediction.score))]


def _probability(value: float) -> str:
    from zoo.utils.format import percent

    return percent(value) if sys.stdout.isatty() else f"{value:.6g}"
