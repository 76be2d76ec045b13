"""Which columns of a table hold inputs, labels, splits and groups: as asked for, or by usual names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from zoo.datasets.tables.rows import Rows
from zoo.errors import ConfigError, DataError
from zoo.utils.format import plural, quote_names
from zoo.utils.suggestions import did_you_mean

INPUTS = ("path", "text", "text_b", "tokens")
"""Columns of inputs, as zoo calls them."""
ROLES = (*INPUTS, "label", "split", "group")
"""zoo's own names. ``label:NAME`` is one of several labels; tasks have further columns of labels."""

_PATHS = (
    *("file_name", "filename", "file", "file_path", "filepath", "image", "image_path", "image_file"),
    *("image_filename", "img", "img_path", "audio", "audio_path", "audio_file", "wav", "wav_path"),
)
_IDS = ("id", "image_id", "img_id", "file_id", "audio_id")
_PAIRS = (
    *(("sentence1", "sentence2"), ("premise", "hypothesis"), ("question1", "question2")),
    *(("question", "sentence"), ("text1", "text2"), ("text_a", "text_b"), ("text", "text_b")),
)
_TEXTS = (
    *("sentence", "content", "review", "review_body", "review_text", "comment", "comment_text", "tweet"),
    *("message", "body", "document", "headline", "utterance"),
)
USUAL_LABELS = (
    *("labels", "class", "class_name", "classname", "category", "target", "sentiment", "choice", "breed"),
    *("species", "lbl", "intent", "emotion", "topic", "rating", "stars"),
)
_GROUPS = ("patient", "patient_id", "subject", "subject_id", "speaker", "speaker_id", "user_id", "video_id")
UNUSED = " (unused)"
"""Ends the name of a column that is called like a role which another column has."""

Chosen = Mapping[str, str]


def named(
    rows: Rows,
    chosen: Chosen,
    has_files: Callable[[Sequence[Any]], bool],
    labels: Sequence[str] = (),
    *,
    inputs_only: bool = False,
) -> Rows:
    """Return the table with zoo's names for the columns that have a role, and a note about the choice.

    Args:
        rows: as they were read.
        chosen: column of each role, as the user gave them; names match without regard to case.
        has_files: whether values are names of files, endings left out; it decides about columns of ids.
        labels: roles of the columns of labels that tasks have besides ``label``.
        inputs_only: look for no other roles, and leave out those of ``chosen``: nobody needs labels.

    Raises:
        ConfigError: there is no such role, or a column has two.
        DataError: there is no such column, or several could have a role.
    """
    chosen = _checked(chosen, labels)
    if inputs_only:
        chosen = {role: name for role, name in chosen.items() if role in INPUTS}
    roles = {role: _column(rows, role, name) for role, name in chosen.items()}
    roles |= _inputs(rows, roles, has_files)
    roles |= {} if inputs_only else _labels(rows, roles)
    for role in () if inputs_only else (*labels, "split", "group"):
        if role not in roles and (found := _folded(rows, roles).get(role)):
            roles[role] = found
    by_column = {column: role for role, column in roles.items()}
    # A column that has zoo's name but not the role is left out under a name that means nothing.

    def new_name(name: str) -> str:
        unused = name in roles or _displaced(name, chosen)
        return by_column.get(name, f"{name}{UNUSED}" if unused else name)

    columns = {new_name(name): values for name, values in rows.columns.items()}
    if ids := [role for role, column in roles.items() if role == "path" and column.lower() in _IDS]:
        columns["path"] = [value if value is None else str(value) for value in columns[ids[0]]]
    said = ", ".join(f"{role} is {column!r}" for role, column in roles.items() if role != column)
    notes = (f"columns: {said} (--columns {_example(roles)} chooses)",) if said else ()
    return replace(rows, columns=columns, notes=(*rows.notes, *notes))


def ignored(names: Sequence[str]) -> tuple[str, ...]:
    """Return the note about columns that were left out; columns that look like groups are pointed out."""
    if not names:
        return ()
    shown = [name.removesuffix(UNUSED) for name in names]
    group = next((name for name in shown if name.lower() in _GROUPS), None)
    hint = f"; --columns group={group} keeps each {group} on one side of the split" if group else ""
    return (f"ignored {plural(len(names), 'column')} ({', '.join(shown[:5])}){hint}",)


def _example(roles: Mapping[str, str]) -> str:
    return ",".join(f"{role}=..." for role, column in roles.items() if role != column)


