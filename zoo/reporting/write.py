"""Writing model card and report of a run, and making its page again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zoo.core.cards import AnyInput
from zoo.errors import ConfigError, ZooError
from zoo.reporting.output_path import require_target
from zoo.reporting.read_metrics import figures_of
from zoo.runs.baseline_schema import BaselineComparison
from zoo.runs.file_names import LOG, PAGE, README
from zoo.runs.lineage import ancestors
from zoo.runs.manifest import Manifest, read_manifest
from zoo.runs.marker import completing, is_run
from zoo.runs.reader import read_optional
from zoo.runs.report_schema import ReportFacts, read_facts, write_facts
from zoo.training.result import TrainResult
from zoo.utils.atomic import atomic_text
from zoo.utils.strict_json import parse_json


def write_reports(
    folder: Path,
    result: TrainResult | None,
    form: AnyInput,
    *,
    baselines: BaselineComparison | None = None,
    page: bool = True,
) -> str:
    """Write model card, ``report.json`` and ``report.html`` of a complete run, each once.

    Args:
        folder: of the run.
        result: of its training; None: the model was not trained since it was opened.
        form: what the model takes.
        baselines: what was compared with the run.
        page: whether to write ``report.json`` and ``report.html`` too.

    Returns:
        Why something could not be written, on one line; empty: all was. What fails costs nothing else: the
        run is complete without.
    """
    faults = [_fault("model card", _write_card, folder, result, baselines)]
    if page:
        faults.append(_fault("report", _write_page, folder, result, form, baselines))
    return "; ".join(filter(None, faults))


def _fault(what: str, write: Callable[..., None], *arguments: Any) -> str:
    try:
        write(*arguments)
    except ZooError as error:
        return f"the {what} could not be written: {error.message}"
    except Exception as error:
        return f"the {what} could not be written: {type(error).__name__}: {str(error)[:200]}"
    return ""


def _write_card(folder: Path, result: TrainResult | None, baselines: BaselineComparison | None) -> None:
    from zoo.reporting.model_card import readme
    from zoo.reporting.task_cautions import task_cautions

    report, cost = (None, None) if result is None else (result.report, result.cost)
    text = readme(
        read_manifest(folder),
        report,
        str(folder),
        baselines=baselines,
        cost=cost,
        cautions=() if result is None else task_cautions(result),
    )
    atomic_text(folder / README, text)


def _write_page(
    folder: Path, result: TrainResult | None, form: AnyInput, baselines: BaselineComparison | None
) -> None:
    from zoo.reporting.collect import collect
    from zoo.reporting.page import page

    manifest = read_manifest(folder)
    if result is None:
        facts = without_report(folder, manifest)
    else:
        facts = collect(manifest, result, form, baselines)
        write_facts(folder, facts)
    atomic_text(folder / PAGE, page(folder, manifest, facts))


def rebuild(folder: Path, out: Path | None = None, *, force: bool = False) -> Path:
    """Make the page of a run again; returns its path.

    Args:
        folder: of the run.
        out: where to write it; None: ``report.html`` in the run, the only file that is always replaced.
        force: replace ``out`` where it is there.

    Raises:
        ConfigError: not a run, or ``out`` exists or is a file of the run.
        IntegrityError: its manifest or ``report.json`` is damaged.
        ResourceError: the page cannot be written.
    """
    from zoo.reporting.page import page

    manifest, facts = read_run_facts(folder)
    target = out or folder / PAGE
    if target.resolve() != (folder / PAGE).resolve():
        require_target(target, [(folder, manifest)], force=force)
    with figures_of(folder):
        made = page(folder, manifest, facts)
    atomic_text(target, made)
    return target


def read_run_facts(folder: Path) -> tuple[Manifest, ReportFacts]:
    """Manifest and facts of a run; of one without ``report.json`` what manifest and log tell.

    Raises:
        ConfigError: not a run.
        IntegrityError: its manifest or ``report.json`` is damaged.
    """
    if not is_run(folder):
        raise ConfigError(
            "not the folder of a finished run",
            path=folder,
            hint=completing(folder) or "give a folder that has a manifest.json",
        )
    manifest = read_manifest(folder)
    return manifest, read_facts(folder) or without_report(folder, manifest)


def without_report(folder: Path, manifest: Manifest) -> ReportFacts:
    """Return what can be said of a run that kept no ``report.json``."""
    written = datetime.fromtimestamp((folder / "manifest.json").stat().st_mtime, UTC)
    train: dict[str, Any] = {"metrics": manifest.metrics}
    if lines := _log(read_optional(folder, LOG)):
        train["epochs"] = lines
    return ReportFacts(
        finished=written.strftime("%Y-%m-%dT%H:%M:%SZ"), train=train, lineage=ancestors(manifest)
    )


def _log(data: bytes | None) -> list[dict[str, Any]]:
    try:
        found = [parse_json(line) for line in (data or b"").splitlines()]
    except (ValueError, RecursionError):
        return []
    return [line for line in found if isinstance(line, dict) and _is_figures(line)]


def _is_figures(line: dict[str, Any]) -> bool:
    """Return whether a line is as training logs it: a whole epoch, figures or null, and the name of the
    phase."""
    figures = [value for name, value in line.items() if name != "phase"]
    return isinstance(line.get("epoch"), int) and all(isinstance(one, int | float | None) for one in figures)
