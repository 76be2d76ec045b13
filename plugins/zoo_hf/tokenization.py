"""Preparing texts: the model's own tokenizer, each text numbered once, a batch padded to its longest."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from copy import deepcopy
from threading import Lock
from typing import Any

import torch
from tokenizers import normalizers
from torch import Tensor, nn

from zoo.errors import ConfigError, DataError, IntegrityError
from zoo.plugin import data, files
from zoo_hf.config_files import SENTENCES, configuration
from zoo_hf.staging import staged
from zoo_hf.vocabulary import damage_refused, require_agreement, require_files

_log = logging.getLogger("zoo.hf")

_ENDLESS = 10**9
"""The library writes a limit larger than this where there is none."""
_KEPT = 4_000_000
"""Tokens that are remembered."""

WORDS = "words"
"""Name of the places of words among the tokens."""

Row = dict[str, list[int]]


def tokenizer_of(description: Mapping[str, bytes], config: Any, model_id: str) -> Any:
    """Return the tokenizer that the files describe; it has a token for padding, and writes all in lower case
    first where sentence-transformers would.

    Raises:
        ConfigError: it needs a library that is not installed.
        IntegrityError: there is none, or the files do not make one.
    """
    from transformers import AutoTokenizer

    try:
        with staged(description) as folder, files.wrap_panics(f"the tokenizer of {model_id} is damaged"):
            found = AutoTokenizer.from_pretrained(
                str(folder), config=config, local_files_only=True, trust_remote_code=False
            )
    except (ImportError, OSError) as error:
        raise ConfigError(
            f"{model_id} has no tokenizer that can be read",
            why=str(error).strip()[:300],
            hint="check its files",
        ) from error
    except IntegrityError:
        raise
    except Exception as error:
        # The tokenizers library raises bare exceptions for files that are not what they should be.
        raise IntegrityError(
            f"the files of {model_id} do not make a tokenizer",
            why=f"{type(error).__name__}: {str(error)[:300]}",
            hint="download them again",
        ) from error
    require_files(found, description, model_id)
    require_agreement(found, description, model_id)
    if found.pad_token_id is None:
        # Models that only ever wrote texts have none. What is masked may be any token but one that ends every
        # text: a decoder's vector is that of the last token that is not padding.
        with damage_refused(f"the tokenizer of {model_id} is damaged"):
            usual = set(found("a")["input_ids"][-1:])
        choices = [found.eos_token_id, found.unk_token_id, found.bos_token_id, *range(len(found))]
        found.pad_token = found.convert_ids_to_tokens(
            next(one for one in choices if one is not None and one not in usual)
        )
    if found.is_fast and configuration(description, SENTENCES).get("do_lower_case"):
        backend = found.backend_tokenizer
        parts = [normalizers.Lowercase(), *([backend.normalizer] if backend.normalizer else [])]
        backend.normalizer = normalizers.Sequence(parts)
    return found


def limit_of(tokenizer: Any, config: Any, description: Mapping[str, bytes]) -> int | None:
    """Tokens after which texts are cut off: the least of what the files state. The built model may take fewer
    (:func:`limit_within`)."""
    text = config.get_text_config()
    stated = [
        tokenizer.model_max_length,
        configuration(description, SENTENCES).get("max_seq_length"),
    ]
    found = [int(one) for one in stated if isinstance(one, (int, float)) and 0 < one < _ENDLESS]
    rows = getattr(text, "max_position_embeddings", None) or getattr(text, "n_positions", None)
    if isinstance(rows, int) and rows > 0:
        found.append(rows)
    return min(found) if found else None


def limit_within(module: nn.Module, limit: int | None) -> int | None:
    """Return the limit, or fewer where the module's table of positions has room for fewer.

    RoBERTa and its kin number positions from behind the padding token's: the rows up to it are never read,
    and the configuration states the whole table.
    """
    for name, part in module.named_modules():
        if "position" in name.rpartition(".")[2] and getattr(part, "padding_idx", None) is not None:
            rows = getattr(part, "weight", None)
            if isinstance(rows, Tensor) and rows.ndim == 2:
                room = len(rows) - int(part.padding_idx) - 1
                limit = room if limit is None else min(limit, room)
    return limit


class Tokens:
    """Texts to numbered tokens. Threads may share it.

    Args:
        tokenizer: of transformers.
        limit: tokens, special ones included, after which a text is cut off; None: never.
        lock: of all who use the tokenizer: a call changes whether and where it cuts off, for every thread.

    Attributes:
        rows: of the model's table of embeddings; None: not known.
        seen: number of different texts so far.
        cut: how many of them were cut off.
        lost: tokens that these lost together.
    """

    def __init__(self, tokenizer: Any, limit: int | None, lock: Lock | None = None):
        self.tokenizer, self.limit, self.lock = tokenizer, limit, lock or Lock()
        self.rows: int | None = None
        self.seen = self.cut = self.lost = 0
        self._known: OrderedDict[Any, Row] = OrderedDict()
        self._held = 0

    def __deepcopy__(self, memo: dict[int, Any]) -> Tokens:
        """The same with a tokenizer of its own; a lock cannot be copied, and both may use one."""
        new = type(self).__new__(type(self))
        memo[id(self)], memo[id(self.lock)] = new, self.lock
        with self.lock:
            new.__dict__.update(deepcopy(self.__dict__, memo))
        return new

    def __call__(self, texts: Iterable[Any]) -> dict[str, Tensor]:
        """A batch of ``str``, of pairs of them, or of :class:`~zoo.plugin.data.Words`, to tensors
        on the
        CPU: token numbers (B, T), mask, and whatever else the model wants of its tokenizer; for words also
        ``words`` (B, W), see :class:`zoo.plugin.Backbone`."""
        rows = [self._row(one if isinstance(one, (str, data.Words)) else tuple(one)) for one in texts]
        words = [row[WORDS] for row in rows if WORDS in row]
        native = [{name: value for name, value in row.items() if name != WORDS} for row in rows]
        padded = self.tokenizer.pad(
            native, padding="longest", return_attention_mask=True, return_tensors="pt"
        )
        found = {name: value for name, value in padded.items() if isinstance(value, Tensor)}
        if words:
            length = found["input_ids"].shape[1]
            found[WORDS] = torch.full((len(rows), max(map(len, words))), -1)
            for i, places in enumerate(words):
                before = length - len(native[i]["input_ids"]) if self.tokenizer.padding_side == "left" else 0
                found[WORDS][i, : len(places)] = torch.tensor([p + before if p >= 0 else -1 for p in places])
        return found

    def length(self, text: Any) -> int:
        """Tokens of a text, of a pair or of words, as they will stand in a batch."""
        return len(self._row(text if isinstance(text, (str, data.Words)) else tuple(text))["input_ids"])

    def notes(self) -> list[str]:
        """Return how many texts were cut off so far, and what they lost; empty where none was."""
        if not self.cut:
            return []
        return [
            f"{self.cut:,} of {self.seen:,} texts had more than {self.limit:,} tokens and were cut off; "
            f"{self.lost:,} tokens were not read"
        ]

    def forget(self) -> None:
        """As if nothing had been numbered yet."""
        with self.lock:
            self.seen = self.cut = self.lost = self._held = 0
            self._known.clear()

    def afresh(self) -> Tokens:
        """Return the same tokenizer with counts of its own."""
        new = Tokens(self.tokenizer, self.limit, self.lock)
        new.rows = self.rows
        return new

    def _row(self, text: Any) -> Row:
        key = type(text), text
        with self.lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
            with damage_refused("the model's tokenizer fails on a text"):
                row = self._numbered(text)
            self._known[key] = row
            self._held += len(row["input_ids"])
            while self._held > _KEPT and len(self._known) > 1:
                self._held -= len(self._known.popitem(last=False)[1]["input_ids"])
            return row

    def _numbered(self, text: Any) -> Row:
        listed = isinstance(text, data.Words)
        parts = (" ".join(text),) if listed else (text,) if isinstance(text, str) else text
        options: dict[str, Any] = {
            "verbose": False,
            "return_offsets_mapping": listed,
            "return_attention_mask": True,
        }
        row = self.tokenizer(*parts, **options)
        full = len(row["input_ids"])
        self.seen += 1
        if self.limit is not None and full > self.limit:
            row = self.tokenizer(*parts, truncation=True, max_length=self.limit, **options)
            self.cut += 1
            self.lost += full - len(row["input_ids"])
            if self.cut == 1:
                _log.warning(
                    "texts of more than %d tokens are cut off; the first such has %d", self.limit, full
                )
        if self.rows is not None and max(row["input_ids"], default=0) >= self.rows:
            token = self.tokenizer.convert_ids_to_tokens(max(row["input_ids"]))
            raise DataError(
                f"a text has the token {token!a}, which the model does not know",
                why=f"the table of embeddings has {self.rows:,} rows",
                hint="take it out of the text",
            )
        row = dict(row)
        if listed:
            row[WORDS] = _places(text, row.pop("offset_mapping"))
        return row


def _places(words: data.Words, offsets: list[tuple[int, int]]) -> list[int]:
    """Return the place of each word's first token among tokens at these (begin, end) of the joined text; -1:
    none.

    By places in the text, because not every tokenizer takes lists of words, and because a word is numbered
    so as it is inside a text.
    """
    places, begin, number = [], 0, 0
    for word in words:
        end = begin + len(word)
        # Special tokens stand for no letters; some tokenizers count the blank before a word to it.
        while number < len(offsets) and (
            offsets[number][1] <= begin or offsets[number][0] == offsets[number][1]
        ):
            number += 1
        inside = number < len(offsets) and offsets[number][0] < end
        places.append(number if inside else -1)
        begin = end + 1
    return places


def probe_texts() -> list[str]:
    """Return texts of different lengths, for looking at how a model runs."""
    return ["ab cd", "ab cde", "ab cdef", "a longer one, for padding"]


def other_texts() -> list[str]:
    """Fewer, and longer."""
    return ["one more, longer than all of the others before", "a b", "neither short nor long"]


def choose_padding_side(module: Any, tokens: Tokens) -> None:
    """Choose the side of the padding on which it does not change an answer: first the tokenizer's own.

    Where it does on both (convolutions over time, say), inputs are computed one at a time; unless the model
    cannot take a short text by itself.
    """
    texts = probe_texts()
    own = tokens.tokenizer.padding_side
    with torch.no_grad():
        for side in (own, "left" if own == "right" else "right"):
            tokens.tokenizer.padding_side = side
            try:
                alone = torch.cat([module(tokens([text])) for text in texts])
            except (RuntimeError, ValueError, IndexError):
                tokens.tokenizer.padding_side = own
                return
            if torch.allclose(alone, module(tokens(texts)), rtol=1e-4, atol=1e-5):
                return
    tokens.tokenizer.padding_side = own
    module.alone = True
