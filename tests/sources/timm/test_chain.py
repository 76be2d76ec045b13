"""The chain of stages, for every family of timm: complete, and in the order in which the model runs."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import timm
import torch
from timm_models import opened
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves
from zoo_timm.build import build_on_meta
from zoo_timm.chain import stages_of
from zoo_timm.families.boundaries import cuts_of
from zoo_timm.names import resolve

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]

# Light architectures; a family that is not named here is tried with the first that timm lists.
LIGHT = {
    "byobnet": "resnext26ts",
    "convnext": "test_convnext3",
    "eva": "eva02_tiny_patch14_224",
    "gemma4_vit": "gemma4_vit_570m_enc",
    "hrnet": "hrnet_w18_small",
    "levit": "levit_128s",
    "mlp_mixer": "resmlp_12_224",
    "naflexvit": "naflexvit_base_patch16_gap",
    "iformer": "iformer_t",
    "resnet": "resnet14t",
    "sequencer": "sequencer2d_s",
    "twins": "twins_svt_small",
    "vision_transformer": "vit_tiny_patch16_224",
    "vision_transformer_sam": "samvit_base_patch16_224",
    "vitamin": "vitamin_small_224",
    "volo": "volo_d1_224",
    "xcit": "xcit_nano_12_p8_224",
}
# A second look where variants of a family are built differently.
UNLIKE = (
    "coat_tiny",
    "deit_tiny_distilled_patch16_224",
    "eva_giant_patch14_224",
    "test_vit4",
    "test_byobnet",
    "vit_relpos_base_patch16_clsgap_224",
    "vit_small_patch16_rope_mixed_224",
    "convnext_atto_ols",
    "gmlp_s16_224",
    "qwen3_vit_88m_enc",
    "vgg11_bn",
    "visformer_tiny",
    "beitv2_base_patch16_224",
)


def architectures() -> list[str]:
    return [
        *(LIGHT.get(family) or timm.list_models(module=family)[0] for family in timm.list_modules()),
        *UNLIKE,
    ]


class FirstUse(TorchFunctionMode):
    """Notes when each tensor is first an argument of a torch function."""

    def __init__(self, named: dict[str, Tensor]):
        super().__init__()
        self._names = {id(tensor): name for name, tensor in named.items()}
        self._calls = 0
        self.at: dict[str, int] = {}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(func, "__name__", "") not in ("__get__", "size", "dim", "numel"):
            self._calls += 1
            for value in tree_leaves((args, kwargs)):
                if id(value) in self._names:
                    self.at.setdefault(self._names[id(value)], self._calls)
        return func(*args, **(kwargs or {}))


def owners(module: nn.Module, stages: Any) -> dict[str, int]:
    """Number of the stage of every parameter and buffer, by the rule of the longest member."""
    claimed = [(member, number) for number, stage in enumerate(stages) for member in stage.members]
    assert len(dict(claimed)) == len(claimed), "a member stands twice"
    result = {}
    for name in {*module.state_dict(), *(name for name, _ in module.named_buffers())}:
        fits = [(len(m), number) for m, number in claimed if name == m or name.startswith(m + ".")]
        assert fits, f"{name} belongs to no stage"
        result[name] = max(fits)[1]
    return result


@pytest.mark.parametrize("architecture", architectures())
def test_the_chain_is_complete_and_in_the_order_of_execution(architecture):
    tag = resolve(architecture)
    module = build_on_meta(tag).eval()
    stages = stages_of(module, tag.family)
    owner = owners(module, stages)
    assert len(stages) >= 4
    assert len({stage.name for stage in stages} | {"head"}) == len(stages) + 1
    state = module.state_dict(keep_vars=True)
    assert {owner[name] for name in state} == set(range(len(stages))), "a stage holds no tensor"

    use = FirstUse(state)
    with use, torch.no_grad():
        module(torch.zeros(1, *tag.config["input_size"], device="meta"))
    spans: dict[int, list[int]] = {}
    by_tensor: dict[int, set[int]] = {}
    for name, tensor in state.items():
        by_tensor.setdefault(id(tensor), set()).add(owner[name])
    assert all(len(homes) == 1 for homes in by_tensor.values()), "a shared tensor belongs to two stages"
    for name, time in use.at.items():
        spans.setdefault(owner[name], []).append(time)
    order = [(min(spans[number]), max(spans[number]), stages[number].name) for number in sorted(spans)]
    for (_, last, before), (first, _, after) in pairwise(order):
        assert last < first, f"{after} begins before {before} is through"


def test_a_family_that_nobody_looked_at_is_not_cut():
    tag = resolve("resnet18")
    stages = stages_of(build_on_meta(tag), tag.family)
    assert cuts_of(stages, "resnet") == {1, 2, 3, 4}
    assert cuts_of(stages, "family_of_tomorrow") == frozenset()


def test_stages_are_named_as_people_freeze_them():
    assert [stage.name for stage in opened("resnet18").stages] == [
        "stem",
        "layer1",
        "layer2",
        "layer3",
        "layer4",
    ]
    assert [stage.name for stage in opened("test_vit").stages] == [
        "stem",
        *(f"blocks.{n}" for n in range(6)),
        "norm",
    ]
