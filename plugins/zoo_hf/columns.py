"""From the columns of a Hub's data set to zoo's inputs and labels, by rules that are said aloud."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from datasets import Audio, ClassLabel, Dataset, Features, Image, List, Value, concatenate_datasets

from zoo.errors import DataError
from zoo.plugin import RawTable, Rows, data, messages

PAIRS = (
    ("text", "text_b"),
    ("sentence1", "sentence2"),
    ("premise", "hypothesis"),
    ("question1", "question2"),
    ("question", "sentence"),
)
TEXTS = ("text", "sentence", "content", "review", "review_body")
TAGS = ("ner_tags", "tags", "pos_tags")
LABELS = ("label", "labels")


def table_of(
    parts: Mapping[str, Dataset], name: str, notes: Sequence[str], *, roots: Sequence[Path]
) -> RawTable | Rows:
    """Return one table of all splits, with labels that no task has read.

    The inputs are the first of: the only image column, the only sound column, ``tokens`` with a column of
    tags, one of :data:`PAIRS`, one of :data:`TEXTS`. The labels are ``label`` or ``labels``, else the only
    column of class labels.

    Args:
        parts: splits by zoo's names; one under an empty name means that the data bring no split.
        name: of the data, for messages.
        notes: what was said already.
        roots: folders that files may lie in, where the data hold paths.

    Raises:
        DataError: no such columns, or labels that cannot be meant; names the columns that there are.
    """
    features = next(iter(parts.values())).features
    labelled = _label_column(features, name)
    parts, more = _with_labels(parts, labelled, features)
    rows = concatenate_datasets(list(parts.values())) if len(parts) > 1 else next(iter(parts.values()))
    places = [
        f"{name}:{split}[{i}]" if split else f"{name}[{i}]"
        for split, part in parts.items()
        for i in range(len(part))
    ]
    splits = None if "" in parts else [split for split, part in parts.items() for _ in range(len(part))]
    labels = _named(rows[labelled], features[labelled])
    if "tokens" in features and labelled in TAGS:
        said = f"tokens and {labelled} taken from {messages.quote_names(list(features), 10)}"
        columns = {"tokens": list(rows["tokens"]), "tags": labels}
        if splits is not None:
            columns["split"] = splits
        lines = list(range(len(places)))
        return _Placed(Path(name), columns, lines, header=0, notes=(said, *notes, *more), places=places)
    taken, inputs, keys = _inputs(rows, features, labelled, places, name, roots)
    columns = messages.quote_names(list(features), 10)
    said = f"{' and '.join(taken)} with {labelled} taken from the columns {columns}"
    raw = data.RawLabels({"label": labels}, places.__getitem__, declared=_declared(features[labelled]))
    return RawTable(inputs, raw, keys, splits, (said, *notes, *more))


@dataclass(frozen=True)
class _Placed(Rows):
    """Rows whose places are those of the Hub's splits."""

    places: Sequence[str] = ()

    def where(self, row: int) -> str:
        """``hf:user/dataset:train[3]``."""
        return self.places[row]


def _label_column(features: Features, name: str) -> str:
    if "tokens" in features and (tags := next((one for one in TAGS if one in features), None)):
        return tags
    if named := next((one for one in LABELS if one in features), None):
        return named
    classes = [one for one, feature in features.items() if isinstance(feature, ClassLabel)]
    if len(classes) == 1:
        return classes[0]
    raise _unknown(name, features, "a column label, or a single column of class labels")


def _with_labels(
    parts: Mapping[str, Dataset], column: str, features: Features
) -> tuple[dict[str, Dataset], list[str]]:
    """Splits without those whose labels were kept back: -1 throughout, as test splits of contests have."""
    hidden = [
        split
        for split, part in parts.items()
        if isinstance(features[column], ClassLabel) and set(part.unique(column)) <= {-1, None}
    ]
    kept = {split: part for split, part in parts.items() if split not in hidden}
    if not kept:
        raise DataError(
            "no split has labels", why=f"column {column!r} is -1 throughout", hint="label the data"
        )
    return kept, [f"left out the split {split!r}: its labels are not published" for split in hidden]


def _named(values: Sequence[Any], feature: Any) -> list[Any]:
    """Return values with class numbers as names."""
    inner = feature.feature if isinstance(feature, List) else feature
    if not isinstance(inner, ClassLabel):
        return list(values)
    names = inner.names

    def one(number: int | None) -> str | None:
        return None if number is None or not 0 <= number < len(names) else names[number]

    return [[one(each) for each in row] if isinstance(row, list) else one(row) for row in values]


def _declared(feature: Any) -> Literal["names", "sets", "numbers"] | None:
    """Return what the type of a column says of its labels."""
    if isinstance(feature, ClassLabel):
        return "names"
    if isinstance(feature, List) and isinstance(feature.feature, ClassLabel):
        return "sets"
    return "numbers" if isinstance(feature, Value) and feature.dtype.startswith("float") else None


def _inputs(
    rows: Dataset, features: Features, labelled: str, places: list[str], name: str, roots: Sequence[Path]
) -> tuple[tuple[str, ...], data.Inputs, list[str]]:
    """(columns taken, inputs, keys)."""
    for feature, make in ((Image, data.ImageFiles), (Audio, data.AudioFiles)):
        columns = [one for one, kind in features.items() if isinstance(kind, feature)]
        if len(columns) == 1:
            contents = _contents(rows.cast_column(columns[0], feature(decode=False)), columns[0], roots)
            return (columns[0],), make(places, contents), [place.removeprefix(f"{name}") for place in places]
        if columns:
            raise _unknown(name, features, f"one column of type {feature.__name__}, not {len(columns)}")
    for names in (*PAIRS, *((one,) for one in TEXTS)):
        if all(one in features and one != labelled for one in names):
            columns = [list(rows[one]) for one in names]
            texts = data.Texts(
                columns[0] if len(names) == 1 else list(zip(*columns, strict=True)), places.__getitem__
            )
            return names, texts, [texts.digest(i) for i in range(len(texts))]
    raise _unknown(name, features, "an image, a sound, tokens, text, sentence, or sentence1 and sentence2")


def _contents(rows: Dataset, column: str, roots: Sequence[Path]) -> Callable[[int], bytes]:
    """Reads one file out of the table, or from where the table says it lies on this disk."""
    only = rows.select_columns([column])

    def content(index: int) -> bytes:
        value = only[index][column]
        if value is None:
            return b""
        if value["bytes"] is not None:
            return bytes(value["bytes"])
        # Folders of files keep paths. A table from elsewhere may name any file of this disk: not opened.
        file = Path(value["path"]).resolve()
        if not any(file.is_relative_to(root) for root in roots):
            raise DataError("the data name a file outside their folder", path=file, hint="leave it out")
        if not file.is_file():
            raise DataError("the file is gone", path=file, hint="fetch the data again")
        return file.read_bytes()

    return content


def _unknown(name: str, features: Features, wanted: str) -> DataError:
    kinds = [
        f"{one} ({getattr(kind, 'dtype', None) or type(kind).__name__})" for one, kind in features.items()
    ]
    return DataError(
        f"{name} has no columns that zoo knows",
        why=f"it has {', '.join(kinds[:10])}{', ...' if len(kinds) > 10 else ''}; wanted: {wanted}",
        hint=f"rename columns and save the table as Parquet ({messages.plural(len(kinds), 'column')} there)",
    )
