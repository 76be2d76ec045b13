"""A model of transformers without its head, as one torch module: prepared inputs to feature vectors."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

Prepared = Tensor | Mapping[str, Tensor]


class Headless(nn.Module):
    """Calls ``model`` and makes one vector of each input.

    Args:
        model: of transformers. For the pooling ``classifier`` a classifier whose final projection is an
            ``nn.Identity``: what comes out in place of the scores is what that projection would take.
            For any other pooling a bare model, which gives states.
        pooling: ``classifier``; or how one vector is made of states: ``mean`` (over what is not padding, or
            over the image), ``cls`` (the first), ``last`` (the last that is not padding), ``max``,
            ``mean_sqrt_len``; several with ``+`` between them are put side by side.
    """

    def __init__(self, model: nn.Module, pooling: str):
        super().__init__()
        self.model = model
        self.pooling = pooling
        self.alone = False
        """Whether the padding would change an answer, so that each input is computed by itself."""
        accepted = inspect.signature(model.forward).parameters.values()
        anything = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in accepted)
        self._accepted = None if anything else {one.name for one in accepted}

    @property
    def main_input(self) -> str:
        """Name of the argument that takes the input."""
        return str(getattr(self.model, "main_input_name", "input_ids"))

    def forward(self, prepared: Prepared) -> Tensor:
        """Feature vectors, (B, D)."""
        inputs = self.named(prepared)
        if self.padded(inputs):
            return torch.cat([self.vectors(row) for row, _ in rows_of(inputs)])
        return self.vectors(inputs)

    def tokens(self, prepared: Prepared) -> Tensor:
        """Return a state for each token, (B, T, D); zeros for padding where inputs are computed by
        themselves."""
        inputs = self.named(prepared)
        if not self.padded(inputs):
            return self.states(inputs)
        length = inputs["attention_mask"].shape[1]
        found = [
            functional.pad(self.states(row), (0, 0, begin, length - begin - row["attention_mask"].shape[1]))
            for row, begin in rows_of(inputs)
        ]
        return torch.cat(found)

    def padded(self, inputs: Mapping[str, Tensor]) -> bool:
        """Return whether these inputs have padding and must be computed one at a time."""
        return self.alone and "attention_mask" in inputs and not bool(inputs["attention_mask"].all())

    def vectors(self, inputs: dict[str, Tensor]) -> Tensor:
        """Feature vectors of named inputs, all computed together."""
        mask = inputs.get("attention_mask")
        inputs = self._taken(inputs)
        if self.pooling == "classifier":
            out = self.model(**inputs)
            logits: Tensor = out.logits if hasattr(out, "logits") else out[0]
            # Of one position, or of an image of one pixel.
            return logits.flatten(1) if logits[0].numel() == max(logits.shape[1:]) else logits
        states = _states(self.model(**inputs))
        if states.ndim == 4:
            states = states.flatten(2).transpose(1, 2)
        mask = self._mask(states, mask)
        return torch.cat([pooled(states, mask, how) for how in self.pooling.split("+")], dim=-1)

    def states(self, inputs: dict[str, Tensor]) -> Tensor:
        """States of named inputs, all computed together."""
        return _states(self.encoder(**self._taken(inputs)))

    def _taken(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Without what the model has no argument for."""
        if self._accepted is None:
            return inputs
        return {name: value for name, value in inputs.items() if name in self._accepted}

    @property
    def encoder(self) -> Any:
        """The bare model inside: itself, or what a classifier keeps under its ``base_model_prefix``."""
        if self.pooling != "classifier":
            return self.model
        return getattr(self.model, str(getattr(self.model, "base_model_prefix", "")), None)

    def named(self, prepared: Prepared) -> dict[str, Tensor]:
        """Prepared inputs by the names of the model's arguments, without the places of words."""
        if isinstance(prepared, Tensor):
            return {self.main_input: prepared}
        return {name: value for name, value in prepared.items() if name != "words"}

    def shortened(self, mask: Tensor, length: int) -> Tensor | None:
        """Of sounds, a mask (B, length) of states from one of samples; None: the model does not tell.

        One state stands for many samples, and the model knows how many.
        """
        shorten = getattr(self.model, "_get_feature_vector_attention_mask", None)
        if shorten is None:
            inner = getattr(self.model, str(getattr(self.model, "base_model_prefix", "")), None)
            shorten = getattr(inner, "_get_feature_vector_attention_mask", None)
        return shorten(length, mask) if shorten else None

    def _mask(self, states: Tensor, mask: Tensor | None) -> Tensor:
        if mask is not None and mask.shape[1] != states.shape[1]:
            mask = self.shortened(mask, states.shape[1])
        if mask is None:
            return torch.ones(states.shape[:2], dtype=states.dtype, device=states.device)
        return mask.to(states.dtype)


def pooled(states: Tensor, mask: Tensor, how: str) -> Tensor:
    """Return one vector for each input: states (B, T, D), mask (B, T) of ones and zeros, to (B, D)."""
    wide = mask.unsqueeze(-1)
    if how == "cls":
        # With the padding on the left, the first is not at the beginning.
        first = mask.argmax(dim=1)
        return states[torch.arange(len(states), device=states.device), first]
    if how == "last":
        places = torch.arange(states.shape[1], device=states.device)
        last = (places * mask).argmax(dim=1)
        return states[torch.arange(len(states), device=states.device), last]
    if how == "max":
        return states.masked_fill(wide == 0, -1e9).amax(dim=1)
    count = wide.sum(dim=1).clamp(min=1e-9)
    return (states * wide).sum(dim=1) / (count.sqrt() if how == "mean_sqrt_len" else count)


def rows_of(inputs: Mapping[str, Tensor]) -> Iterator[tuple[dict[str, Tensor], int]]:
    """Yield each input without its padding, as a batch of one, and where it begins."""
    for i, mask in enumerate(inputs["attention_mask"]):
        places = mask.nonzero()
        begin, end = int(places[0]), int(places[-1]) + 1
        yield (
            {
                name: one[i : i + 1, begin:end] if one.shape[1:2] == mask.shape else one[i : i + 1]
                for name, one in inputs.items()
            },
            begin,
        )


def _states(out: Any) -> Tensor:
    found: Tensor = out.last_hidden_state if hasattr(out, "last_hidden_state") else out[0]
    return found
