"""A run among its baselines: what the same examples give without what the model learned before.

BaselineComparison run after the training, on objects of their own and with the run's seed, so they change
nothing in the run. They are bounded: at most 2,000 training examples and 2,000 held-out ones, drawn by the
run's seed; and in time, each to twice that of the training, but no less than 20 seconds and no more than a
minute.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from zoo.api.baselines import RANDOM_FEATURES, RAW_FEATURES, SCRATCH, WORDS
from zoo.api.baselines.linear_probe import FeatureExtractor, fit_probe, network_features
from zoo.api.baselines.raw_features import raw_features
from zoo.api.baselines.scratch import train_every_layer
from zoo.api.baselines.time_limit import TimeBudget, TimeBudgetExceeded
from zoo.api.baselines.tried import what_was_tried
from zoo.api.baselines.verdict import verdict
from zoo.api.load import load
from zoo.api.model import Model
from zoo.core.baselines import CONSTANT, Answer, Baseline, BaselineCase
from zoo.core.figures import figure_of
from zoo.core.rows import Rows, take
from zoo.core.task import Task
from zoo.datasets.dataset import Dataset
from zoo.errors import ConfigError, ZooError
from zoo.plugins.tasks import task_part
from zoo.runs.baseline_schema import BaselineComparison, BaselineResult
from zoo.training.config import TrainConfig
from zoo.training.linear_heads import solver_of
from zoo.training.observer import NullObserver, Observer
from zoo.training.result import TrainResult
from zoo.training.run_config import Recipe
from zoo.training.train_report import TrainReport, epochs_in
from zoo.utils.arrays import Array
from zoo.utils.format import duration, plural

MOST = 2000
"""Training examples that a baseline learns from, and held-out ones that it is asked about, at most."""
SECONDS = (20.0, 60.0)
"""Twice the time of the training bounds that of a baseline, between these: where a head is solved, the
training itself is no more than the baseline does."""


@dataclass(frozen=True)
class Case:
    """What all baselines share.

    Args:
        model: the trained one.
        recipe: of the run.
        data: of the run.
        task: fitted.
        report: of the run's training.
        split: that is asked about.
        train: positions to learn from.
        asked: positions to ask about.
        rows: their places in the split.
        wanted: targets of those asked.
        said: what the task observed of the run for them.
        seconds: that each baseline may take.
    """

    model: Model
    recipe: Recipe
    data: Dataset
    task: Task
    report: TrainReport
    split: str
    train: Array
    asked: Array
    rows: Array
    wanted: Array
    said: Rows
    seconds: float

    @property
    def every(self) -> Array:
        """Positions of all training examples."""
        return np.asarray(self.data.splits["train"])

    def targets(self, positions: Array) -> Array:
        """Encoded labels."""
        return self.task.encode([self.data.labels[int(i)] for i in positions])

    def observe(self, outputs: Array) -> Rows:
        """Return what the task observes of outputs for those asked."""
        return self.task.observe(outputs, self.wanted)

    def observe_constant(self, outputs: Array) -> Rows:
        """Return what the task observes of one answer given to all of those asked."""
        return self.task.observe_constant(outputs, self.wanted)

    def inputs(self, positions: Array) -> list[Any]:
        """Return the inputs as the model takes them."""
        form = self.model.adapter.backbone.input
        return [self.data.inputs.read(int(i), form) for i in positions]

    def limit(self) -> TimeBudget:
        """Of one baseline, from now on."""
        return TimeBudget(self.seconds, f"at most {self.seconds:.0f} s are spent on it")

    def open(self) -> Model:
        """Return the same network with random weights.

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


def run_baselines(
    model: Model, recipe: Recipe, result: TrainResult, observer: Observer | None = None
) -> BaselineComparison | None:
    """Ask the baselines that the recipe wants about what the run was judged on.

    Args:
        model: just trained, by ``recipe``.
        recipe: of the run.
        result: of its training.
        observer: receives what is computed.

    Returns:
        None where none are wanted, or nothing was held out. A baseline that fails or takes too long is left
        out, and says why; nothing is raised for it.
    """
    report, data, task = result.report, result.data, result.data.task
    split = next((name for name in ("test", "val") if name in result.rows), None)
    if split is None or recipe.baselines == "none":
        return None
    begun, watch = time.perf_counter(), observer or NullObserver()
    seed = recipe.train.seed
    held_out, train = np.asarray(data.splits[split]), np.asarray(data.splits["train"])
    rows = _some(len(held_out), [seed, 29])
    asked = held_out[rows]
    case = Case(
        model=model,
        recipe=recipe,
        data=data,
        task=task,
        report=report,
        split=split,
        train=train[_some(len(train), [seed, 31])],
        asked=asked,
        rows=rows,
        wanted=task.encode([data.labels[int(i)] for i in asked]),
        said=take(result.rows[split], rows),
        seconds=min(max(2 * report.seconds, SECONDS[0]), SECONDS[1]),
    )
    watch.on_message("baseline", "majority, no network, random weights (--baselines none leaves them out)")
    wanted = [*_of_the_task(case), *_probes(case)]
    if recipe.baselines == "scratch":
        watch.on_message("baseline", f"{WORDS[SCRATCH]}, as long as the run was to be")
        wanted.append(Baseline(SCRATCH, WORDS[SCRATCH], partial(_scratch, watch=watch)))
    baselines = tuple(_compared(case, one) for one in wanted)
    found = BaselineComparison(
        split=split,
        asked=len(asked),
        held_out=len(held_out),
        trained=len(train),
        metric=task.metric,
        figure=figure_of(task.figures, task.metric),
        run=_metrics(case, case.said),
        pretrained=model.origin.place != "random",
        tried=what_was_tried(model, recipe, report),
        selected=split == report.selected_on,
        baselines=baselines,
        seconds=time.perf_counter() - begun,
    )
    return found.model_copy(update={"verdict": verdict(found)})


