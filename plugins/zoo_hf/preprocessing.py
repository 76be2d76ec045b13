"""What a source hands over with a model: tokenizer, image processor or feature extractor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from zoo.errors import IntegrityError
from zoo.plugin import AnyInput, TextInput
from zoo_hf.audio import Waves, audio_input, extractor_of
from zoo_hf.images import Size, image_input, native_size, normalization, processed, processor_of
from zoo_hf.model_types import Kind
from zoo_hf.module import Headless
from zoo_hf.tokenization import Tokens, limit_of, limit_within, other_texts, probe_texts, tokenizer_of
from zoo_hf.vocabulary import require_fit, rows_of_embeddings


@dataclass(frozen=True)
class Preprocessor:
    """``prepare`` and ``form`` as in :class:`zoo.plugin.Backbone`; ``probe`` is a small raw
    batch; ``reference`` the library's own preprocessing of one example; ``again`` prepares the probe and a
    batch of another size, and leaves no trace in ``prepare``."""

    prepare: Callable[[Any], Any]
    form: AnyInput
    probe: Any
    reference: Callable[[Any], Any]
    again: Callable[[], tuple[Any, Any]]


def entrance_of(
    kind: Kind, config: Any, description: Mapping[str, bytes], size: Size | None, model_id: str
) -> Preprocessor:
    """Return the way into a model. ``config`` receives the size of the images and the padding token.

    Raises:
        ConfigError: the library's preprocessing cannot be used.
        IntegrityError: its files are not sound, or not of this model.
    """
    if kind.modality == "image":
        return _images(config, description, size, model_id)
    if kind.modality == "text":
        return _texts(config, description, model_id)
    return _sounds(config, description, model_id)


def _sounds(config: Any, description: Mapping[str, bytes], model_id: str) -> Preprocessor:
    extractor = extractor_of(description, config, model_id)
    waves = Waves(extractor)

    def reference(wave: Any) -> dict[str, Any]:
        row = extractor([wave], sampling_rate=waves.rate, return_tensors="np", return_attention_mask=True)
        return {name: value[0] for name, value in row.items()}

    return Preprocessor(
        waves,
        audio_input(extractor),
        waves.probe(),
        reference,
        lambda: (waves(waves.probe((8, 4))), waves(waves.probe((5, 7, 3)))),
    )


def _images(config: Any, description: Mapping[str, bytes], size: Size | None, model_id: str) -> Preprocessor:
    processor = processor_of(description, config, model_id)
    described = bool(description.keys() & {"preprocessor_config.json", "processor_config.json"})
    if size is not None and isinstance(getattr(config, "image_size", None), (int, list, tuple)):
        config.image_size = size[0] if size[0] == size[1] else list(size)
    form = image_input(processor, size or native_size(config, processor, described=described))
    normalize = normalization(processor, model_id)
    form = form.model_copy(update=_statistics(processor))

    def noise(count: int) -> torch.Tensor:
        random = np.random.default_rng(count)
        return torch.from_numpy(random.integers(0, 256, (count, form.height, form.width, 3), dtype=np.uint8))

    return Preprocessor(
        normalize,
        form,
        noise(2),
        lambda image: processed(processor, image, form),
        lambda: (normalize(noise(2)), normalize(noise(3))),
    )


def _statistics(processor: Any) -> dict[str, tuple[float, ...]]:
    mean, std = getattr(processor, "image_mean", None), getattr(processor, "image_std", None)
    if not getattr(processor, "do_normalize", False) or not mean or not std:
        return {}
    return {"mean": tuple(map(float, mean)), "std": tuple(map(float, std))}


def _texts(config: Any, description: Mapping[str, bytes], model_id: str) -> Preprocessor:
    tokenizer = tokenizer_of(description, config, model_id)
    inner = config.get_text_config()
    rows = getattr(inner, "vocab_size", None)
    own = getattr(inner, "pad_token_id", None)
    if own is None or (isinstance(rows, int) and not 0 <= own < rows):
        # Models that only ever wrote texts have none, and classify then one text at a time. Another is left
        # until the model is built: RoBERTa and its kin number positions from it.
        config.pad_token_id = inner.pad_token_id = tokenizer.pad_token_id
    # Nothing is written word by word here, so nothing need be kept for the next word.
    config.use_cache = inner.use_cache = False
    if isinstance(rows, int) and not 0 <= tokenizer.pad_token_id < rows:
        raise IntegrityError(
            f"the tokenizer of {model_id} is not of this model",
            why=f"its padding is token {tokenizer.pad_token_id}, the model has {rows}",
            hint="check the folder's files",
        )
    if getattr(inner, "type_vocab_size", None) == 1:
        # One kind of text: the tokenizer's second would be beyond the table.
        tokenizer.model_input_names = [one for one in tokenizer.model_input_names if one != "token_type_ids"]
    prepare = Tokens(tokenizer, limit_of(tokenizer, config, description))
    form = TextInput(max_length=prepare.limit, pair=tokenizer.num_special_tokens_to_add(pair=True) > 0)

    def reference(text: Any) -> dict[str, Any]:
        parts = (text,) if isinstance(text, str) else tuple(text)
        limit = prepare.limit
        with prepare.lock:
            row = tokenizer(*parts, truncation=limit is not None, max_length=limit, return_tensors="np")
        return {name: value[0] for name, value in row.items()}

    def again() -> tuple[Any, Any]:
        tokens = prepare.afresh()
        return tokens(probe_texts()), tokens(other_texts())

    return Preprocessor(prepare, form, probe_texts(), reference, again)


def settled(entrance: Preprocessor, module: Headless, config: Any, model_id: str) -> Preprocessor:
    """Return the way in, when the model is built: what only the built model tells.

    Raises:
        IntegrityError: the tokenizer does not fit the model.
    """
    tokens = entrance.prepare
    if not isinstance(tokens, Tokens):
        return entrance
    require_fit(tokens.tokenizer, module.model, model_id)
    tokens.rows = rows_of_embeddings(module.model)
    # The padding in the batch tells a decoder where its text ends.
    config.pad_token_id = config.get_text_config().pad_token_id = tokens.tokenizer.pad_token_id
    tokens.limit = limit_within(module, tokens.limit)
    return replace(entrance, form=entrance.form.model_copy(update={"max_length": tokens.limit}))
