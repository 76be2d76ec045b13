"""zoo: one interface over pretrained models. ``load``, ``freeze``, ``replace_head``, ``train``.

Names are imported when they are first used, so ``import zoo`` costs a few milliseconds and no framework.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoo.catalogue.listing import list_models
    from zoo.datasets.dataset import Dataset
    from zoo.datasets.reading import open_data as data
    from zoo.embedding import embed
    from zoo.errors import ZooError
    from zoo.fewshot import transfer
    from zoo.finetuning import Run, finetune
    from zoo.model import Model
    from zoo.opening import load
    from zoo.plugins.hookspecs import hookimpl
    from zoo.plugins.records import Command, DataScheme, Engine, Source
    from zoo.records import ModelCard
    from zoo.resuming import resume
    from zoo.tasks import Classification, MultiLabel, Regression, TokenClassification
    from zoo.training.config import TrainConfig
    from zoo.version import version as __version__

__all__ = [
    "Classification",
    "Command",
    "DataScheme",
    "Dataset",
    "Engine",
    "Model",
    "ModelCard",
    "MultiLabel",
    "Regression",
    "Run",
    "Source",
    "TokenClassification",
    "TrainConfig",
    "ZooError",
    "__version__",
    "data",
    "embed",
    "finetune",
    "hookimpl",
    "list_models",
    "load",
    "resume",
    "transfer",
]

_HOME = {
    "Classification": "zoo.tasks:Classification",
    "Command": "zoo.plugins.records:Command",
    "DataScheme": "zoo.plugins.records:DataScheme",
    "Dataset": "zoo.datasets.dataset:Dataset",
    "Engine": "zoo.plugins.records:Engine",
    "Model": "zoo.model:Model",
    "ModelCard": "zoo.records:ModelCard",
    "MultiLabel": "zoo.tasks:MultiLabel",
    "Regression": "zoo.tasks:Regression",
    "Run": "zoo.finetuning:Run",
    "Source": "zoo.plugins.records:Source",
    "TokenClassification": "zoo.tasks:TokenClassification",
    "TrainConfig": "zoo.training.config:TrainConfig",
    "ZooError": "zoo.errors:ZooError",
    "data": "zoo.datasets.reading:open_data",
    "embed": "zoo.embedding:embed",
    "finetune": "zoo.finetuning:finetune",
    "hookimpl": "zoo.plugins.hookspecs:hookimpl",
    "list_models": "zoo.catalogue.listing:list_models",
    "load": "zoo.opening:load",
    "resume": "zoo.resuming:resume",
    "transfer": "zoo.fewshot:transfer",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        value: Any = import_module("zoo.version").version()
    elif name in _HOME:
        module, _, attribute = _HOME[name].partition(":")
        value = getattr(import_module(module), attribute)
    else:
        raise AttributeError(f"module 'zoo' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