def _compared(case: Case, baseline: Baseline) -> BaselineResult:
    begun = time.perf_counter()
    fixed: dict[str, Any] = {"name": baseline.name, "blind": baseline.blind}
    try:
        found = baseline.predict(case)
        metrics = _metrics(case, found.rows)
        ahead = case.task.gain(case.said, found.rows)
    except Exception as error:
        # The run is finished and saved: whatever fails here costs a baseline, not the run.
        seconds = time.perf_counter() - begun
        return BaselineResult(**fixed, words=baseline.words, skipped=_why(error), seconds=seconds)
    return BaselineResult(
        **fixed,
        words=found.words or baseline.words,
        metrics=metrics,
        learned=found.learned,
        seconds=time.perf_counter() - begun,
        gain=ahead,
        note=found.note,
        steps=found.steps,
    )


def _why(error: Exception) -> str:
    if isinstance(error, ZooError):
        return error.message
    if isinstance(error, TimeBudgetExceeded):
        return str(error)
    return f"{type(error).__name__}: {str(error)[:200]}"


def _of_the_task(case: Case) -> list[Baseline]:
    """Return the baselines that the task names; those of a task that fails to state them are one that
    fails."""
    try:
        own = task_part(case.task.kind, "baselines")
        return [CONSTANT] if own is None else list(own(case))
    except Exception as error:
        failure = error

        def fail(case: BaselineCase) -> Answer:
            raise failure

        return [Baseline("task", f"baselines of {case.task.kind}", fail)]


def _probes(case: Case) -> Iterator[Baseline]:
    """Linear probes: on features that need no network, and on those of a random one."""
    data, form = case.data, case.model.adapter.backbone.input
    raw = raw_features(data, form)
    yield Baseline(RAW_FEATURES, f"linear probe on {raw.name}", partial(_probe, features=lambda: raw))
    yield Baseline(
        RANDOM_FEATURES,
        WORDS[RANDOM_FEATURES],
        partial(_probe, features=lambda: network_features(case.open(), data)),
    )


def _probe(case: Case, features: Callable[[], FeatureExtractor]) -> Answer:
    count, task = len(case.train), case.task
    if solver_of(task) is None:
        raise ConfigError(f"there is no solver of linear heads for {task.kind}")
    limit, extractor = case.limit(), features()
    both = extractor.rows(np.concatenate([case.train, case.asked]), limit)
    targets = case.targets(case.train)
    weights = task.class_weights(targets) if case.recipe.train.class_weights == "auto" else None
    seed = case.recipe.train.seed
    found = fit_probe(
        extractor,
        both[:count],
        targets,
        both[count:],
        case.wanted,
        task,
        seed=seed,
        class_weights=weights,
    )
    return Answer(found.rows, count, note=found.note)


def _scratch(case: Case, watch: Observer) -> Answer:
    result = train_every_layer(case.open(), case.data, case.task, _as_the_run(case), watch)
    report = result.report
    steps = plural(report.steps, "step")
    return Answer(
        take(result.rows[case.split], case.rows),
        len(case.every),
        words=f"{WORDS[SCRATCH]}, {steps}",
        note=f"{steps} in {plural(epochs_in(report.epochs), 'epoch')}, {duration(report.seconds)}",
        steps=report.steps,
    )


def _as_the_run(case: Case) -> TrainConfig:
    """Return the settings of the run, with what ``auto`` chose: it is no method by which scratch is
    trained."""
    config, trained = case.recipe.train, case.report
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
    """Return rows in order; at most 2,000 of them, drawn."""
    return np.sort(np.random.default_rng(seed).permutation(count)[:MOST])
