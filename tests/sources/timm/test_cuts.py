"""Running part of a chain: the bits and the gradients of the whole model."""

from __future__ import annotations

import copy

import pytest
import torch
from timm_models import opened, pictures, stir
from torch import nn
from zoo_timm.build import SkipInit

from zoo.core.protocols.backbone import Backbone

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]

# Every way in which a boundary is stepped over, and every kind of network: plain and staged, with and
# without class tokens, register tokens and rotary tables, convolutions, attention in windows, mixers.
CUT = [
    ("test_resnet", 64, 4),
    ("test_efficientnet", 64, 6),
    ("test_convnext", 64, 5),
    ("test_coatnet", 64, 5),
    ("test_nfnet", 64, 5),
    ("test_vit", 64, 7),
    ("test_vit4", 64, None),
    ("test_vit_relpos", 64, 10),
    ("deit_tiny_distilled_patch16_224", 64, 13),
    ("eva02_tiny_patch14_224", 56, 13),
    ("vit_small_patch16_rope_mixed_224", 64, 13),
    ("hiera_tiny_224", 64, 13),
    ("swin_tiny_patch4_window7_224", 64, 5),
    ("beit_base_patch16_224", 64, 12),
    ("densenet121", 64, 8),
    ("mobilenetv3_small_100", 64, None),
    ("gmlp_ti16_224", 64, 31),
    ("cait_xxs24_224", 64, 24),
]


@torch.no_grad()
def restless(model: str, side: int) -> Backbone:
    """A model in which every tensor matters, made without timm's slow random numbers."""
    with SkipInit():
        backbone = opened(model, size=(side, side))
    for name, tensor in backbone.module.state_dict().items():
        if tensor.ndim > 1:
            bound = (3 / tensor[0].numel()) ** 0.5
            tensor.uniform_(-bound, bound)
        elif name.endswith("bias"):
            tensor.zero_()
    stir(backbone.module)
    return backbone


@pytest.mark.parametrize(("name", "side", "cuts"), CUT)
def test_at_every_cut_the_two_parts_make_the_whole(name, side, cuts):
    backbone = restless(name, side)
    module, run = backbone.module.eval(), backbone.run
    assert cuts is None or len(backbone.cuts) == cuts
    assert len(backbone.cuts) >= 4
    batch = pictures(backbone)
    with torch.no_grad():
        whole = module(batch)
        assert torch.isfinite(whole).all()
        assert torch.equal(run(batch), whole)
        before = batch
        for k in range(1, len(backbone.stages)):
            if k not in backbone.cuts:
                continue
            value = run(batch, 0, k)
            assert isinstance(value, torch.Tensor)
            assert run(value, k, k) is value
            assert value.shape[0] == 2
            assert torch.equal(run(value.clone(), k), whole), f"cut {k}"
            # And stage by stage: each run begins where the one before ended.
            if k - 1 in {0, *backbone.cuts}:
                assert torch.equal(run(before, k - 1, k), value), f"stage {k - 1}"
            before = value
        assert run(whole, len(backbone.stages)) is whole


@pytest.mark.parametrize(
    ("name", "side"),
    [("test_resnet", 64), ("test_vit", 64), ("eva02_tiny_patch14_224", 56), ("cait_xxs24_224", 64)],
)
def test_training_the_rest_of_the_chain_is_training_the_model(name, side):
    """Gradients behind a cut are those of the whole model; nothing in front of it gets any."""
    backbone = restless(name, side)
    cut = sorted(backbone.cuts)[len(backbone.cuts) // 2]
    frozen = tuple(member for stage in backbone.stages[:cut] for member in stage.members)

    def behind(tensor: str) -> bool:
        return not any(tensor == member or tensor.startswith(member + ".") for member in frozen)

    module = backbone.module.train()
    for member in frozen:
        if member not in dict(module.named_parameters()):
            module.get_submodule(member).eval()
    batch = pictures(backbone)
    with torch.no_grad():
        value = backbone.run(batch, 0, cut)
    twin = copy.deepcopy(module)
    weight = torch.linspace(-1, 1, backbone.features.width)
    (twin(batch) * weight).sum().backward()
    (backbone.run(value, cut) * weight).sum().backward()
    expected = {tensor: parameter.grad for tensor, parameter in twin.named_parameters() if behind(tensor)}
    assert any(gradient.abs().sum() > 0 for gradient in expected.values())
    for tensor, parameter in module.named_parameters():
        if behind(tensor):
            assert torch.equal(parameter.grad, expected[tensor]), tensor
        else:
            assert parameter.grad is None, tensor
    # Running statistics moved the same way too.
    for (tensor, one), other in zip(module.named_buffers(), twin.buffers(), strict=True):
        assert torch.equal(one, other), tensor


def test_a_run_follows_the_live_model_and_leaves_it_as_it_is():
    backbone = restless("test_resnet", 64)
    module = backbone.module.eval()
    batch = pictures(backbone)
    names = [name for name, _ in module.named_modules()]
    with torch.no_grad():
        value = backbone.run(batch, 0, 2)
        stir(module)
        module.layer4 = nn.Sequential(module.layer4, nn.ReLU())
        assert torch.equal(backbone.run(backbone.run(batch, 0, 2), 2), module(batch))
        assert not torch.equal(backbone.run(value, 2), module(batch))
        module.layer4 = module.layer4[0]
    assert [name for name, _ in module.named_modules()] == names


@pytest.mark.parametrize("name", ["crossvit_9_240", "coat_lite_tiny", "twins_svt_small"])
def test_where_several_tensors_cross_every_boundary_nothing_is_claimed(name):
    backbone = opened(name)
    assert backbone.run is None
    assert backbone.cuts == frozenset()
