"""Loading of published weights: every tensor is accounted for, or the file is refused."""

from __future__ import annotations

import inspect
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from zoo.errors import IntegrityError
from zoo.plugin import LoadReport, LocalWeights
from zoo_timm.build import Filter, Size, Tensors, build_for_loading
from zoo_timm.expected_tensors import excused, head_names, never_published, sized_names
from zoo_timm.names import Tag

_TO_FLOAT32 = frozenset({torch.float16, torch.bfloat16, torch.float32, torch.float64})
_INTEGERS = frozenset({torch.int64, torch.int32, torch.bool})
_HINT = "give the weights of this architecture, as timm saves them (zoo show ID names the repository)"


def open_with(tag: Tag, weights: LocalWeights, size: Size | None) -> tuple[nn.Module, LoadReport]:
    """Return the model without its head, filled from the file.

    Raises:
        IntegrityError: the file does not hold exactly the weights of this model.
    """
    tensors = _read(tag, weights.path)
    module, way = build_for_loading(tag, size)
    offered = _filtered(tag, tensors, module, way, weights.path)
    wanted = module.state_dict()
    fresh = frozenset(name for name in wanted if name not in offered and never_published(tag, name))
    faults = {
        "missing": _missing(offered, wanted, fresh),
        "unexpected": _unexpected(tag, offered, wanted, size),
        "of another shape or type": _mismatched(tag, tensors, offered, wanted, size),
    }
    if any(faults.values()):
        raise _not_ours(tag, weights.path, faults)
    filled = {name: offered[name] for name in wanted if name in offered}
    # Not strict because of what was just accounted for: counters, shared names, the head.
    module.load_state_dict(filled, strict=False)
    _require_equal(tag, module, filled, weights.path)
    dropped = {name for name in offered if name not in wanted} | _swallowed(tensors, offered)
    return module, LoadReport("pretrained", len(filled), len(wanted), fresh, tuple(sorted(dropped)))


def _missing(offered: Tensors, wanted: Tensors, fresh: frozenset[str]) -> list[str]:
    # A tensor with two names need be in the file only once. Batch counters serve cumulative
    # averages, which timm never uses: older files lack them.
    present = {wanted[name].data_ptr() for name in wanted if name in offered}
    return [
        name
        for name, tensor in wanted.items()
        if name not in offered and name not in fresh and tensor.data_ptr() not in present
        if not name.endswith("num_batches_tracked")
    ]


def _unexpected(tag: Tag, offered: Tensors, wanted: Tensors, size: Size | None) -> list[str]:
    extra = [name for name in offered if name not in wanted]
    head = head_names(tag, wanted, size) if extra else frozenset()
    return [name for name in extra if name not in head and not excused(tag, name)]


def _mismatched(
    tag: Tag, tensors: Tensors, offered: Tensors, wanted: Tensors, size: Size | None
) -> list[str]:
    found = {}
    for name, tensor in wanted.items():
        other = offered.get(name, tensor)
        if other.shape != tensor.shape:
            found[name] = f"{name} {tuple(other.shape)} for {tuple(tensor.shape)}"
        elif other.dtype != tensor.dtype:
            found[name] = f"{name} {_short(other.dtype)} for {_short(tensor.dtype)}"
    # timm's filters interpolate patch embeddings too, and would bring in the weights of another model so:
    # only what follows the size of the image may be resampled.
    resized = [name for name in wanted if name in tensors and tensors[name].numel() != wanted[name].numel()]
    allowed = sized_names(tag, size) if resized else frozenset()
    for name in resized:
        if name not in allowed:
            found[name] = f"{name} {tuple(tensors[name].shape)} for {tuple(wanted[name].shape)}"
    return list(found.values())


def _read(tag: Tag, path: Path) -> Tensors:
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError) as error:
        raise IntegrityError(
            f"cannot read the weights of timm:{tag.name}",
            path=path,
            why=str(error),
            hint="give a complete file in safetensors format",
        ) from None
    kinds = {tensor.dtype for tensor in tensors.values()}
    foreign = kinds - _TO_FLOAT32 - _INTEGERS
    if foreign:
        raise IntegrityError(
            f"the weights for timm:{tag.name} hold {', '.join(sorted(map(_short, foreign)))}",
            path=path,
            why="zoo trains in float32 and takes float32, float16, bfloat16 and float64 files",
            hint="give the weights as they were before they were quantised",
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
        # The filter of a family fails in various ways on tensors of another.
        raise IntegrityError(
            f"the file does not hold the weights of timm:{tag.name}",
            path=path,
            why=f"timm's filter for it failed with {type(error).__name__}: {error}",
            hint=_HINT,
        ) from error
    return dict(offered)


def _require_equal(tag: Tag, module: nn.Module, filled: Tensors, path: Path) -> None:
    state = module.state_dict()
    wrong = [name for name, tensor in filled.items() if not _same_bits(state[name], tensor)]
    if wrong:
        raise IntegrityError(
            f"{len(wrong)} tensors of timm:{tag.name} differ from the file after loading",
            path=path,
            why=", ".join(wrong[:5]),
            hint="report this together with the version of timm",
        )


def _same_bits(one: torch.Tensor, other: torch.Tensor) -> bool:
    # Compared as integers: a NaN equals itself then, and -0.0 differs from 0.0.
    if one.dtype == torch.float32:
        one, other = one.view(torch.int32), other.contiguous().view(torch.int32)
    return torch.equal(one, other)


def _swallowed(tensors: Tensors, offered: Tensors) -> set[str]:
    """Return names in the file that timm's filter neither kept nor renamed."""
    kept = {tensor.data_ptr() for tensor in offered.values()}
    return {name for name, tensor in tensors.items() if name not in offered and tensor.data_ptr() not in kept}


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _not_ours(tag: Tag, path: Path, faults: dict[str, list[str]]) -> IntegrityError:
    why = "; ".join(
        f"{len(names)} {kind} ({', '.join(names[:5])}{', ...' if len(names) > 5 else ''})"
        for kind, names in faults.items()
        if names
    )
    return IntegrityError(
        f"the file does not hold the weights of timm:{tag.name}", path=path, why=why, hint=_HINT
    )
