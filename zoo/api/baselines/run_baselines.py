"""A run among its controls: what the same examples give without what the model learned before.

Controls run after the training, on objects of their own and with the run's seed, so they change nothing in
the run. They are bounded: at most 2,000 training examples and 2,000 held-out ones, drawn by the run's seed;
and in time, each to twice that of the training, but no less than 20 seconds and no more than a minute.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from zoo.api.baselines.linear_probe import answers
from zoo.api.baselines.majority import constant
from zoo.api.baselines.majority_tag import word_tags
from zoo.api.baselines.random_features import vectors
from zoo.api.baselines.raw_features import plain
from zoo.api.baselines.scratch import from_scratch
from zoo.api.baselines.time_limit import TimeBudget, TimeBudgetExceeded
from zoo.api.baselines.verdict import verdict
from zoo.api.load import load
from zoo.api.model import Model
from zoo.core.figures import figure_of
from zoo.core.rows import Rows, take
from zoo.core.task import Task
from zoo.datasets.dataset import Dataset
from zoo.errors import ConfigError, ZooError
from zoo.runs.baseline_schema import Control, Controls
from zoo.training.config import TrainConfig
from zoo.training.linear_heads import can_solve
from zoo.training.methods import lora_rank
from zoo.training.observer import NullObserver, Observer
from zoo.training.run_config import Recipe
from zoo.training.train_report import TrainReport, epochs_in
from zoo.utils.arrays import Array
from zoo.utils.format import duration, plural

MOST = 2000
"""Training examples that a control learns from, and held-out ones that it is asked about, at most."""
SCRATCH = "the same network trained from random weights"
SECONDS = (20.0, 60.0)
"""Twice the time of the training bounds that of a control, between these: where a head is solved, the
training itself is no more than the control does."""


@dataclass(frozen=True)
class Case:
    """What all controls share.

    Args:
        model: the trained one.
        recipe: of the run.
        data: of the run.
        task: fitted.
        split: that is asked about.
        train: positions to learn from.
        asked: positions to ask about.
        rows: their places in the split.
        wanted: targets of those asked.
        said: what the task observed of the run for them.
        seconds: that each control may take.
    """

    model: Model
    recipe: Recipe
    data: Dataset
    task: Task
    split: str
    train: Array
    asked: Array
    rows: Array
    wanted: Array
    said: Rows
    seconds: float

    def targets(self, positions: Array) -> Array:
        """Encoded labels."""
        return self.task.encode([self.data.labels[int(i)] for i in positions])

    def observe(self, outputs: Array) -> Rows:
        """What the task observes of outputs for those asked."""
        return self.task.observe(outputs, self.wanted)

    def limit(self) -> TimeBudget:
        """Of one control, from now on."""
        return TimeBudget(self.seconds, f"at most {self.seconds:.0f} s are spent on it")

    def open(self) -> Model:
        """The same network with random weights.

        Raises:
            ConfigError: the model is a program that brings its weights.
        """
        if self.model.origin.program is not None:
            raise ConfigError("the model is a program that brings its weights")
        recipe = self.recipe
        return load(
            recipe.model,
            from_scratch=True,
            input_size=recipe.input_size,
            bit_depth=recipe.bit_depth,
            background=recipe.background,
            device=recipe.train.device,
            seed=recipe.train.seed,
            task=self.task,
        )


def run_baselines(model: Model, recipe: Recipe, observer: Observer | None = None) -> Controls | None:
    """Ask the controls that the recipe wants about what the run was judged on.

    Args:
        model: just trained, by ``recipe``.
        recipe: of the run.
        observer: is told what is being computed.

    Returns:
        None where none are wanted, or nothing was held out. A control that fails or takes too long is left
        out, and says why; nothing is raised for it.
    """
    evidence, report = model.evidence, model.report
    if evidence is None or report is None or model.task is None:
        return None
    split = next((name for name in ("test", "val") if name in evidence.rows), None)
    if split is None or (recipe.controls == "off" and recipe.baseline == "none"):
        return None
    begun, watch = time.perf_counter(), observer or NullObserver()
    data, seed = evidence.data, recipe.train.seed
    held_out, train = np.asarray(data.splits[split]), np.asarray(data.splits["train"])
    rows = _some(len(held_out), [seed, 29])
    asked = held_out[rows]
    case = Case(
        model=model,
        recipe=recipe,
        data=data,
        task=model.task,
        split=split,
        train=train[_some(len(train), [seed, 31])],
        asked=asked,
        rows=rows,
        wanted=model.task.encode([data.labels[int(i)] for i in asked]),
        said=take(evidence.rows[split], rows),
        seconds=min(max(2 * report.seconds, SECONDS[0]), SECONDS[1]),
    )
    wanted: list[tuple[str, str, Callable[[Case], _Found]]] = []
    if recipe.controls == "auto":
        watch.on_message("control", "majority, no network, random weights (--controls off leaves them out)")
        wanted += [
            ("majority", "one answer for all", _majority),
            ("plain", _plain_words(case), _tagger if model.task.requires == "tokens" else _plain),
            ("random", "the same network with random weights, frozen, its head solved", _random),
        ]
    if recipe.baseline == "scratch":
        watch.on_message("control", f"{SCRATCH}, as long as the run was to be")
        wanted.append(("scratch", SCRATCH, partial(_scratch, watch=watch)))
    controls = tuple(_asked(case, *one) for one in wanted)
    found = Controls(
        split=split,
        asked=len(asked),
        held_out=len(held_out),
        trained=len(train),
        metric=model.task.metric,
        figure=figure_of(model.task.figures, model.task.metric),
        run=_metrics(case, case.said),
        pretrained=model.origin.place != "random",
        tried=tried(report, len(model.adapter.backbone.stages)),
        frozen=_untried(model, recipe, report),
        selected=split == report.selected_on,
        controls=controls,
        seconds=time.perf_counter() - begun,
    )
    return found.model_copy(update={"verdict": verdict(found)})


def tried(report: TrainReport, stages: int) -> str:
    """How a run was trained, in a few words."""
    if _probed(report, stages):
        return "a linear probe on the frozen backbone"
    if report.method:
        return report.method if report.method == "from-scratch" else f"fine-tuning by {report.method}"
    if report.frozen_stages:
        return f"fine-tuning of the upper {stages - report.frozen_stages} of {stages} stages"
    return "every layer trained"


def _probed(report: TrainReport, stages: int) -> bool:
    """Whether the head alone learned: low-rank adapters train a backbone whose stages are frozen."""
    return report.frozen_stages == stages and not lora_rank(report.method or None)


def _untried(model: Model, recipe: Recipe, report: TrainReport) -> bool:
    """Whether the run is a probe of a backbone that can be fine-tuned, and ``auto`` was not asked for."""
    tensors = model.adapter.tensors()
    possible = any(one.kind == "parameter" and not one.fixed and one.stage != "head" for one in tensors)
    return possible and recipe.method != "auto" and _probed(report, len(model.adapter.backbone.stages))


@dataclass(frozen=True)
class _Found:
    rows: Rows
    learned: int
    words: str = ""
    note: str = ""
    steps: int | None = None


def _asked(case: Case, name: Any, words: str, control: Callable[[Case], _Found]) -> Control:
    begun = time.perf_counter()
    try:
        found = control(case)
        metrics = _metrics(case, found.rows)
        ahead = case.task.gain(case.said, found.rows)
    except (TimeBudgetExceeded, ZooError) as error:
        why = error.message if isinstance(error, ZooError) else str(error)
        return Control(name=name, words=words, skipped=why, seconds=time.perf_counter() - begun)
    except Exception as error:
        # The run is finished and saved: whatever fails here costs a control, not the run.
        why = f"{type(error).__name__}: {str(error)[:200]}"
        return Control(name=name, words=words, skipped=why, seconds=time.perf_counter() - begun)
    return Control(
        name=name,
        words=found.words or words,
        blind=name == "majority",
        metrics=metrics,
        learned=found.learned,
        seconds=time.perf_counter() - begun,
        gain=ahead,
        note=found.note,
        steps=found.steps,
    )


def _majority(case: Case) -> _Found:
    train = np.asarray(case.data.splits["train"])
    if case.task.requires == "tokens":
        tags = [np.zeros(len(one), np.int64) for one in case.wanted]
        every = np.concatenate(list(case.targets(train)))
        common = int(np.bincount(every, minlength=case.task.width).argmax())
        outputs = np.empty(len(tags), object)
        for row, one in enumerate(tags):
            outputs[row] = np.eye(case.task.width, dtype=np.float32)[one + common]
        return _Found(case.observe(outputs), len(train), f"tagging every word {case.task.names[common]}")
    outputs, words = constant(case.task, case.targets(train), len(case.asked))
    return _Found(case.observe(outputs), len(train), words)


def _tagger(case: Case) -> _Found:
    form = case.model.adapter.backbone.input
    train, asked = ([case.data.inputs.read(int(i), form) for i in some] for some in (case.train, case.asked))
    outputs = word_tags(train, case.targets(case.train), asked, case.task.width)
    return _Found(case.observe(outputs), len(case.train))


def _plain_words(case: Case) -> str:
    if case.task.requires == "tokens":
        return "each word tagged as it was most often in training"
    return f"{_head(case.task)} on {plain(case.model.adapter.backbone.input).name}"


def _head(task: Task) -> str:
    return "ridge regression" if task.kind == "regression" else "logistic regression"


def _plain(case: Case) -> _Found:
    form, limit = case.model.adapter.backbone.input, case.limit()
    control = plain(form)
    both = control.rows(case.data, np.concatenate([case.train, case.asked]), form, limit)
    train, asked = both[: len(case.train)], both[len(case.train) :]
    weigh = control.learn(train)
    return _solved(case, weigh(train), weigh(asked), control.standardise)


def _random(case: Case) -> _Found:
    if case.task.requires == "tokens":
        raise ConfigError("no head for words is solved")
    limit = case.limit()
    both = vectors(case.open(), case.data, np.concatenate([case.train, case.asked]), limit)
    return _solved(case, both[: len(case.train)], both[len(case.train) :])


def _solved(case: Case, train: Array, asked: Array, standardise: bool = True) -> _Found:
    if not can_solve(case.task, *train.shape):
        raise ConfigError(f"there is no solver for {case.task.kind} of this size")
    targets = case.targets(case.train)
    weights = case.task.class_weights(targets) if case.recipe.train.class_weights == "auto" else None
    found = answers(
        (train, targets),
        asked,
        case.task,
        seed=case.recipe.train.seed,
        class_weights=weights,
        standardise=standardise,
    )
    return _Found(case.observe(found.outputs), len(train), note=found.note)


def _scratch(case: Case, watch: Observer) -> _Found:
    model = from_scratch(case.open(), case.data, case.task, _as_the_run(case), watch)
    assert model.evidence is not None
    assert model.report is not None
    report = model.report
    steps = plural(report.steps, "step")
    return _Found(
        take(model.evidence.rows[case.split], case.rows),
        len(case.data.splits["train"]),
        words=f"{SCRATCH}, {steps}",
        note=f"{steps} in {plural(epochs_in(report.epochs), 'epoch')}, {duration(report.seconds)}",
        steps=report.steps,
    )


def _as_the_run(case: Case) -> TrainConfig:
    """The settings of the run, with what ``auto`` chose: it is no method by which scratch is trained."""
    config, trained = case.recipe.train, case.model.report
    assert trained is not None
    update: dict[str, Any] = {}
    if case.recipe.method == "auto" and trained.steps:
        # As long as the run was to be, wherever patience ended it; of a budget, as much as fitted into it.
        update = {"steps": trained.settings.get("steps") or trained.steps, "budget": None}
    if not trained.chose:
        # Else scratch alone would choose its epoch, by the examples that both are judged on.
        update["keep"] = "last"
    return config.model_copy(update=update)


def _metrics(case: Case, rows: Rows) -> dict[str, float | None]:
    """Without the loss: that of an answer given to all compares with nothing."""
    found = case.task.metrics(rows)
    return {name: value if np.isfinite(value) else None for name, value in found.items() if name != "loss"}


def _some(count: int, seed: list[int]) -> Array:
    """Rows in order; at most 2,000 of them, drawn."""
    return np.sort(np.random.default_rng(seed).permutation(count)[:MOST])
