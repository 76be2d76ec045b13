"""A run's page: one file, no network, light and dark, for screen and paper."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from zoo.core.figures import figure_of
from zoo.reporting.baselines_view import baselines_view
from zoo.reporting.cost_rows import costs, flat, metric_rows, model_rows
from zoo.reporting.headline import decision, headline
from zoo.reporting.results import ROWS, curves, epoch_table, reference_rows, split_view
from zoo.reporting.sections import known_task
from zoo.reporting.stage_diagram import chain
from zoo.reporting.templates import render
from zoo.reporting.usage import python, shell
from zoo.reporting.warnings import cautions
from zoo.runs.local_names import local_of
from zoo.runs.manifest import Manifest
from zoo.runs.marker import CONFIG
from zoo.runs.report_schema import ReportFacts
from zoo.training.run_config import run_recipe
from zoo.training.train_report import head_alone
from zoo.utils.format import MODALITY_NOUN


def page(folder: Path, manifest: Manifest, facts: ReportFacts) -> str:
    """Return the whole page as HTML.

    Args:
        folder: of the run; its name is the title.
        manifest: of the run.
        facts: from its ``report.json``, or what can be said without.
    """
    # On the registry the folder's own name is but a version.
    local = local_of(folder)
    place = str(local or folder)
    task = known_task(manifest, facts)
    thing = MODALITY_NOUN[facts.data.modality if facts.data else manifest.card.modality or "image"]
    order = sorted(facts.splits, key=lambda split: (split != "test", split))
    columns, rows = epoch_table(facts, task)
    return render(
        "page.html",
        title=str(local or folder.resolve().name),
        manifest=manifest,
        facts=facts,
        task=task,
        thing=thing,
        decision=decision(manifest, facts),
        headline=headline(facts),
        cautions=cautions(manifest, facts),
        splits=[split_view(split, facts.splits[split], task, thing) for split in order],
        shown_rows=ROWS,
        baselines=baselines_view(facts.baselines),
        curves=curves(facts, task),
        solved=head_alone(facts.train),
        heads=reference_rows(facts, task),
        epoch_columns=columns,
        epoch_rows=rows,
        chain=chain(manifest, facts),
        costs=costs(manifest, facts),
        model_rows=model_rows(manifest, task, thing),
        figure=figure_of(task.figures, task.metric),
        splits_without_report={
            split: metric_rows(dict(metrics), task.figures) for split, metrics in manifest.metrics.items()
        },
        settings=settings(folder, facts),
        python=python(manifest, place, task.answer),
        shell=shell(manifest, place),
    )


def settings(folder: Path, facts: ReportFacts) -> dict[str, Any]:
    """Return the recipe, with the training settings as they were resolved."""
    found: dict[str, Any] = {}
    if os.path.lexists(folder / CONFIG):
        found = flat(run_recipe(folder).model_dump(mode="json", exclude_none=True))
    resolved = facts.train.get("settings") or {}
    return found | {f"train.{name}": value for name, value in resolved.items()}
