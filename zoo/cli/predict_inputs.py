"""The inputs of ``zoo predict``: arguments and lines, each with its place, and what came of them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.errors import DataError

if TYPE_CHECKING:
    from zoo.api.model import Model
    from zoo.core.task import Prediction


@dataclass(frozen=True)
class Asked:
    """One input as it was typed.

    Args:
        place: for messages: ``argument 2``, ``-:3``, ``reviews.csv:17``.
        text: the text, or the path.
        line: number of the line, from 1; None: an argument.
        fault: why it is no input; None: it is one.
        value: the input itself, where a table holds it; None: ``text`` is yet to be read.
    """

    place: str
    text: str
    line: int | None = None
    fault: DataError | None = None
    value: Any = None


@dataclass(frozen=True)
class Answer:
    """What came of one input; either ``prediction`` or ``fault`` is None.

    Args:
        asked: the input as it was typed.
        given: the input as it was understood: ``file``, ``text`` and perhaps ``text_b``, or ``words``.
        prediction: of the model.
        fault: why there is none.
    """

    asked: Asked
    given: dict[str, Any]
    prediction: Prediction | None = None
    fault: DataError | None = None


def collect(arguments: Iterable[str], file: Path | None) -> list[Asked]:
    """Return every argument and every line; ``-`` stands for the lines of standard input.

    A ``file`` that is a table is an argument, and no lines.

    Raises:
        DataError: ``file`` cannot be read.
    """
    from zoo.datasets.tables.unlabelled import is_table

    found: list[Asked] = []
    for number, argument in enumerate(arguments, start=1):
        if argument == "-":
            found += _lines("-", sys.stdin.buffer.read())
        else:
            found.append(Asked(f"argument {number}", argument))
    if file is not None and is_table(file) and file.is_file():
        found.append(Asked(str(file), str(file)))
    elif file is not None:
        try:
            content = file.read_bytes()
        except OSError as error:
            raise DataError("cannot read the file", path=file, why=error.strerror or str(error)) from None
        found += _lines(str(file), content)
    return found


def _lines(name: str, content: bytes) -> Iterator[Asked]:
    from zoo.datasets.text_lines import numbered

    for number, line in numbered(name, content):
        place = f"{name}:{number}"
        yield (Asked(place, "", number, line) if isinstance(line, DataError) else Asked(place, line, number))


def answers(model: Model, asked: Sequence[Asked], batch_size: int) -> list[Answer]:
    """Predict every input that can be read, in batches; each of the others has its fault."""
    read = [_read(model, one) for one in asked]
    sound = [value for value in read if not isinstance(value, DataError)]
    parts = [sound[start : start + batch_size] for start in range(0, len(sound), batch_size)]
    said = iter([one for part in parts for one in _predicted(model, part)])
    found: list[Answer] = []
    for one, value in zip(asked, read, strict=True):
        result = value if isinstance(value, DataError) else next(said)
        if isinstance(result, DataError):
            found.append(Answer(one, {}, None, result))
        else:
            found.append(Answer(one, _given(model, value), result))
    return found


def _read(model: Model, one: Asked) -> Any:
    """Return what ``model.predict`` is given, or the DataError that says why it is not."""
    from zoo.datasets.inputs.tokens import as_words

    if one.fault is not None:
        return one.fault
    if one.value is not None:
        return _unless_bad(one, one.value)
    form = model.input_form
    if form == "words":
        try:
            return as_words(one.text).rows[0]
        except DataError as error:
            return DataError(error.what, path=one.place, hint=error.hint)
    if form in ("image", "audio"):
        blank = DataError("the path is blank", path=one.place, hint="give the path of a file")
        return one.text if one.text.strip() else blank
    if form != "text pair":
        return _unless_bad(one, one.text)
    pair = tuple(one.text.split("\t"))
    if len(pair) != 2:
        return DataError(
            f"the run was trained on pairs of texts; there {_parts(len(pair))} here",
            path=one.place,
            hint="write the two texts of a pair with one tab between them",
        )
    return _unless_bad(one, pair)


def _unless_bad(one: Asked, text: Any) -> Any:
    from zoo.datasets.inputs.texts import Texts
    from zoo.datasets.inputs.tokens import WordLists
    from zoo.datasets.inputs.words import Words

    fault = (WordLists if isinstance(text, Words) else Texts)([text]).fault(0)
    hint = "give a text with at least one letter" if "blank" in fault else "give the text without it"
    return DataError(fault, path=one.place, hint=hint) if fault else text


def _parts(count: int) -> str:
    return "is one text" if count == 1 else f"are {count:,}"


def _predicted(model: Model, values: list[Any]) -> list[Prediction | DataError]:
    """Predictions of a batch; where an input of it cannot be read, of each by itself."""
    try:
        return list(model.predict(values, batch_size=len(values)))
    except DataError:
        return [_single(model, value) for value in values]


def _single(model: Model, value: Any) -> Prediction | DataError:
    try:
        return model.predict([value])[0]
    except DataError as error:
        return error


def _given(model: Model, value: Any) -> dict[str, Any]:
    form = model.input_form
    if form == "words":
        return {"words": list(value)}
    if form == "text pair":
        return {"text": value[0], "text_b": value[1]}
    return {"file" if form in ("image", "audio") else "text": value}
