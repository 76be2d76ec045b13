"""After a run is saved: its controls, its cost, and the model card that tells both."""

from __future__ import annotations

from pathlib import Path

from zoo.controls.beside import beside
from zoo.model import Model
from zoo.recipe import Recipe
from zoo.reporting.facts import Energy
from zoo.reporting.writing import write_card
from zoo.training.observer import Observer


def account(
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
    found = beside(model, recipe, observer)
    parts = dict(evidence.cost.parts)
    if found is not None:
        parts["controls"] = round(found.seconds, 6)
    evidence.controls = found
    evidence.cost = evidence.cost.model_copy(update={"parts": parts, "energy": energy})
    return write_card(folder, model.report, evidence)
