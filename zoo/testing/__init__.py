"""The conformance kit: what every model of every plugin must keep, as a list of checks.

Two doors to one list (:mod:`zoo.testing.checks`). A plugin author's whole test file::

    from zoo.testing import parametrize_with_checks

    @parametrize_with_checks("acme:radar", "acme:sonar")
    def test_acme(check):
        check()

and without pytest ``run_checks("acme:radar")``, which is what ``zoo check acme:radar`` runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo.testing.result import CheckResult
from zoo.testing.running import run_checks

__all__ = ["CheckResult", "parametrize_with_checks", "run_checks"]


def parametrize_with_checks(
    *ids: str, expected_failures: Mapping[str, str] | None = None, only: tuple[str, ...] = (), **options: Any
) -> Any:
    """Return a pytest decorator: the test is called once for every model and check, with an argument
    ``check``.

    ``check()`` runs it: raises ``AssertionError`` or a ``ZooError`` when the promise is broken, skips the
    test with the reason where the check does not apply.

    Args:
        ids: ``source:name`` of the models.
        expected_failures: ``{"check_name": "reason"}``; strict, so one that passes fails the test.
        only: names of checks; empty: all.
        options: as in :class:`zoo.testing.subject.Subject`: ``input_size``, ``weights``.

    Raises:
        ConfigError: no such check.
    """
    import pytest

    from zoo.testing.checks import chosen, require_known
    from zoo.testing.subject import Subject

    reasons = dict(expected_failures or {})
    require_known(reasons)
    parameters = []
    for model_id in ids:
        subject = Subject(model_id, **options)
        checks = chosen(only)
        waiting = {check.__name__ for check in checks}
        for check in checks:
            name = check.__name__
            marks = [pytest.mark.xfail(reason=reasons[name], strict=True)] if name in reasons else []
            bound = _Bound(check, subject, waiting)
            parameters.append(pytest.param(bound, id=f"{model_id}-{name}", marks=marks))
    return pytest.mark.parametrize("check", parameters)


class _Bound:
    """A check and its subject; called without arguments by the plugin author's test."""

    def __init__(self, check: Any, subject: Any, waiting: set[str]):
        self._check, self._subject, self._waiting = check, subject, waiting

    def __repr__(self) -> str:
        return f"{self._check.__name__}({self._subject.text!r})"

    def __call__(self) -> None:
        import pytest

        from zoo.testing.result import NotApplicable

        try:
            self._check(self._subject)
        except NotApplicable as reason:
            pytest.skip(f"not applicable: {reason}")
        finally:
            # Models of many ids would pile up until the session ends.
            self._waiting.discard(self._check.__name__)
            if not self._waiting:
                self._subject.release()
