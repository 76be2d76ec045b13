"""What a run tried of transfer: a linear probe, fine-tuning, or both."""

from __future__ import annotations

from zoo.api.model import Model
from zoo.runs.baseline_schema import Tried
from zoo.training.methods import lora_rank
from zoo.training.run_config import Recipe
from zoo.training.train_report import TrainReport

_BEGIN_WITH_A_PROBE = ("probe-then-full", "gradual")


def what_was_tried(model: Model, recipe: Recipe, report: TrainReport) -> Tried:
    """Return what the run tried, and what it left out with the option that adds it."""
    stages = len(model.adapter.backbone.stages)
    words, method = tried_words(report, stages), report.method.partition(":")[0]
    if _probed(report, stages):
        return Tried(words=words, probe=True, missing=_no_tuning(model, recipe, method))
    if not (report.head or method in _BEGIN_WITH_A_PROBE):
        return Tried(
            words=words, tuning=True, missing="a linear probe was not tried (--method auto tries both)"
        )
    # Only where the best evaluation was kept is the result the better one of the two.
    missing = "" if report.chose else "the linear probe alone was not compared (--method probe)"
    return Tried(words=words, probe=True, tuning=True, missing=missing)


def tried_words(report: TrainReport, stages: int) -> str:
    """Return how a run was trained, in a few words."""
    if _probed(report, stages):
        return "a linear probe on the frozen backbone"
    if report.method:
        return report.method if report.method == "from-scratch" else f"fine-tuning by {report.method}"
    if report.frozen_stages:
        return f"fine-tuning of the upper {stages - report.frozen_stages} of {stages} stages"
    return "every layer trained"


def _probed(report: TrainReport, stages: int) -> bool:
    """Return whether the head alone learned: low-rank adapters train a backbone whose stages are frozen."""
    return report.frozen_stages == stages and not lora_rank(report.method or None)


def _no_tuning(model: Model, recipe: Recipe, method: str) -> str:
    """Return why a probe was not followed by fine-tuning; empty where the backbone cannot be trained."""
    tensors = model.adapter.tensors()
    if not any(one.kind == "parameter" and not one.fixed and one.stage != "head" for one in tensors):
        return ""
    if method in _BEGIN_WITH_A_PROBE:
        return "fine-tuning did not begin: the training ended before it (a larger --budget)"
    return "fine-tuning was not tried (--method auto)"
