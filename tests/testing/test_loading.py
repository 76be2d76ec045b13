"""The weights of the kit: other names, other formats, and sources to which they do not apply."""

from __future__ import annotations

import pytest
import tiny_torch
from safetensors.numpy import save_file
from safetensors.torch import load_file as load_torch

from zoo.errors import ConfigError, IntegrityError
from zoo.plugin import Source, files, hookimpl
from zoo.plugins.manager import manager
from zoo.testing import run_checks
from zoo.testing.made_weights import rewritten

pytestmark = pytest.mark.torch

CHECK = "check_weights_arrive_in_the_model"


class OwnNames(tiny_torch.Loader):
    """Files begin each name with ``net.``."""

    source = "own-names"

    def open(self, card, weights, *, input_size=None):
        backbone = super().open(card, None, input_size=input_size)
        if weights is None:
            return backbone
        found = load_torch(weights)
        if not all(name.startswith("net.") for name in found):
            raise IntegrityError("names do not begin with net.")
        return self.filled(backbone, {name.removeprefix("net."): one for name, one in found.items()})

    def filled(self, backbone, found):
        backbone.module.load_state_dict(found)
        return tiny_torch.replace(
            backbone, loaded=tiny_torch.LoadReport("pretrained", len(found), len(found))
        )


class OwnNamesIgnored(OwnNames):
    """The same; one tensor is never filled."""

    source = "own-ignored"

    def filled(self, backbone, found):
        return super().filled(backbone, found | {"scale": backbone.module.scale.data})


class NoWeights(tiny_torch.Loader):
    """Random weights alone, and it says so."""

    source = "no-weights"

    def open(self, card, weights, *, input_size=None):
        if weights is not None:
            raise ConfigError(f"{card.id} takes no weights")
        return super().open(card, None, input_size=input_size)


def vet(place, *, offline):
    raise ConfigError("it is no tar archive")


LOADERS = (OwnNames, OwnNamesIgnored, NoWeights)


class Plugin:
    @hookimpl
    def zoo_sources(self):
        for loader in LOADERS:
            yield Source(
                name=loader.source, framework="torch", target=f"{loader.__module__}:{loader.__name__}"
            )
        target = f"{__name__}:NoWeights"
        yield Source(name="archives", framework="torch", target=target, vet=f"{__name__}:vet")


@pytest.fixture(autouse=True, scope="module")
def plugin():
    manager().add(Plugin(), "loading")
    yield
    manager().remove("loading")


@pytest.fixture
def file(tmp_path):
    state = tiny_torch.Tiny().state_dict()
    save_file({f"net.{name}": value.numpy() for name, value in state.items()}, tmp_path / "net.safetensors")
    return tmp_path / "net.safetensors"


def check(source, **options):
    (result,) = run_checks(f"{source}:tiny", only=(CHECK,), **options)
    return result


def test_files_with_other_names_are_checked_on_an_example(file):
    before = file.read_bytes()
    result = check("own-names", weights=file)
    assert (result.outcome, result.reason) == ("passed", "")
    assert file.read_bytes() == before


def test_a_tensor_that_does_not_follow_the_example_is_named(file):
    result = check("own-ignored", weights=file)
    assert result.outcome == "failed"
    assert "1 of 13 tensors are the same for two files of different values: scale" in result.reason


def test_a_loader_that_refuses_its_own_tensors_fails_without_an_example():
    result = check("own-names")
    assert result.outcome == "failed"
    assert "names do not begin with net." in result.reason
    assert "zoo check ID --weights FILE" in result.reason


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("no-weights", "the source takes no weights: no-weights:tiny takes no weights"),
        ("archives", "the source has a format of its own: it is no tar archive"),
    ],
)
def test_a_source_that_takes_no_such_file_says_so(source, why):
    result = check(source)
    assert result.outcome == "not applicable"
    assert why in result.reason


def test_every_floating_number_of_a_rewritten_file_differs(tmp_path):
    """Also of bfloat16, which numpy does not have."""
    import torch
    from safetensors.torch import save_file as save_torch

    whole = torch.arange(4)
    state = {
        "half": torch.linspace(-2, 2, 5, dtype=torch.bfloat16),
        "wide": torch.zeros(2, 3),
        "one": torch.tensor(1.0, dtype=torch.float64),
        "empty": torch.zeros(0, 3),
        "places": whole,
    }
    source = tmp_path / "given" / "a.safetensors"
    source.parent.mkdir()
    save_torch(state, source)
    source.with_name("config.json").write_text("{}")
    made = []
    for seed in (1, 2):
        (tmp_path / str(seed)).mkdir()
        copy = rewritten(source.parent, tmp_path / str(seed), seed)
        assert (copy / "config.json").read_text() == "{}"
        files.read_safetensors_header(copy / "a.safetensors")
        made.append(load_torch(copy / "a.safetensors"))
    for one, other in ((state, made[0]), (state, made[1]), (made[0], made[1])):
        assert torch.equal(other["places"], whole)
        for name in ("half", "wide", "one"):
            assert one[name].dtype == other[name].dtype
            assert (one[name] != other[name]).all()
    assert float((made[0]["half"] - state["half"]).abs().max()) < 0.2


def test_a_folder_without_safetensors_has_nothing_to_rewrite(tmp_path):
    (tmp_path / "given").mkdir()
    assert rewritten(tmp_path / "given", tmp_path / "copy", 1) is None
