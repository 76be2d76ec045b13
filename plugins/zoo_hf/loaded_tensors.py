"""Comparison of a loaded model with the files of its weights, tensor by tensor."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from pathlib import Path
from typing import NoReturn

import torch
from safetensors import safe_open
from torch import Tensor

from zoo.errors import IntegrityError

State = Mapping[str, Tensor]

_RENAMED = {
    "gamma": "weight",
    "beta": "bias",
    "weight_g": "parametrizations.weight.original0",
    "weight_v": "parametrizations.weight.original1",
}
"""Last parts of names in older files, and what the library's modules call them."""
_AGAIN = "download the weights again, or save the model again with save_pretrained"


def unused(
    state: State,
    fresh: AbstractSet[str],
    prefix: str,
    excused: Iterable[str],
    files: Sequence[Path],
    model_id: str,
    *,
    padding: Mapping[str, int] | None = None,
) -> set[str]:
    """Compare what a model holds with its files; return the names in the files that it has no use for.

    Names are compared first. What the library renames, splits, fuses or reorders while loading is compared
    by its values.

    Args:
        state: of the whole module, float tensors as float32.
        fresh: names in ``state`` that no file filled.
        prefix: what files may write before names, or leave out (``bert.``).
        excused: regular expressions of names that the library leaves out on purpose.
        files: of safetensors.
        model_id: for messages.
        padding: name of a table to its row of the padding token, which some types clear and nothing reads.

    Raises:
        IntegrityError: a tensor differs from the file or is not finite, a number of another kind was cast,
            two names stand for one tensor, or the file has layers that the model lacks.
    """
    filled = {name: tensor for name, tensor in state.items() if name not in fresh}
    own_names = {name: _own_name(name, filled, prefix) for name, _ in _handles(files)}
    others: dict[str, Tensor] = {}
    for name, read in _handles(files):
        own, tensor = own_names[name], read()
        if own is None:
            others[name] = tensor
            continue
        _require_sound(name, tensor, filled[own], model_id)
        row = (padding or {}).get(own)
        if row is not None and tensor.shape == filled[own].shape and not filled[own][row].any():
            tensor = tensor.index_fill(0, torch.tensor([row]), 0)
        if not _same(filled[own], tensor.to(filled[own].dtype)):
            twins = [one for one, other in own_names.items() if other == own]
            why = f"the model does not hold {name} of the file as {own}"
            if len(twins) > 1:
                why = f"{' and '.join(twins)} are names of one tensor, {own}, and hold other values"
            _refuse(model_id, why, _AGAIN)
    named = {own for own in own_names.values() if own is not None}
    _require_layers([name for name in others if not _matches(name, excused)], state, prefix, model_id)
    # Tied tensors stand in the file under one of their names.
    shared = {filled[own].data_ptr() for own in named}
    left = {name for name, tensor in filled.items() if tensor.data_ptr() not in shared}
    return _unused_after_conversion(others, state, left, model_id)


def _handles(files: Sequence[Path]) -> Iterator[tuple[str, Callable[[], Tensor]]]:
    """Yield names in the files, each with a function that reads the tensor."""
    for path in files:
        with safe_open(path, "pt") as file:
            for name in sorted(file.keys()):
                yield name, partial(file.get_tensor, name)


def _own_name(name: str, state: State, prefix: str) -> str | None:
    parts = (name, _plain(name))
    candidates = [own for part in parts for own in (part, prefix + part, part.removeprefix(prefix))]
    return next((own for own in candidates if own in state), None)


def _plain(name: str) -> str:
    """Return a name without what older versions called its last part."""
    stem, dot, last = name.rpartition(".")
    return f"{stem}{dot}{_RENAMED.get(last, last)}"


def _require_sound(name: str, tensor: Tensor, found: Tensor, model_id: str) -> None:
    if not found.is_floating_point():
        return
    if not tensor.is_floating_point():
        kind = str(tensor.dtype).removeprefix("torch.")
        _refuse(
            model_id, f"{name} holds {kind} where the model has floats", "use the weights before quantisation"
        )
    if not tensor.to(found.dtype).isfinite().all():
        _refuse(model_id, f"{name} holds NaN, infinite numbers, or larger ones than float32 can hold", _AGAIN)


def _same(one: Tensor, other: Tensor) -> bool:
    """Return whether two tensors hold the same values; in another order too: some projections are
    permuted."""
    if one.numel() != other.numel():
        return False
    return same_bits(one, other) or torch.equal(one.flatten().sort().values, other.flatten().sort().values)


def same_bits(one: Tensor, other: Tensor) -> bool:
    """Return whether two tensors are equal bit for bit: -0.0 differs from 0.0."""
    if one.shape != other.shape or one.dtype != other.dtype:
        return False
    if one.dtype == torch.float32:
        one, other = one.contiguous().view(torch.int32), other.contiguous().view(torch.int32)
    return torch.equal(one, other)


def _require_layers(others: Sequence[str], state: State, prefix: str, model_id: str) -> None:
    """Refuse a file with layers that the model lacks: their names are the model's with other numbers."""
    kinds = {_unnumbered(name.removeprefix(prefix)) for name in state}
    here = {name.removeprefix(prefix) for name in state}
    plain = {name: _plain(name).removeprefix(prefix) for name in others}
    extra = [name for name, one in plain.items() if one not in here and _unnumbered(one) in kinds]
    if extra:
        _refuse(
            model_id,
            f"the file has {len(extra)} tensors of layers that the model lacks: {', '.join(extra[:3])}",
            "check that config.json and the weights are of one model (num_hidden_layers, say)",
        )


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(re.search(pattern, name) for pattern in patterns)


def _unnumbered(name: str) -> str:
    return re.sub(r"(?<=\.)\d+(?=\.)", "#", name)


def _unused_after_conversion(
    others: Mapping[str, Tensor], state: State, left: AbstractSet[str], model_id: str
) -> set[str]:
    """Return names of ``others`` without a value in the tensors ``left``, which may hold no other values.

    Whole numbers (positions, masks) are no weights and are not counted.
    """
    floats = {
        name: one.to(torch.float32).flatten() for name, one in others.items() if one.is_floating_point()
    }
    if not left:
        return {*floats}
    pool = torch.cat([*floats.values(), torch.empty(0)])
    held = torch.cat([state[name].to(torch.float32).flatten() for name in sorted(left)])
    if not held.isfinite().all():
        _refuse(model_id, "it holds NaN or infinite numbers", _AGAIN)
    foreign = sorted(name for name in left if not torch.isin(state[name].to(torch.float32), pool).all())
    if foreign:
        _refuse(
            model_id, f"the model holds values that are not in the file: {', '.join(foreign[:3])}", _AGAIN
        )
    return {name for name, one in floats.items() if not torch.isin(one, held).all()}


def _refuse(model_id: str, why: str, hint: str) -> NoReturn:
    raise IntegrityError(f"cannot use the weights of {model_id}", why=why, hint=hint)
