"""Every check has a mutant that it finds, and no other check does."""

from __future__ import annotations

import json
import sys
from importlib import import_module

import mutants
import pytest
from installed_plugins import install, start
from repository import HELPERS, PARROT

from zoo.plugins.manager import manager
from zoo.testing import run_checks
from zoo.testing.checks import CHECKS

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]

MODEL = "mimic-s"

HEAVY = """
import scipy
import zoo
from zoo.plugin import Source, hookimpl

@hookimpl
def zoo_sources():
    yield Source(name="heavy", framework="torch", target="heavy_loader:Loader")
"""

LOADER = """
import tiny_torch

class Loader(tiny_torch.Loader):
    source = "heavy"
"""


@pytest.fixture(autouse=True, scope="module")
def plugin():
    """The mutants of the stranger's plugin: in plain numpy, a kit takes a twentieth of a second."""
    sys.path.insert(0, str(PARROT))
    loader = import_module("zoo_parrot.loader").ParrotLoader
    engine = import_module("zoo_parrot.engine").NumpyEngine
    manager().add(import_module("zoo_parrot"), "parrot")
    [record] = import_module("zoo_parrot").zoo_engines()
    manager().add(mutants.Plugin(loader, engine, record.heads), "mutants")
    yield
    manager().remove("mutants")
    manager().remove("parrot")
    sys.path.remove(str(PARROT))


@pytest.mark.parametrize("mutant", mutants.MUTANTS, ids=lambda mutant: mutant.fault.__name__)
def test_a_mutant_is_found_by_its_check_alone(mutant):
    results = run_checks(f"{mutant.source}:{MODEL}", input_size=mutant.input_size)
    failed = [result.check for result in results if result.outcome == "failed"]
    assert failed == [mutant.check, *mutant.also]


def test_without_a_fault_every_check_passes():
    results = run_checks(f"{mutants.SOUND}:{MODEL}")
    assert {result.outcome for result in results if result.check != "check_import_is_light"} == {"passed"}


def test_a_package_that_imports_too_much_is_found(tmp_path):
    """Only an installed plugin can be found heavy: the import is measured in a process of its own."""
    install(tmp_path, "heavy", HEAVY)
    (tmp_path / "heavy_loader.py").write_text(LOADER)
    command = ["zoo", "check", "heavy:tiny", "--json"]
    done, _ = start(
        tmp_path,
        f"import sys; sys.argv = {command}\nfrom zoo.cli import main; main()",
        HELPERS,
        OMP_NUM_THREADS="1",
    )
    answer = json.loads(done.stdout)
    assert [one["check"] for one in answer["checks"] if one["outcome"] == "failed"] == [
        "check_import_is_light"
    ]
    assert "importing zoo_heavy imports scipy" in answer["checks"][0]["reason"]
    assert done.returncode == 1


def test_every_check_has_a_mutant():
    found = {mutant.check for mutant in mutants.MUTANTS} | {"check_import_is_light"}
    assert {check.__name__ for check in CHECKS} == found


def test_answers_that_are_noise_are_no_fault_of_the_batch():
    (result,) = run_checks(
        f"{mutants.NOISY.source}:{MODEL}", only=("check_prediction_is_independent_of_the_batch",)
    )
    assert result.outcome == "not applicable"
    assert "weights that differ in their last bit move answers" in result.reason
