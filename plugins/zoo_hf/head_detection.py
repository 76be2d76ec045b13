"""Where the head of one of transformers' classifiers is, by measurement: no attribute is trusted."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedConfig

from zoo.errors import ZooError
from zoo_hf.bounds import Within

_FEW, _MORE = 7, 11


def final_projections(cls: type, config: PreTrainedConfig, within: Within) -> tuple[str, ...]:
    """Return names of the linear layers of a classifier whose size follows the number of labels.

    The class is built twice on the meta device, with two numbers of labels. Empty where what follows the
    number of labels is something other than linear layers, or where the class cannot be built so. ``within``
    limits each construction.
    """
    key = cls, config.to_json_string(use_diff=False)
    if key not in _known:
        _known[key] = _measured(cls, config, within)
    return _known[key]


_known: dict[tuple[type, str], tuple[str, ...]] = {}


def _measured(cls: type, config: PreTrainedConfig, within: Within) -> tuple[str, ...]:
    try:
        few, more = (_on_meta(cls, config, count, within) for count in (_FEW, _MORE))
    except ZooError:
        raise
    except Exception as error:
        # Classes that cannot be built without data fail in their own ways; there is another rule for them.
        del error
        return ()
    sizes = {name: tensor.shape for name, tensor in more.state_dict().items()}
    names = {
        name.rpartition(".")[0]
        for name, tensor in few.state_dict().items()
        if sizes.get(name) != tensor.shape
    }
    for name in names:
        module = few.get_submodule(name)
        if not isinstance(module, nn.Linear) or module.out_features != _FEW:
            return ()
    return tuple(sorted(names))


def _on_meta(cls: Any, config: PreTrainedConfig, labels: int, within: Within) -> nn.Module:
    config = copy.deepcopy(config)
    config.num_labels = labels
    with within(), torch.device("meta"):
        module: nn.Module = cls._from_config(config)
    return module
