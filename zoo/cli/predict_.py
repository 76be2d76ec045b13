"""``zoo predict``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from zoo.errors import DataError
    from zoo.model import Model

    Answers = tuple[list[tuple[dict[str, Any], Any]], list[DataError]]


@click.command("predict")
@click.argument("run")
@click.argument("inputs", nargs=-1)
@click.option("--file", type=click.Path(path_type=Path), help="Ask about each line of a UTF-8 text file.")
@click.option("--device", default="auto", help="auto, cpu, cuda:0, ...")
@click.option("--trust", is_flag=True, help="Run a model that is a program and not on the shelf.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def command(
    run: str, inputs: tuple[str, ...], file: Path | None, device: str, trust: bool, as_json: bool
) -> None:
    """Ask RUN about INPUTS: files of pictures or recordings, or texts where its model takes texts.

    "-" stands for the lines of standard input. Where the model takes pairs of texts, a tab divides the two;
    where it tags words, each is answered on a line with its tag, a blank line between texts.
    An input that cannot be read is named; the others are answered all the same.
    """
    from zoo.cli import table
    from zoo.opening import load
    from zoo.records import TextInput

    asked = list(_asked(inputs, file))
    if not asked:
        raise click.UsageError("Missing argument 'INPUTS...'.")
    model = load(run, device=device, trust=trust)
    of_texts = isinstance(model.adapter.backbone.input, TextInput)
    tags = model.task is not None and model.task.requires == "tokens"
    answers, bad = (_tagged if tags else _texts if of_texts else _files)(model, asked)
    if as_json:
        listed = [{**given, **answer.model_dump()} for given, answer in answers]
        failed = [error.as_json() for error in bad]
        click.echo(
            json.dumps({"schema": "zoo.predict/1", "run": run, "predictions": listed, "failed": failed})
        )
    elif tags:
        _show_tags(answers)
    elif answers:
        rows = [("\t".join(given.values()), *_cells(answer)) for given, answer in answers]
        table.show((next(iter(answers[0][0])), "answer", "probability"), rows, right=(2,))
    if bad:
        for earlier in bad[:-1]:
            click.echo(f"error: {earlier.message}", err=True)
        raise bad[-1]


def _asked(inputs: Iterable[str], file: Path | None) -> Iterator[tuple[str, str]]:
    """(place for messages, input) of every argument and line."""
    from zoo.datasets.lines import decoded

    for number, given in enumerate(inputs, start=1):
        if given == "-":
            yield from decoded("-", sys.stdin.buffer.read())
        else:
            yield f"argument {number}", given
    if file is not None:
        from zoo.errors import DataError

        try:
            data = file.read_bytes()
        except OSError as error:
            raise DataError("cannot read the file", path=file, why=error.strerror or str(error)) from None
        yield from decoded(str(file), data)


def _files(model: Model, asked: list[tuple[str, str]]) -> Answers:
    from zoo.errors import DataError

    answers, bad = [], []
    for _, file in asked:
        try:
            answers.append(({"file": file}, model.predict(file)[0]))
        except DataError as error:
            bad.append(error)
    return answers, bad


def _texts(model: Model, asked: list[tuple[str, str]]) -> Answers:
    from zoo.datasets.texts import Texts
    from zoo.errors import DataError

    pair = getattr(model.adapter.backbone.input, "pair", False)
    rows: list[Any] = [tuple(text.split("\t")) if pair and "\t" in text else text for _, text in asked]
    sound, bad = [], []
    for (place, _), row in zip(asked, rows, strict=True):
        if fault := Texts([row]).fault(0):
            bad.append(DataError(fault, path=place, mend="give a text with at least one letter"))
        else:
            sound.append(row)
    given = [
        dict(zip(("text", "text_b"), row if isinstance(row, tuple) else (row,), strict=False))
        for row in sound
    ]
    return list(zip(given, model.predict(sound) if sound else [], strict=True)), bad


def _tagged(model: Model, asked: list[tuple[str, str]]) -> Answers:
    from zoo.datasets.word_lists import as_words
    from zoo.errors import DataError

    sound: list[Any] = []
    bad = []
    for place, text in asked:
        try:
            sound.append(as_words(text).rows[0])
        except DataError as error:
            bad.append(DataError(error.what, path=place, mend=error.mend))
    answers = model.predict(sound) if sound else []
    return [({"words": list(words)}, answer) for words, answer in zip(sound, answers, strict=True)], bad


def _show_tags(answers: list[tuple[dict[str, Any], Any]]) -> None:
    from zoo.cli import table

    for number, (given, answer) in enumerate(answers):
        if number:
            click.echo()
        for word, tag in zip(given["words"], answer.label, strict=True):
            click.echo(f"{table.plain(word)}\t{tag}")
    if cut := sum(answer.cut_off for _, answer in answers):
        click.echo(f"{cut} words were cut off, since their texts are too long, and are tagged O", err=True)


def _cells(answer: Any) -> tuple[str, str]:
    """Answer and probability, as people read them."""
    from zoo.utils.format import figure

    if answer.score is not None:
        return str(answer.label), figure("accuracy", answer.score)
    if answer.label is not None:
        return ", ".join(answer.label) or "-", ""
    return ", ".join(f"{name} {value:.4g}" for name, value in answer.scores.items()), ""
