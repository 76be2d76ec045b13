"""Published weights into a model: everything accounted for, or refused."""

from __future__ import annotations

import inspect
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from zoo.errors import IntegrityError
from zoo.seams.backbone import LoadReport, LocalWeights
from zoo_timm.building import Filter, Size, Tensors, build_for_loading
from zoo_timm.exceptions import excused, never_published
from zoo_timm.headless import head_names, sized_names
from zoo_timm.names import Tag

_TO_FLOAT32 = frozenset({torch.float16, torch.bfloat16, torch.float32, torch.float64})
_INTEGERS = frozenset({torch.int64, torch.int32, torch.bool})


def open_with(tag: Tag, weights: LocalWeights, size: Size | None) -> tuple[nn.Module, LoadReport]:
    """The model without its head, filled from the file.

    Raises:
        IntegrityError: the file does not hold exactly the weights of this model.
    """
    tensors = _read(tag, weights.path)
    module, way = build_for_loading(tag, size)
    offered = _filtered(tag, tensors, module, way, weights.path)
    wanted = module.state_dict()
    fresh = frozenset(name for name in wanted if name not in offered and never_published(tag, name))
    present = {wanted[name].data_ptr() for name in wanted if name in offered}
    missing = [
        name
        for name in wanted
        # A tensor shared under two names need stand in the file only once.
        if name not in offered and name not in fresh and wanted[name].data_ptr() not in present
        if not _counter(name)
    ]
    extra = [name for name in offered if name not in wanted]
    head = head_names(tag, wanted, size) if extra else frozenset()
    unexpected = [name for name in extra if name not in head and not excused(tag, name)]
    mismatched = [
        f"{name} {tuple(offered[name].shape)} for {tuple(wanted[name].shape)}"
        for name in wanted
        if name in offered and offered[name].shape != wanted[name].shape
    ]
    mismatched += _reshaped(tag, tensors, wanted, size)
    mismatched += [
        f"{name} {_short(offered[name].dtype)} for {_short(wanted[name].dtype)}"
        for name in wanted
        if name in offered and offered[name].dtype != wanted[name].dtype
    ]
    if missing or unexpected or mismatched:
        raise _not_ours(tag, weights.path, missing, unexpected, list(dict.fromkeys(mismatched)))
    filled = {name: offered[name] for name in wanted if name in offered}
    module.load_state_dict(filled, strict=False)
    _demand_equal(tag, module, filled, weights.path)
    dropped = tuple(sorted({*extra, *_swallowed(tensors, offered)}))
    return module, LoadReport("pretrained", len(filled), len(wanted), fresh, dropped)


def _read(tag: Tag, path: Path) -> Tensors:
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError) as error:
        raise IntegrityError(
            f"cannot read the weights of timm:{tag.name}",
            path=path,
            why=str(error),
            mend="give a complete file in safetensors format",
        ) from None
    kinds = {tensor.dtype for tensor in tensors.values()}
    foreign = kinds - _TO_FLOAT32 - _INTEGERS
    if foreign:
        raise IntegrityError(
            f"the weights for timm:{tag.name} hold {', '.join(sorted(map(_short, foreign)))}",
            path=path,
            why="zoo trains in float32 and takes float32, float16, bfloat16 and float64 files",
            mend="give the weights as they were before they were quantised",
        )
    return {
        name: tensor.to(torch.float32) if tensor.dtype in _TO_FLOAT32 else tensor
        for name, tensor in tensors.items()
    }


def _filtered(tag: Tag, tensors: Tensors, module: nn.Module, way: Filter, path: Path) -> Tensors:
    if way.function is None:
        return dict(tensors)
    takes = len(inspect.signature(way.function).parameters)
    try:
        offered = way.function(dict(tensors), module) if takes > 1 else way.function(dict(tensors))
    except Exception as error:
        # A filter made for this family fails in its own ways on tensors of another.
        raise IntegrityError(
            f"the file does not hold the weights of timm:{tag.name}",
            path=path,
            why=f"timm's filter for it failed with {type(error).__name__}: {error}",
            mend=_MEND,
        ) from error
    return dict(offered)


def _reshaped(tag: Tag, tensors: Tensors, wanted: Tensors, size: Size | None) -> list[str]:
    """Tensors that a filter resampled although their shape does not depend on the picture's size.

    timm's filters interpolate patch embeddings too; the weights of another model would come in so.
    """
    other = [
        name for name, tensor in tensors.items() if name in wanted and tensor.numel() != wanted[name].numel()
    ]
    if other:
        sized = sized_names(tag, size)
        other = [name for name in other if name not in sized]
    return [f"{name} {tuple(tensors[name].shape)} for {tuple(wanted[name].shape)}" for name in other]


def _demand_equal(tag: Tag, module: nn.Module, filled: Tensors, path: Path) -> None:
    state = module.state_dict()
    wrong = [name for name, tensor in filled.items() if not _same_bits(state[name], tensor)]
    if wrong:
        raise IntegrityError(
            f"{len(wrong)} tensors of timm:{tag.name} differ from the file after loading",
            path=path,
            why=", ".join(wrong[:5]),
            mend="report this together with the version of timm",
        )


def _same_bits(one: torch.Tensor, other: torch.Tensor) -> bool:
    # Compared as integers: a NaN equals itself then, and -0.0 differs from 0.0.
    if one.dtype == torch.float32:
        one, other = one.view(torch.int32), other.contiguous().view(torch.int32)
    return torch.equal(one, other)


def _swallowed(tensors: Tensors, offered: Tensors) -> list[str]:
    """Names in the file that timm's filter neither kept nor renamed."""
    kept = {tensor.data_ptr() for tensor in offered.values()}
    return [name for name, tensor in tensors.items() if name not in offered and tensor.data_ptr() not in kept]


def _counter(name: str) -> bool:
    """Counts batches for statistics with cumulative averages, which timm never uses: older files lack it."""
    return name.endswith("num_batches_tracked")


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


_MEND = "give the weights of this very architecture, as timm saves them (zoo show ID names the repository)"


def _not_ours(
    tag: Tag, path: Path, missing: list[str], unexpected: list[str], mismatched: list[str]
) -> IntegrityError:
    parts = [
        f"{len(names)} {kind} ({', '.join(names[:5])}{', ...' if len(names) > 5 else ''})"
        for kind, names in (
            ("missing", missing),
            ("unexpected", unexpected),
            ("of another shape or type", mismatched),
        )
        if names
    ]
    return IntegrityError(
        f"the file does not hold the weights of timm:{tag.name}",
        path=path,
        why="; ".join(parts),
        mend=_MEND,
    )
