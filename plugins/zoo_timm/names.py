"""timm's names: architectures, pretrained tags, and what timm publishes about a tag.

Only listed names reach ``timm.create_model``, which would load from ``hf-hub:``, ``local-dir:`` and paths.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import timm
from timm.models import get_pretrained_cfg, model_entrypoint, split_model_name_tag

from zoo.errors import UnknownModel
from zoo.plugin import messages


@dataclass(frozen=True)
class Tag:
    """A name of timm's with its tag."""

    name: str
    """``resnet18.a1_in1k``, or the bare architecture if timm publishes no weights."""
    architecture: str
    family: str
    """timm's module that defines the architecture: ``resnet``."""

    @property
    def config(self) -> dict[str, object]:
        """Return timm's ``pretrained_cfg`` as a new dict: input, normalization, classifier, licence,
        origin."""
        found = get_pretrained_cfg(self.name, allow_unregistered=False)
        return dict(found.to_dict()) if found is not None else {}  # type: ignore[no-untyped-call]


@cache
def all_names() -> tuple[str, ...]:
    """Return all architectures and all pretrained tags, sorted."""
    return tuple(sorted({*timm.list_models(), *timm.list_pretrained()}))


def resolve(name: str) -> Tag:
    """Return the tag for a name.

    Raises:
        UnknownModel: timm lists no such architecture and no such tag.
    """
    if name not in _known():
        raise UnknownModel(
            f"timm has no model {messages.quoted(name)}",
            hint=messages.did_you_mean(name[:120], all_names()) or "zoo list --source timm shows the names",
        )
    architecture, tag = split_model_name_tag(name)
    if not tag:
        default = get_pretrained_cfg(architecture, allow_unregistered=False)
        if default is not None and default.has_weights and default.tag:
            name = f"{architecture}.{default.tag}"
    family = model_entrypoint(architecture).__module__.rpartition(".")[2]
    return Tag(name, architecture, family)


@cache
def _known() -> frozenset[str]:
    return frozenset(all_names())
