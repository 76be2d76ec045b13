"""zoo: one interface over pretrained models. ``load``, ``freeze``, ``replace_head``, ``train``.

Names are imported when they are first used, so ``import zoo`` costs a few milliseconds and no framework.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zoo.api.embedding.embed import embed
    from zoo.api.finetune import Run, finetune
    from zoo.api.load import load
    from zoo.api.model import Model
    from zoo.api.resume import resume
    from zoo.api.transfer import transfer
    from zoo.core.cards import ModelCard
    from zoo.datasets.dataset import Dataset
    from zoo.datasets.open_data import open_data as data
    from zoo.errors import ZooError
    from zoo.plugins.hookspecs import hookimpl
    from zoo.plugins.records import Command, DataScheme, Engine, Source
    from zoo.registry.list_models import list_models
    from zoo.tasks.classification.task import Classification
    from zoo.tasks.multi_label.task import MultiLabel
    from zoo.tasks.regression.task import Regression
    from zoo.tasks.token_classification.task import TokenClassification
    from zoo.training.config import TrainConfig
    from zoo.utils.version import version as __version__

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
    "Classification": "zoo.tasks.classification.task:Classification",
    "Command": "zoo.plugins.records:Command",
    "DataScheme": "zoo.plugins.records:DataScheme",
    "Dataset": "zoo.datasets.dataset:Dataset",
    "Engine": "zoo.plugins.records:Engine",
    "Model": "zoo.api.model:Model",
    "ModelCard": "zoo.core.cards:ModelCard",
    "MultiLabel": "zoo.tasks.multi_label.task:MultiLabel",
    "Regression": "zoo.tasks.regression.task:Regression",
    "Run": "zoo.api.finetune:Run",
    "Source": "zoo.plugins.records:Source",
    "TokenClassification": "zoo.tasks.token_classification.task:TokenClassification",
    "TrainConfig": "zoo.training.config:TrainConfig",
    "ZooError": "zoo.errors:ZooError",
    "data": "zoo.datasets.open_data:open_data",
    "embed": "zoo.api.embedding.embed:embed",
    "finetune": "zoo.api.finetune:finetune",
    "hookimpl": "zoo.plugins.hookspecs:hookimpl",
    "list_models": "zoo.registry.list_models:list_models",
    "load": "zoo.api.load:load",
    "resume": "zoo.api.resume:resume",
    "transfer": "zoo.api.transfer:transfer",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        value: Any = import_module("zoo.utils.version").version()
    elif name in _HOME:
        module, _, attribute = _HOME[name].partition(":")
        value = getattr(import_module(module), attribute)
    else:
        raise AttributeError(f"module 'zoo' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
