"""One phase of a training: freeze, cache, fit the head or plan the steps, train."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from functools import partial

from zoo.core.protocols.engine import StepPlan
from zoo.core.protocols.validation import freeze
from zoo.errors import ConfigError
from zoo.training.budget import TRIED, evaluating, interval, planned, steps_within_budget
from zoo.training.epoch_runner import EpochRunner
from zoo.training.frozen_features.augmented_views import Views
from zoo.training.frozen_features.cached import CachedFeatures
from zoo.training.frozen_features.policy import CacheDecision, CacheRequest, decide_cache
from zoo.training.lr_finder import scaled, search
from zoo.training.solve_head import can_be_solved, solve
from zoo.training.step_plan import plan_of
from zoo.training.training_context import TrainingContext


class PhaseRunner:
    """Carries out the phase that the position of a training is in.

    Args:
        context: of the training.
    """

    def __init__(self, context: TrainingContext):
        self._context, self._phase = context, context.phase

    def run(self, *, resumed: bool) -> None:
        """Train the phase; ``resumed``: from the context's snapshot."""
        context, phase, position = self._context, self._phase, self._context.position
        adapter, config = context.adapter, phase.config
        if not phase.held:
            freeze(adapter, phase.frozen, only=phase.only, norms=config.bn)
        drawn = plan_of(config, context.task, context.targets[context.train], len(adapter.backbone.stages))
        plan = drawn if config.views == 1 else replace(drawn, augment="none")
        adapter.begin(plan)
        if resumed:
            assert context.snapshot is not None
            adapter.set_weights(context.snapshot.weights)
        # A phase that was already trained in is resumed, its head is not fitted again.
        fresh = position.began == (position.epoch, position.step) and not position.done
        if self._cache_and_fit(drawn, plan, fresh=fresh):
            return
        if context.plan.search_lr and position.factor is None:
            self._search_lr(plan)
        # A step of this phase takes another time than one of the phase before.
        if not position.steps or (config.budget is not None and fresh):
            self._plan_steps(plan)
        # After the plan, whose measurement leaves a new optimizer behind.
        if resumed:
            assert context.snapshot is not None
            adapter.restore(context.snapshot.state)
        context.restored = True
        context.observer.on_train_begin(position.steps, -(-position.steps // context.per_epoch))
        if len(context.phases) > 1:
            context.observer.on_message("phase", phase.name)
        EpochRunner(context, self._phase).run()

    def _cache_and_fit(self, drawn: StepPlan, plan: StepPlan, *, fresh: bool) -> bool:
        """Cache features where that is worth it, fit the head where that is possible; return whether it was.

        Args:
            drawn: with the augmentation of views.
            plan: of the steps.
            fresh: whether the phase begins.
        """
        context, phase, config = self._context, self._phase, self._phase.config
        examples = len(context.train) * config.views
        fits = fresh and can_be_solved(context.adapter, context.task, config, examples, phase.frozen)
        decision = self._decide_cache(drawn, fits)
        context.kept = decision.kept
        uncached = config.views > 1 and context.kept is None
        context.views = Views(context.adapter, context.dataset.inputs, drawn) if uncached else None
        if not fits:
            return False
        if context.kept is not None:
            self._fit_head(plan, context.kept)
            return True
        why = f"there is nothing to solve it on: {decision.line}"
        if config.head == "solver":
            raise ConfigError("the head cannot be solved", why=why, hint='leave train.head at "auto"')
        context.observer.on_message("head", f"trained by gradient; {why}")
        return False

    def _decide_cache(self, plan: StepPlan, needed: bool) -> CacheDecision:
        context, phase, config = self._context, self._phase, self._phase.config
        passes = 2 if config.budget else -(-planned(config, context.per_epoch) // context.per_epoch)
        if not (config.steps or config.budget):
            passes = min(passes, phase.epochs or passes)
        passes *= 1 if config.views == 1 else 2
        observer = context.observer
        decision = decide_cache(
            context.adapter,
            context.dataset,
            context.task,
            config,
            plan,
            CacheRequest(phase.frozen, passes, needed, context.plan.model, context.plan.versions),
            observer.on_features_progress,
            partial(observer.on_message, "cache"),
        )
        if decision.line:
            observer.on_message("cache", decision.line)
            context.cache = decision.line
        return decision

    def _fit_head(self, plan: StepPlan, kept: CachedFeatures) -> None:
        """Fit the head to its optimum; takes no steps and no epoch."""
        context, config, position = self._context, self._phase.config, self._context.position
        last = self._phase is context.phases[-1]
        context.observer.on_train_begin(1, 1)
        found = solve(
            context.adapter,
            context.dataset,
            context.task,
            config,
            plan,
            kept,
            context.lengths,
            last=last,
        )
        line = {"epoch": 1 if last else 0, **found.line}
        with context.checkpointer.steady():
            position.reference_scores = found.reference_scores
            position.training_seconds += found.seconds
            position.examples += len(context.train) * config.views
            position.lines.append(line)
            better = context.best.note(line, 0)
            # Not before: where no later epoch is better, the head counts as it was solved.
            position.head = found.note + found.soften(context.adapter)
        context.observer.on_message("head", position.head)
        context.observer.on_epoch_end(line, context.best.weights if better else None)

    def _search_lr(self, plan: StepPlan) -> None:
        """Multiply the rates of all phases as a sweep in this one says."""
        context, config = self._context, self._phase.config
        batches = (
            batch
            for epoch in itertools.count(1)
            for batch in context.batches(config, epoch, (epoch - 1) * context.per_epoch)
        )
        context.position.factor, text = search(context.adapter, context.stepper, plan, batches, config)
        context.observer.on_message("lr", text)
        context.phases = scaled(context.phases, context.position.factor)
        self._phase = context.phase

    def _plan_steps(self, plan: StepPlan) -> None:
        """Set the steps of the whole training, and how often it is evaluated."""
        context, config, position = self._context, self._phase.config, self._context.position
        if config.budget is None:
            position.steps = planned(config, context.per_epoch)
            position.every = interval(position.steps) if config.steps else 0
            return
        lap = time.perf_counter()
        tried = list(context.batches(config, 1, 0, most=TRIED))
        reading = (time.perf_counter() - lap) / len(tried)
        later = len(context.phases) - position.phase - 1
        evaluated, asked = evaluating(context.dataset, config.batch_size, later)
        evaluate = partial(context.observe, asked, config)
        step = context.stepper if context.views is None else context.views.drawing(context.stepper)
        left = config.budget - context.seconds()
        try:
            fit = steps_within_budget(context.adapter, step, plan, tried, evaluate, evaluated, left, reading)
        except ConfigError:
            if not position.step:
                raise
            context.stopped, position.steps = "budget", position.step
            return
        text = f"{fit.steps:,} steps of {fit.step:.3g} s fit into {left:.0f} s"
        context.observer.on_message("budget", text)
        position.steps, position.every = position.step + fit.steps, fit.every
        position.reserve = fit.reserve
