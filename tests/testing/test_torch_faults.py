"""The kit on the torch engine: the real one passes; each classic fault is caught by its own checks."""

from __future__ import annotations

import pytest
import tiny_torch
import torch
import torch_faults

from zoo.plugins.manager import manager
from zoo.testing import parametrize_with_checks, run_checks

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]


@pytest.fixture(autouse=True, scope="module")
def plugins():
    threads = torch.get_num_threads()
    # On tensors this small a second thread only waits, the longer the busier the machine is.
    torch.set_num_threads(1)
    manager().add(tiny_torch.Plugin(), "tiny")
    manager().add(torch_faults.Plugin(), "torch-faults")
    yield
    manager().remove("tiny")
    manager().remove("torch-faults")
    torch.set_num_threads(threads)


@parametrize_with_checks("tiny:tiny")
def test_the_engine_keeps_every_promise(check):
    check()


def test_a_backbone_without_parameters_passes_where_a_check_applies():
    results = run_checks(f"projection:{tiny_torch.NAME}")
    assert {result.check: result.reason for result in results if not result.good} == {}
    untrained = [result.check for result in results if "no parameters" in result.reason]
    assert untrained == ["check_nothing_unloaded_is_frozen", "check_thawing_leaves_no_trace"]


@pytest.mark.parametrize("fault", torch_faults.FAULTS, ids=lambda fault: fault.__name__)
def test_a_classic_fault_is_caught(fault):
    results = run_checks(f"x-{fault.__name__.lower()}:{tiny_torch.NAME}")
    assert {result.check for result in results if result.outcome == "failed"} == fault.caught
    assert all(result.reason for result in results if result.outcome != "passed")
