"""Weights from files: exactly this model's, or refused by name."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import load_file
from timm_models import LOADER, card, opened, original, pictures, saved
from zoo_timm import build

from zoo.core.cards import Features
from zoo.core.protocols.backbone import LocalWeights
from zoo.errors import IntegrityError, PluginError

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]

SMALL = (
    "test_byobnet",
    "test_convnext",
    "test_efficientnet",
    "test_mambaout",
    "test_nfnet",
    "test_resnet",
    "test_vit",
    "test_vit_relpos",
)


@pytest.mark.parametrize("name", [*SMALL, "deit_tiny_distilled_patch16_224", "crossvit_9_240"])
def test_a_file_gives_what_timm_itself_gives_for_it(name, tmp_path):
    """Features are compared with timm's own loading of the same file, bit by bit."""
    weights = saved(original(name), tmp_path)
    backbone = opened(name, weights)
    theirs = timm.create_model(
        card(name).id.removeprefix("timm:"),
        pretrained=True,
        num_classes=0,
        pretrained_cfg_overlay={"file": str(weights.path)},
    ).eval()
    batch = pictures(backbone)
    with torch.no_grad():
        assert torch.equal(backbone.module.eval()(batch), theirs(batch))
    file = load_file(weights.path)
    state = backbone.module.state_dict()
    assert all(torch.equal(state[key], file[key]) for key in state)
    assert backbone.loaded.origin == "pretrained"
    assert backbone.loaded.loaded == backbone.loaded.total == len(state)
    assert not backbone.loaded.fresh
    assert set(backbone.loaded.dropped) == set(file) - set(state)
    assert backbone.loaded.dropped, "the original head is listed"


@pytest.mark.parametrize("name", ["test_resnet", "test_vit"])
@pytest.mark.parametrize("fault", ["missing", "unexpected", "shape", "kind", "int8"])
def test_a_file_that_is_not_quite_this_model_is_refused_with_names(name, fault, tmp_path):
    tensors = dict(original(name).state_dict())
    victims = [key for key, value in tensors.items() if key.endswith("weight") and "head" not in key]
    victims = [key for key in victims if "patch_embed" not in key][:7]
    for key in victims:
        if fault == "missing":
            del tensors[key]
        elif fault == "unexpected":
            tensors[f"extra.{key}"] = tensors[key]
        elif fault == "shape":
            tensors[key] = tensors[key][:1]
        else:
            tensors[key] = tensors[key].to(torch.int64 if fault == "kind" else torch.int8)
    with pytest.raises(IntegrityError) as error:
        opened(name, saved(tensors, tmp_path))
    text = str(error.value)
    assert card(name).id in text
    assert "model.safetensors" in text
    if fault == "int8":
        assert "int8" in text
        return
    listed = [f"extra.{key}" if fault == "unexpected" else key for key in victims]
    assert f"7 {'of another shape' if fault in ('shape', 'kind') else fault}" in text
    assert sum(key in text for key in listed) == 5


@pytest.mark.parametrize(
    ("name", "other", "says"),
    [
        ("test_resnet", "test_efficientnet", r"missing .*unexpected"),
        ("vit_tiny_patch16_224", "test_vit", r"of another shape"),
        # The filter of this family fails on tensors that it does not know.
        ("test_convnext", "test_vit", r"timm's filter for it failed with KeyError"),
    ],
)
def test_weights_of_another_architecture_are_refused(name, other, says, tmp_path):
    with pytest.raises(IntegrityError, match=says):
        opened(name, saved(original(other), tmp_path))


def test_a_damaged_file_is_named(tmp_path):
    weights = saved(original("test_resnet"), tmp_path)
    weights.path.write_bytes(weights.path.read_bytes()[:-100])
    with pytest.raises(IntegrityError, match=r"cannot read the weights of timm:test_resnet.*safetensors"):
        opened("test_resnet", weights)


def test_a_patch_embedding_of_another_size_is_not_resampled_into_place(tmp_path):
    """timm's filter would interpolate it and load the file of another model without a word."""
    weights = saved(original("vit_tiny_patch16_224"), tmp_path)
    tensors = load_file(weights.path)
    tensors["patch_embed.proj.weight"] = tensors["patch_embed.proj.weight"][..., ::2, ::2]
    with pytest.raises(IntegrityError, match=r"patch_embed\.proj\.weight"):
        opened("vit_tiny_patch16_224", saved(tensors, tmp_path))


@pytest.mark.parametrize("name", ["vit_tiny_patch16_224", "swin_tiny_patch4_window7_224"])
def test_for_another_input_size_positions_are_resampled_as_timm_does(name, tmp_path):
    weights = saved(original(name), tmp_path)
    backbone = opened(name, weights, (96, 128))
    overlay = {"file": str(weights.path)}
    theirs = timm.create_model(
        name, pretrained=True, num_classes=0, img_size=(96, 128), pretrained_cfg_overlay=overlay
    ).eval()
    assert (backbone.input.height, backbone.input.width) == (96, 128)
    batch = pictures(backbone)
    with torch.no_grad():
        assert torch.equal(backbone.module.eval()(batch), theirs(batch))


