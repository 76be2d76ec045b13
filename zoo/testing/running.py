"""Running the checks without pytest."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zoo.errors import ZooError
from zoo.testing.checks import Check, chosen, require_known
from zoo.testing.result import CheckResult, NotApplicable

if TYPE_CHECKING:
    from zoo.testing.subject import Subject


def run_checks(
    model_id: str,
    *,
    only: Iterable[str] = (),
    expected_failures: Mapping[str, str] | None = None,
    tell: Callable[[CheckResult], None] | None = None,
    **options: Any,
) -> list[CheckResult]:
    """Run the checks on one model, in the order of their cost.

    Args:
        model_id: ``source:name``.
        only: names of checks; empty: all.
        expected_failures: ``{"check_name": "reason"}``; strict: a check that is named here and passes
            counts as failed.
        tell: called with each result as it is known.
        options: as in :class:`zoo.testing.subject.Subject`.

    Raises:
        UnknownModel: no source of this name.
        ConfigError: no such check.
        MissingPlugin: a library that source or engine need is not installed.
    """
    from zoo.testing.subject import Subject

    reasons = dict(expected_failures or {})
    require_known(reasons)
    checks = chosen(tuple(only))
    subject = Subject(model_id, **options)
    subject.require_installed()
    results = []
    for check in checks:
        result = perform(check, subject)
        if check.__name__ in reasons:
            result = _expected(result, reasons[check.__name__])
        results.append(result)
        if tell:
            tell(result)
    return results


def perform(check: Check, subject: Subject) -> CheckResult:
    """Run one check on one subject; never raises what the plugin raises."""
    begun = time.perf_counter()
    result = CheckResult(check.__name__, promise(check), "passed")
    try:
        check(subject)
    except NotApplicable as reason:
        result = replace(result, outcome="not applicable", reason=str(reason))
    except (AssertionError, ZooError) as error:
        result = replace(result, outcome="failed", reason=str(error) or type(error).__name__)
    except Exception as error:
        result = replace(result, outcome="failed", reason=f"{type(error).__name__}: {error}{_where(error)}")
    return replace(result, seconds=time.perf_counter() - begun)


def promise(check: Check) -> str:
    """Return the first paragraph of the docstring on one line."""
    return " ".join((check.__doc__ or "").partition("\n\n")[0].split())


def _expected(result: CheckResult, reason: str) -> CheckResult:
    if result.outcome == "not applicable":
        return result
    if result.outcome == "failed":
        return replace(result, outcome="failed as expected", reason=f"{reason} ({result.reason})")
    return replace(
        result,
        outcome="failed",
        reason=f"was expected to fail ({reason}), but passed\n  hint: expect it no longer",
    )


def _where(error: BaseException) -> str:
    """File and line of the innermost frame: the plugin author's first question."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return f" ({last.tb_frame.f_code.co_filename}:{last.tb_lineno})" if last is not None else ""