def _checked(chosen: Chosen, labels: Sequence[str]) -> Chosen:
    known = (*INPUTS, *labels, *ROLES[len(INPUTS) :])
    # A data frame may have numbers for names.
    chosen = {role: str(column) for role, column in chosen.items()}
    for role in chosen:
        if role not in known and not (role.startswith("label:") and len(role) > len("label:")):
            hint = did_you_mean(role, known) or f"use one of: {', '.join(known)}, label:NAME"
            raise ConfigError(f"a column cannot be {role!r}", hint=hint)
    seen: dict[str, str] = {}
    for role, column in chosen.items():
        if (other := seen.setdefault(column, role)) != role:
            raise ConfigError(f"column {column!r} cannot be both {other} and {role}", hint="choose one")
    return chosen


def _displaced(name: str, chosen: Chosen) -> bool:
    """Return whether a column would have a role by its name, but the user chose other columns."""
    inputs = name in INPUTS and any(role in INPUTS for role in chosen)
    is_label = name == "label" or name.startswith("label:")
    return inputs or (is_label and any(role.partition(":")[0] == "label" for role in chosen))


def _column(rows: Rows, role: str, name: str) -> str:
    if name in rows.columns:
        return name
    alike = [one for one in rows.columns if one.casefold() == name.casefold()]
    if len(alike) == 1:
        return alike[0]
    raise DataError(
        f"the table has no column {name!r} for {role}",
        path=rows.heading,
        why=f"it has {quote_names(list(rows.columns), 10)}",
        hint=did_you_mean(name, rows.columns) or "choose one of these with --columns",
    )


def _folded(rows: Rows, roles: Mapping[str, str]) -> dict[str, str]:
    """Return columns without a role yet, by their names in lower case with _ for blanks."""
    taken = set(roles.values())
    found: dict[str, str] = {}
    for name, values in rows.columns.items():
        # A Parquet column of a type that tables have no use for holds None alone.
        if name not in taken and (name in ROLES or any(value is not None for value in values)):
            # The exact name wins over one that differs in case.
            key = name.casefold().replace(" ", "_").replace("-", "_")
            if key not in found or name == key:
                found[key] = name
    return found


def _inputs(
    rows: Rows, roles: Mapping[str, str], has_files: Callable[[Sequence[Any]], bool]
) -> dict[str, str]:
    if any(role in INPUTS for role in roles):
        return {}
    known = _folded(rows, roles)
    own = {role: known[role] for role in INPUTS if role in known}
    if {"path", "text", "tokens"} & own.keys():
        return own
    pairs = [pair for pair in _PAIRS if all(one in known for one in pair)]
    singles = [one for one in _TEXTS if one in known and not any(one in pair for pair in pairs)]
    files = [one for one in _PATHS if one in known]
    candidates = [{"text": known[one], "text_b": known[other]} for one, other in pairs]
    candidates += [{"text": known[one]} for one in singles] + [{"path": known[one]} for one in files]
    if not candidates:
        ids = [known[one] for one in _IDS if one in known]
        candidates = [{"path": name} for name in ids if has_files(rows.columns[name])]
    if len(candidates) > 1:
        raise _ambiguous(rows, "the input", candidates)
    return candidates[0] if candidates else own


def _labels(rows: Rows, roles: Mapping[str, str]) -> dict[str, str]:
    if any(role.partition(":")[0] == "label" for role in roles):
        return {}
    known = _folded(rows, roles)
    if any(name.startswith("label:") for name in rows.columns):
        return {}
    if "label" in known:
        return {"label": known["label"]}
    candidates = [{"label": known[one]} for one in USUAL_LABELS if one in known]
    if len(candidates) > 1 and not _all_numbers(rows, known):
        raise _ambiguous(rows, "the label", candidates)
    return candidates[0] if len(candidates) == 1 else {}


def _all_numbers(rows: Rows, known: Mapping[str, str]) -> bool:
    """Return whether all columns left are numbers, and so labels together."""
    others = [rows.columns[name] for role, name in known.items() if role not in ("split", "group")]
    return all(map(numeric, others))


def numeric(values: Sequence[Any] | None) -> bool:
    """Return whether a column holds numbers, or true and false, in every row."""
    try:
        return all(str(v).lower() in ("true", "false") or float(v) is not None for v in values or ())
    except (TypeError, ValueError):
        return False


def _ambiguous(rows: Rows, what: str, candidates: Sequence[Mapping[str, str]]) -> DataError:
    listed = " or ".join(repr("+".join(one.values())) for one in candidates[:5])
    typed = ", or ".join(
        "--columns " + ",".join(f"{role}={column}" for role, column in one.items()) for one in candidates[:3]
    )
    return DataError(
        f"several columns could hold {what}: {listed}", path=rows.heading, hint=f"say which: {typed}"
    )
