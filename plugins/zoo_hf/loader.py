"""The hf source: names, cards, backbones."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from PIL.Image import Image

from zoo.errors import ConfigError, IntegrityError
from zoo.plugin import Backbone, Features, LoadReport, LocalWeights, ModelCard, Tap, files, registry
from zoo_hf.audio import Waves, compute_alone_if_needed
from zoo_hf.bounds import Shapes
from zoo_hf.build import Filled, build, hold_constants, load
from zoo_hf.cards import card_of
from zoo_hf.chain import stages_of
from zoo_hf.config_files import configuration, read_description
from zoo_hf.determinism import require_certain, unmask
from zoo_hf.images import Size
from zoo_hf.model_types import Kind, config_from, kind_of, unskipping
from zoo_hf.module import Headless
from zoo_hf.partial_forward import Chain
from zoo_hf.pooling import left_out, stated_pooling
from zoo_hf.preprocessing import entrance_of, settled
from zoo_hf.resolve import Snapshot
from zoo_hf.tokenization import Tokens, choose_padding_side

_log = logging.getLogger("zoo.hf")


class HfLoader:
    """Implements :class:`zoo.plugin.Loader`."""

    def __init__(self) -> None:
        self._references: dict[str, Callable[[Any], Any]] = {}

    def names(self) -> Iterable[str]:
        """Return names in the registry and in the Hub client's cache, sorted; any other can be opened too."""
        from zoo_hf.cached import cached_models

        mine = (str(row["id"]) for row in registry.rows(["hf:"]))
        listed = {model_id.partition(":")[2] for model_id in mine if model_id.startswith("hf:")}
        return sorted(listed | cached_models())

    def describe(self, name: str) -> ModelCard:
        """Return the card of a repository; what it is, its files say when it is opened."""
        return card_of(name)

    def open(
        self,
        card: ModelCard,
        weights: LocalWeights | None,
        *,
        input_size: Size | None = None,
        assets: Path | None = None,
        shapes: Shapes | None = None,
    ) -> Backbone:
        """Build the model without its head; float32, on the CPU.

        Args:
            card: of the model.
            weights: its files, or None for random initialization.
            input_size: (height, width) in pixels.
            assets: folder of the files that describe the model, where there are no weights.
            shapes: of the tensors that will be loaded afterwards: the model may be no larger than these.

        Raises:
            IntegrityError: its files are damaged or do not fit together, whatever a library says of them.
        """
        with files.wrap_library_errors(f"{card.id} cannot be opened"):
            return self._open(card, weights, input_size, assets, shapes)

    def _open(
        self,
        card: ModelCard,
        weights: LocalWeights | None,
        input_size: Size | None,
        assets: Path | None,
        shapes: Shapes | None,
    ) -> Backbone:
        folder = weights.path if weights is not None else assets
        if folder is None:
            raise ConfigError(f"{card.id} cannot be opened without its files", hint="give its folder")
        description = read_description(folder)
        config = unskipping(config_from(configuration(description), card.id))
        kind = kind_of(config, description, card.id)
        entrance = entrance_of(kind, config, description, input_size, card.id)
        pooling = (card.features.pooling if card.features else "") or stated_pooling(description)
        if beyond := ", ".join(left_out(description)):
            _log.warning("%s: the vector is what sentence-transformers hands on to %s", card.id, beyond)
        filled = _filled(card, kind, config, pooling, weights, input_size, shapes)
        module, prepare = filled.module, entrance.prepare
        hold_constants(module, config.model_type)
        unmask(module, config.model_type)
        entrance = settled(entrance, module, config, card.id)
        width = _width(module, prepare(entrance.probe), card.id)
        if isinstance(prepare, Tokens):
            choose_padding_side(module, prepare)
        if isinstance(prepare, Waves):
            compute_alone_if_needed(module, prepare)
        prepared = prepare(entrance.probe)
        require_certain(module, prepared, card.id)
        if isinstance(prepare, Tokens):
            prepare.forget()
        self._references[card.id] = entrance.reference
        pretrained = weights is not None
        stages, tokens = stages_of(module, prepared), _tokens(module, prepared, prepare)
        chain = Chain(module, stages, entrance.again, tokens=tokens is not None)
        vector = Tap(Features(width=width, pooling=module.pooling), run=chain)
        return Backbone(
            module=module,
            prepare=prepare,
            input=entrance.form,
            stages=stages,
            taps={"vector": vector} if tokens is None else {"vector": vector, "tokens": tokens},
            loaded=LoadReport(
                "pretrained" if pretrained else "random",
                filled.loaded if pretrained else 0,
                len(module.state_dict()),
                filled.fresh,
                filled.dropped,
            ),
            cuts=chain.cuts,
            assets=description,
        )

    def reference(self, card: ModelCard, example: Image | str, *, input_size: Size | None = None) -> Any:
        """Return the library's own tokenizer or image processor, for the model of this card that was opened
        last."""
        if card.id not in self._references:
            raise ConfigError(f"{card.id} has not been opened yet", hint="open it first")
        return self._references[card.id](example)


def _filled(
    card: ModelCard,
    kind: Kind,
    config: Any,
    pooling: str,
    weights: LocalWeights | None,
    input_size: Size | None,
    shapes: Shapes | None,
) -> Filled:
    if weights is None:
        return Filled(build(kind, config, pooling, card.id, shapes), frozenset(), (), 0)
    paths = weights.files if isinstance(weights, Snapshot) else (weights.path,)
    try:
        return load(kind, config, pooling, paths, card.id)
    except IntegrityError as error:
        if input_size is None:
            raise
        raise ConfigError(
            f"{card.id} cannot take images of {input_size[0]}x{input_size[1]} pixels",
            why=error.message,
            hint="leave the input size out",
        ) from error


def _tokens(module: Headless, prepared: Any, prepare: Any) -> Tap | None:
    """Return the states of tokens, where the model has them and its tokenizer tells which is whose."""
    if not isinstance(prepare, Tokens) or not prepare.tokenizer.is_fast:
        return None
    try:
        with torch.no_grad():
            states = module.tokens(prepared)
    except (TypeError, ValueError, RuntimeError, AttributeError, KeyError, IndexError) as error:
        # The bare model inside wants other inputs than the whole: then there are no states to offer.
        _log.debug("no states for tokens: %s", error)
        return None
    same = isinstance(states, torch.Tensor) and states.shape[:2] == prepared["input_ids"].shape
    if not same or states.ndim != 3:
        return None
    # Which token begins which word does not cross a boundary, so the chain is not cut for heads on tokens.
    return Tap(Features(kind="tokens", width=states.shape[2]), method="tokens")


def _width(module: Headless, prepared: Any, model_id: str) -> int:
    """Width of the features, by one pass over a few inputs."""
    try:
        with torch.no_grad():
            features = module(prepared)
    except Exception as error:
        # Whatever a class of the library raises on inputs of another kind than it wants.
        raise ConfigError(
            f"{model_id} cannot be called on its input alone",
            why=f"{type(error).__name__}: {str(error)[:300]}",
            hint="choose another model",
        ) from error
    if not isinstance(features, torch.Tensor) or features.ndim != 2 or len(features) < 2:
        shape = tuple(getattr(features, "shape", ()))
        raise ConfigError(f"{model_id} does not give one vector for each input", why=f"it gives {shape}")
    return int(features.shape[1])
