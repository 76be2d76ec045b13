"""After a run is saved: its controls, its cost, and the model card that tells both."""

from __future__ import annotations

from pathlib import Path

from zoo.api.baselines.run_baselines import run_baselines
from zoo.api.model import Model
from zoo.reporting.write import write_card
from zoo.runs.report_schema import Energy
from zoo.training.observer import Observer
from zoo.training.run_config import Recipe


def attach_baselines(
    model: Model, recipe: Recipe, folder: Path, energy: Energy | None, observer: Observer | None = None
) -> str:
    """Compare the run, add up what it cost, keep both for its report and write its model card again.

    Args:
        model: trained by ``recipe`` and saved in ``folder``.
        recipe: of the run.
        folder: of the run.
        energy: of the training, where it was measured.
        observer: is told what is being computed.

    Returns:
        Why the card could not be written again; empty when it was.
    """
    evidence = model.evidence
    assert evidence is not None
    found = run_baselines(model, recipe, observer)
    parts = dict(evidence.cost.parts)
    if found is not None:
        parts["controls"] = round(found.seconds, 6)
    evidence.controls = found
    evidence.cost = evidence.cost.model_copy(update={"parts": parts, "energy": energy})
    return write_card(folder, model.report, evidence)
