"""The two doors of the kit: ``run_checks`` and the pytest decorator, on a stranger's installed plugin."""

from __future__ import annotations

import re
import sys
from importlib import import_module

import mutants
import pytest
from installed_plugins import install, start
from repository import PARROT

from zoo.errors import ConfigError, UnknownModel
from zoo.plugins.manager import manager
from zoo.testing import parametrize_with_checks, run_checks
from zoo.testing.checks import CHECKS

pytestmark = [pytest.mark.torch, pytest.mark.needs("timm")]

FALLS = "check_loss_falls"

CONFORMANCE = """
from zoo.testing import parametrize_with_checks

@parametrize_with_checks("parrot:mimic-s", expected_failures={"check_loss_falls": "parrots are stubborn"})
def test_parrot(check):
    check()
"""

ZOO = "import sys; sys.argv = {}\nfrom zoo.cli import main; main()"
PYTEST = "import sys, pytest; sys.exit(pytest.main(['-q', '-rA', '-p', 'no:cacheprovider', {!r}]))"


@parametrize_with_checks("timm:test_resnet.r160_in1k", input_size=64)
def test_timm_keeps_every_promise(check):
    check()


@pytest.fixture
def faulty():
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


def test_an_expected_failure_is_no_fault_and_an_unexpected_success_is_one(faulty):
    known = {FALLS: "known since May"}
    (result,) = run_checks("m-ascent:mimic-s", only=(FALLS,), expected_failures=known)
    assert (result.outcome, result.good) == ("failed as expected", True)
    assert result.reason.startswith("known since May")
    (result,) = run_checks(f"{mutants.SOUND}:mimic-s", only=(FALLS,), expected_failures=known)
    assert (result.outcome, result.good) == ("failed", False)
    assert "expected to fail (known since May), but passed" in result.reason
    light = "check_import_is_light"
    (result,) = run_checks(f"{mutants.SOUND}:mimic-s", only=(light,), expected_failures={light: "unknown"})
    assert (result.outcome, result.good) == ("not applicable", True)


def test_published_weights_keep_every_promise_too(faulty):
    results = run_checks("parrot:mimic-s", from_scratch=False)
    assert {result.outcome for result in results if result.check != "check_import_is_light"} == {"passed"}


def test_a_model_that_does_not_open_fails_once(faulty, monkeypatch):
    monkeypatch.setattr(mutants.Sound, "open", lambda *args, **options: 1 / 0, raising=False)
    results = run_checks(f"{mutants.SOUND}:mimic-s")
    failed = [result for result in results if result.outcome == "failed"]
    assert [result.check for result in failed] == ["check_opens"]
    assert re.search(r"ZeroDivisionError: .* \(.*test_running.py:\d+\)", failed[0].reason)
    assert "does not open" in results[-1].reason


def test_a_wrong_name_is_refused_before_anything_is_opened():
    with pytest.raises(ConfigError, match=f"did you mean.*{FALLS}"):
        run_checks("nobody:nothing", only=("check_loss_fals",))
    with pytest.raises(ConfigError, match="there is no check"):
        parametrize_with_checks("nobody:nothing", expected_failures={"check_bread": ""})
    with pytest.raises(UnknownModel, match="nobody"):
        run_checks("nobody:nothing")


def test_an_author_sees_every_check_in_pytest(tmp_path):
    install(tmp_path, "parrot", None)
    (tmp_path / "test_conformance.py").write_text(CONFORMANCE)
    done, _ = start(tmp_path, PYTEST.format(str(tmp_path / "test_conformance.py")), PARROT)
    for check in CHECKS:
        how = "FAILED" if check.__name__ == FALLS else "PASSED"
        assert re.search(rf"{how} .*\[parrot:mimic-s-{check.__name__}\]", done.stdout), done.stdout
    assert "[XPASS(strict)] parrots are stubborn" in done.stdout
    assert done.returncode == 1


def test_the_command_line_prints_every_check(tmp_path):
    install(tmp_path, "parrot", None)
    done, _ = start(tmp_path, ZOO.format(["zoo", "check", "parrot:mimic-m"]), PARROT)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert rows[0] == ["check", "result", "seconds"]
    assert [(row[0], row[1]) for row in rows[1:]] == [(check.__name__, "passed") for check in CHECKS]
    assert done.returncode == 0
