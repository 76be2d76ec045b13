"""Building a model: with weights, which decide how its vector is made, or with random ones."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedConfig
from transformers.utils import logging as library_logging

from zoo.errors import ConfigError, IntegrityError, ZooError
from zoo_hf.bounds import Shapes, Within, bounds_of_machine, bounds_of_shapes, built_within
from zoo_hf.head_detection import final_projections
from zoo_hf.loaded_tensors import unused
from zoo_hf.model_types import Kind
from zoo_hf.module import Headless
from zoo_hf.weights import tensors_of

CLASSIFIER = "classifier"


@dataclass(frozen=True)
class Filled:
    """A built model, and what happened to the tensors: names are those of the module's ``state_dict``."""

    module: Headless
    fresh: frozenset[str]
    dropped: tuple[str, ...]
    loaded: int


def usual_pooling(kind: Kind, config: PreTrainedConfig) -> str:
    """Return how one vector is made of the states of a bare model of this kind."""
    from transformers.models.auto import modeling_auto as auto

    decodes = config.model_type in auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    fills_gaps = config.model_type in auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES
    return "last" if kind.modality == "text" and decodes and not fills_gaps else "mean"


def build(
    kind: Kind, config: PreTrainedConfig, pooling: str, model_id: str, shapes: Shapes | None = None
) -> Headless:
    """Return a model with random weights, from torch's global random state. ``pooling`` empty: the
    classifier's way where there is one, otherwise the usual one. With ``shapes`` no larger than tensors of
    these shapes."""
    bounds = bounds_of_machine() if shapes is None else bounds_of_shapes(shapes, meta=False)
    within = partial(built_within, bounds, model_id)
    with _quiet():
        names = final_projections(kind.classifier, config, within) if kind.classifier else ()
        if names and pooling in ("", CLASSIFIER):
            assert kind.classifier is not None
            return _headless(_made(kind.classifier, config, {}, model_id, within), names)
        return _encoder(
            _made(kind.bare, config, _no_pooler(kind.bare), model_id, within),
            pooling or usual_pooling(kind, config),
        )


def load(kind: Kind, config: PreTrainedConfig, pooling: str, files: Sequence[Path], model_id: str) -> Filled:
    """Return a model with the tensors of its files.

    What the type's own classifier feeds its final projection is the vector, if the file fills all of that;
    a layer of an old head that the file does not have would be random, so then the states are pooled.

    Raises:
        IntegrityError: the file is of another model: more is missing than a head or a pooler, or it has more
            layers; or a tensor of it is not sound.
    """
    tensors = tensors_of(files, model_id)
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    within = partial(built_within, bounds_of_shapes(shapes, meta=True), model_id)
    with _quiet():
        names = final_projections(kind.classifier, config, within) if kind.classifier else ()
        if names and pooling in ("", CLASSIFIER):
            module, info = _from_file(kind.classifier, config, tensors, {}, model_id, within)
            heads = {f"{name}.{part}" for name in names for part in ("weight", "bias")}
            gap = _absent(info) - heads
            if not gap - _idle(gap):
                dropped = _unused(module, gap | heads, files, model_id)
                return _filled(_headless(module, names), {f"model.{name}" for name in gap}, dropped)
        module, info = _from_file(kind.bare, config, tensors, _no_pooler(kind.bare), model_id, within)
    absent = _absent(info)
    usual = usual_pooling(kind, config)
    headless = _encoder(module, usual if pooling in ("", CLASSIFIER) else pooling)
    prefix = _prefix(module, headless.model)
    gap = {name.removeprefix(prefix) for name in absent if name.startswith(prefix)}
    gap &= set(headless.model.state_dict())
    allowed = _idle(gap) | {name for name in gap if "pooler" in name.split(".")}
    if gap - allowed:
        few = sorted(gap - allowed)
        raise IntegrityError(
            f"the file does not hold the weights of {model_id}",
            why=f"{len(few)} tensors are missing or of another shape: {', '.join(few[:5])}",
            hint=_prefix_hint(few, tensors) or "check that config.json and the weights are of one model",
        )
    beside = {name for name in module.state_dict() if not name.startswith(prefix)}
    dropped = _unused(module, absent | beside, files, model_id)
    return _filled(headless, {f"model.{name}" for name in gap}, dropped)


def _prefix_hint(missing: Sequence[str], tensors: Mapping[str, Tensor]) -> str:
    """Return what to do where the names in the file are the missing ones behind a prefix; empty where they
    are not.

    ``torch.compile`` writes ``_orig_mod.``, data parallel training ``module.``.
    """
    prefixes = [one.removesuffix(missing[0]) for one in tensors if one.endswith(missing[0])]
    for prefix in filter(None, prefixes):
        if all(f"{prefix}{name}" in tensors for name in missing):
            return f"the names in the file begin with {prefix!a}: save the tensors without it"
    return ""