@pytest.mark.parametrize("classes", [5, 1000])
def test_a_folder_written_by_save_for_hf_loads_whatever_its_head(classes, tmp_path):
    module = original("test_vit", num_classes=classes)
    timm.models.save_for_hf(module, tmp_path, safe_serialization=True)
    backbone = opened("test_vit", LocalWeights(tmp_path / "model.safetensors", "", "here"))
    batch = pictures(backbone)
    with torch.no_grad():
        expected = module.forward_head(module.forward_features(batch), pre_logits=True)
        assert torch.equal(backbone.module.eval()(batch), expected)
    assert backbone.loaded.dropped == ("head.bias", "head.weight")


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_a_file_of_another_float_type_becomes_float32(dtype, tmp_path):
    tensors = {
        key: value.to(dtype) if value.is_floating_point() else value
        for key, value in original("test_resnet").state_dict().items()
    }
    state = opened("test_resnet", saved(tensors, tmp_path)).module.state_dict()
    for key, value in state.items():
        assert value.dtype == (torch.float32 if value.is_floating_point() else torch.int64)
        assert torch.equal(value, tensors[key].to(value.dtype))


def test_batch_counters_may_be_absent_and_nothing_is_called_fresh(tmp_path):
    tensors = original("test_resnet").state_dict()
    kept = {key: value for key, value in tensors.items() if not key.endswith("num_batches_tracked")}
    backbone = opened("test_resnet", saved(kept, tmp_path))
    assert backbone.loaded.total - backbone.loaded.loaded == len(tensors) - len(kept) > 0
    assert not backbone.loaded.fresh


def test_a_norm_that_was_never_published_is_reported_as_fresh(tmp_path):
    name = "convnextv2_atto.fcmae"
    tensors = timm.create_model(name, num_classes=0).state_dict()
    kept = {key: value for key, value in tensors.items() if not key.startswith("head.norm")}
    backbone = opened(name, saved(kept, tmp_path))
    assert backbone.loaded.fresh == {"head.norm.weight", "head.norm.bias"}
    state = backbone.module.state_dict()
    assert torch.equal(state["head.norm.weight"], torch.ones(320))
    with pytest.raises(IntegrityError, match=r"head\.norm"):
        opened("convnextv2_atto.fcmae_ft_in1k", saved(kept, tmp_path))


def test_left_overs_of_a_published_file_are_known_by_name(tmp_path):
    tensors = timm.create_model("dla46x_c").state_dict()
    tensors["level3.tree1.project.0.weight"] = torch.zeros(4)
    assert "level3.tree1.project.0.weight" in opened("dla46x_c", saved(tensors, tmp_path)).loaded.dropped
    tensors["level3.stowaway.weight"] = torch.zeros(4)
    with pytest.raises(IntegrityError, match=r"1 unexpected \(level3\.stowaway\.weight\)"):
        opened("dla46x_c", saved(tensors, tmp_path))


def test_a_tensor_shared_under_two_names_need_stand_in_the_file_once(tmp_path):
    tensors = original("coat_tiny").state_dict()
    once = {key: value for key, value in tensors.items() if not key.startswith("cpe1.")}
    state = opened("coat_tiny", saved(once, tmp_path)).module.state_dict()
    assert torch.equal(state["cpe1.proj.weight"], tensors["cpe1.proj.weight"])
    contradiction = {**tensors, "cpe1.proj.weight": tensors["cpe1.proj.weight"] + 1}
    with pytest.raises(IntegrityError, match=r"differ from the file after loading.*cpe"):
        opened("coat_tiny", saved(contradiction, tmp_path))


def test_what_timms_filter_leaves_out_is_listed(tmp_path):
    tensors = {**original("test_vit").state_dict(), "pre_logits.fc.weight": torch.zeros(4, 4)}
    assert "pre_logits.fc.weight" in opened("test_vit", saved(tensors, tmp_path)).loaded.dropped


def test_random_weights_only_when_asked_and_by_the_seed():
    one, two = opened("test_vit"), opened("test_vit")
    assert (one.loaded.origin, one.loaded.loaded) == ("random", 0)
    states = one.module.state_dict(), two.module.state_dict()
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])


def test_timms_own_loading_is_as_before(tmp_path: Path):
    """Opening looks over timm's shoulder; afterwards timm loads files by itself again."""
    module = original("test_resnet")
    weights = saved(module, tmp_path)
    opened("test_resnet", weights)
    overlay = {"file": str(weights.path)}
    again = timm.create_model("test_resnet", pretrained=True, pretrained_cfg_overlay=overlay)
    assert torch.equal(again.fc.weight, module.fc.weight)


def test_another_thread_may_load_with_timm_meanwhile(tmp_path):
    weights = saved(original("test_resnet"), tmp_path)
    expected = load_file(weights.path)["fc.weight"]
    overlay = {"file": str(weights.path)}
    with ThreadPoolExecutor(1) as pool, build._catch_filter() as caught:
        other = pool.submit(
            timm.create_model, "test_resnet", pretrained=True, pretrained_cfg_overlay=overlay
        ).result()
    assert torch.equal(other.fc.weight, expected)
    assert caught == []


def test_a_timm_that_loads_in_another_way_is_a_fault_not_random_weights(tmp_path, monkeypatch):
    weights = saved(original("test_resnet"), tmp_path)
    create = timm.create_model
    monkeypatch.setattr(timm, "create_model", lambda *a, **k: create(*a, **{**k, "pretrained": False}))
    with pytest.raises(PluginError, match="timm:test_resnet"):
        opened("test_resnet", weights)


def test_a_card_of_another_version_is_refused():
    stale = card("test_resnet").model_copy(update={"features": Features(width=5)})
    with pytest.raises(PluginError, match="gives 96 features"):
        LOADER.open(stale, None)
