"""Checks that a tokenizer is its model's: complete, of one vocabulary, as large as the embeddings."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import nn

from zoo.errors import IntegrityError
from zoo.plugin import files, registry

_log = logging.getLogger("zoo.hf")

_WHOLE = ("tokenizer.json", "tokenizer.model")
"""Files that the library reads for a tokenizer of any class; each holds all of it."""
_LISTS = ("vocab.txt", "vocab.json")
"""Files that list a vocabulary in plain text."""
_TOLERANCE = 0.1
"""Share of a listed vocabulary that may have other numbers: placeholders (``[unused1]``) are renamed."""
_PADDING = 128
"""Rows by which a table may be larger than the vocabulary without a word; also a tenth of the rows."""


def require_files(tokenizer: Any, description: Mapping[str, bytes], model_id: str) -> None:
    """Refuse a tokenizer that the library made up because its vocabulary files are missing.

    Raises:
        IntegrityError: none of the files of its class is in the description.
    """
    if any(name in description for name in _WHOLE):
        return
    named: dict[str, str] = tokenizer.vocab_files_names
    vocabularies = {name for key, name in named.items() if "vocab" in key or "spm" in key}
    # A class without vocabulary files numbers bytes or characters.
    if not vocabularies or vocabularies & description.keys():
        return
    raise IntegrityError(
        f"{model_id} has no tokenizer",
        why=f"neither tokenizer.json nor {' nor '.join(sorted(vocabularies))} is there; without them "
        "every text is read as unknown tokens",
        hint="write them into the folder: AutoTokenizer.from_pretrained(BASE_MODEL).save_pretrained(FOLDER)"
        if f":{registry.PLACE_PREFIX}" in model_id
        else f"fetch them once online: zoo pull {model_id}",
    )


def require_agreement(tokenizer: Any, description: Mapping[str, bytes], model_id: str) -> None:
    """Refuse a ``tokenizer.json`` that numbers tokens differently from a vocabulary file next to it.

    The library reads ``tokenizer.json`` and ignores the other; a stale one gives wrong numbers to every text.

    Raises:
        IntegrityError: the two are of different tokenizers.
    """
    if not tokenizer.is_fast or "tokenizer.json" not in description:
        return
    known: dict[str, int] = tokenizer.get_vocab()
    for name in _LISTS:
        listed = _listed(name, description.get(name, b""))
        moved = [token for token, number in listed.items() if known.get(token) != number]
        if len(moved) > _TOLERANCE * len(listed):
            raise IntegrityError(
                f"{model_id} has two tokenizers",
                why=f"tokenizer.json knows {len(known):,} tokens and {name} lists {len(listed):,}, of which "
                f"{len(moved):,} have another number there or none",
                hint="remove the file that is not of this model",
            )
        if moved:
            _log.warning(
                "%s: %d of the %d tokens of %s have another number in tokenizer.json, which is used",
                model_id,
                len(moved),
                len(listed),
                name,
            )


def require_fit(tokenizer: Any, module: nn.Module, model_id: str) -> None:
    """Refuse a tokenizer whose vocabulary does not fit the model's table of embeddings.

    Tables are often padded: to a multiple of 128, sometimes to the next power of two, which is at most twice
    the vocabulary. Some decoders (``bart-large-cnn``) were cut by the row of the mask token, which no text
    needs; a text that has it all the same is refused when it is numbered.

    Raises:
        IntegrityError: another token has no row, or more than half of the rows have no token.
    """
    rows = rows_of_embeddings(module)
    if rows is None:
        return
    mask = tokenizer.mask_token_id
    numbers = [one for one in tokenizer.get_vocab().values() if one < rows or one != mask]
    with damage_refused(f"the tokenizer of {model_id} is damaged"):
        for texts in (("ab",), ("ab", "ab")):
            # A template may insert numbers that no token has.
            numbers += tokenizer(*texts)["input_ids"]
    if not all(0 <= number < rows for number in numbers):
        raise IntegrityError(
            f"the tokenizer of {model_id} is not of this model",
            why=f"it has a token with the number {max(numbers):,}, the model has rows for {rows:,} tokens "
            f"(0 to {rows - 1:,})",
            hint="give the tokenizer that the model was trained with; if tokens were added, call "
            "model.resize_token_embeddings(len(tokenizer)) and save the model again",
        )
    known = len(set(numbers))
    if known * 2 < rows:
        raise IntegrityError(
            f"the tokenizer of {model_id} is not of this model",
            why=f"it knows {known:,} tokens, the model has rows for {rows:,}",
            hint="give the tokenizer that the model was trained with",
        )
    if rows - known > max(_PADDING, rows // 10):
        _log.warning(
            "%s: the tokenizer knows %d tokens, the model has rows for %d; check that they are of one model",
            model_id,
            known,
            rows,
        )


@contextmanager
def damage_refused(what: str) -> Iterator[None]:
    """Raise what the tokenizers library raises on damaged files as an error of zoo.

    Raises:
        IntegrityError: the library panicked, or raised a bare ``Exception``.
    """
    try:
        with files.wrap_panics(what):
            yield
    except Exception as error:
        if type(error) is not Exception:
            raise
        raise IntegrityError(what, why=str(error)[:300], hint="download its files again") from error


def rows_of_embeddings(module: nn.Module) -> int | None:
    """Return rows of the table that token numbers are looked up in; None where the model has no such
    table."""
    try:
        table = module.get_input_embeddings()  # type: ignore[operator]
    except (AttributeError, NotImplementedError):
        return None
    return table.num_embeddings if isinstance(table, nn.Embedding) else None


def _listed(name: str, content: bytes) -> dict[str, int]:
    """Tokens and numbers of a ``vocab.txt`` (one a line) or a ``vocab.json``; empty where it is neither."""
    text = content.decode("utf-8-sig", "replace")
    if not name.endswith(".json"):
        return {line.rstrip("\r"): number for number, line in enumerate(text.split("\n")) if line.strip()}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {token: number for token, number in found.items() if isinstance(number, int)}