def _unused(module: Any, fresh: set[str], files: Sequence[Path], model_id: str) -> set[str]:
    prefix = str(module.base_model_prefix)
    excused = module._keys_to_ignore_on_load_unexpected or ()
    padding = {
        f"{name}.weight": table.padding_idx
        for name, table in module.named_modules()
        if isinstance(table, nn.Embedding) and table.padding_idx is not None
    }
    prefix = f"{prefix}." if prefix else ""
    return unused(module.state_dict(), fresh, prefix, excused, files, model_id, padding=padding)


def _filled(module: Headless, fresh: set[str], dropped: set[str]) -> Filled:
    names = set(module.state_dict())
    return Filled(module, frozenset(fresh & names), tuple(sorted(dropped)), len(names - fresh))


def _absent(info: Mapping[str, Any]) -> set[str]:
    mismatched = {one if isinstance(one, str) else one[0] for one in info["mismatched_keys"]}
    return {*info["missing_keys"], *mismatched}


def _idle(names: set[str]) -> set[str]:
    """Return those that stand in for what is masked while a model is pretrained, and do nothing
    afterwards."""
    return {name for name in names if name.rpartition(".")[2] in ("mask_token", "masked_spec_embed")}


def _headless(module: nn.Module, names: tuple[str, ...]) -> Headless:
    for name in names:
        parent, _, last = name.rpartition(".")
        owner = module.get_submodule(parent)
        if last.isdigit() and isinstance(owner, (nn.Sequential, nn.ModuleList)):
            owner[int(last)] = nn.Identity()
        else:
            setattr(owner, last, nn.Identity())
    return Headless(module.eval(), CLASSIFIER)


def _encoder(module: nn.Module, pooling: str) -> Headless:
    config = module.config
    if getattr(config, "is_encoder_decoder", False) and hasattr(module, "get_encoder"):
        module = module.get_encoder()  # type: ignore[operator]
    return Headless(module.eval(), pooling)


def _prefix(whole: nn.Module, part: nn.Module) -> str:
    return next((f"{name}." for name, one in whole.named_modules() if one is part and name), "")


def _no_pooler(cls: Any) -> dict[str, bool]:
    """Return a pooler would be random or unused: most classes can be built without it."""
    takes = cls is not None and "add_pooling_layer" in inspect.signature(cls.__init__).parameters
    return {"add_pooling_layer": False} if takes else {}


def _made(
    cls: Any, config: PreTrainedConfig, options: dict[str, bool], model_id: str, within: Within
) -> nn.Module:
    made: nn.Module = _guarded(
        lambda: cls._from_config(config, dtype=torch.float32, **options), model_id, within
    )
    return made


def _from_file(
    cls: Any,
    config: PreTrainedConfig,
    tensors: Mapping[str, Tensor],
    options: dict[str, bool],
    model_id: str,
    within: Within,
) -> tuple[nn.Module, dict[str, Any]]:
    # Without a name or path there is nothing that the library could look up anywhere.
    found: tuple[nn.Module, dict[str, Any]] = _guarded(
        lambda: cls.from_pretrained(
            None,
            config=config,
            state_dict=dict(tensors),
            dtype=torch.float32,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
            **options,
        ),
        model_id,
        within,
    )
    return found


def _guarded(make: Callable[[], Any], model_id: str, within: Within) -> Any:
    try:
        with within():
            return make()
    except ZooError:
        raise
    except ImportError as error:
        raise ConfigError(
            f"{model_id} needs a library that is not installed",
            why=str(error).strip()[:300],
            hint="install it",
        ) from error
    except (ValueError, TypeError, KeyError, AttributeError, AssertionError, RuntimeError) as error:
        raise IntegrityError(
            f"transformers cannot build {model_id} from its configuration",
            why=f"{type(error).__name__}: {str(error)[:300]}",
            hint="check config.json",
        ) from error


@contextmanager
def _quiet() -> Any:
    """The library prints a report of what was missing; zoo reports it itself."""
    logger = logging.getLogger("transformers")
    level, bars = logger.level, library_logging.is_progress_bar_enabled()
    logger.setLevel(logging.ERROR)
    library_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logger.setLevel(level)
        if bars:
            library_logging.enable_progress_bar()  # type: ignore[no-untyped-call]


_CONSTANT = {
    # Looked up under no_grad, for speed: there is never a gradient.
    "layoutlmv3": ("rel_pos_bias.weight", "rel_pos_x_bias.weight", "rel_pos_y_bias.weight"),
}
"""Endings of names, by model type."""


def hold_constants(module: nn.Module, model_type: str) -> None:
    """Take the gradient from parameters that never get one, so that nothing calls them trainable."""
    endings = _CONSTANT.get(model_type, ())
    for name, parameter in module.named_parameters():
        if name.endswith(endings) and endings:
            parameter.requires_grad_(False)
