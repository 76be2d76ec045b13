"""The model under test: opened on demand, its training runs shared between the checks."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
from typing import Any

from zoo.core.cards import ModelCard
from zoo.core.ids import ModelId
from zoo.core.kit_cases import KitCase
from zoo.plugins.records import Engine as EngineRecord
from zoo.plugins.records import Source
from zoo.testing.cases import served_cases
from zoo.testing.examples import Examples, make_examples
from zoo.testing.probing import neglected
from zoo.testing.result import NotApplicable
from zoo.testing.steps import STOP, Recording, go_on, plan_for, record

LONGEST = 24
"""Steps after which a loss that has not fallen is not expected to."""
FALLEN = 0.7
"""Share of the first loss at which it counts as fallen."""


class Subject:
    """One model of one source.

    Args:
        text: its id.
        input_size: side in pixels; None: the model's own. A small one makes the checks cheap.
        weights: a safetensors file of the model.
        from_scratch: random weights, which prove all promises but those about loading; None: unless
            ``weights`` are given. False without ``weights`` takes the published ones.
        device: as in :func:`zoo.load`.

    Raises:
        UnknownModel: ``text`` is not an id.
    """

    def __init__(
        self,
        text: str,
        *,
        input_size: int | None = None,
        weights: str | os.PathLike[str] | None = None,
        from_scratch: bool | None = None,
        device: str = "auto",
    ):
        self.text = text
        self.input_size = input_size
        self.weights = weights
        self.from_scratch = weights is None if from_scratch is None else from_scratch
        self.device = device
        self._unopened: str | None = None
        self._frozen_runs: dict[int, Recording] = {}
        self._complaints: dict[str, str] = {}

    @cached_property
    def id(self) -> ModelId:
        """The parsed id."""
        from zoo.registry.resolve import resolve_source

        return resolve_source(self.text).id

    @cached_property
    def source(self) -> Source:
        """The record of its source."""
        from zoo.plugins.manager import manager

        return manager().source(self.id.source)

    @cached_property
    def framework(self) -> str:
        """The framework that the source states, or the card of this model where it leaves that to cards."""
        return self.source.framework or str(self.loader.describe(self.id.name).framework)

    @cached_property
    def engine_record(self) -> EngineRecord:
        """The record of the engine that trains it."""
        from zoo.plugins.manager import manager

        return manager().engine_for(self.framework)

    @property
    def loader(self) -> Any:
        """The source's loader, imported."""
        from zoo.plugins.manager import manager

        return manager().loader(self.id.source)

    @property
    def engine(self) -> Any:
        """The engine, imported."""
        from zoo.plugins.manager import manager

        return manager().engine(self.framework)

    def once(self, judge: Callable[[Subject], str]) -> str:
        """Return what ``judge`` complains of, asked once: by its own check, and by those that build on it."""
        if judge.__name__ not in self._complaints:
            self._complaints[judge.__name__] = judge(self)
        return self._complaints[judge.__name__]

    def release(self) -> None:
        """Let go of models and audio clips; they come again when they are asked for."""
        for name in ("model", "examples", "full_run"):
            self.__dict__.pop(name, None)
        self._frozen_runs.clear()

    def require_installed(self) -> None:
        """Import source and engine.

        Raises:
            UnknownModel: no such source.
            MissingPlugin: no such engine, or a library is missing.
        """
        assert self.loader is not None
        assert self.engine is not None

    @cached_property
    def card(self) -> ModelCard:
        """The facts that the source states."""
        card: ModelCard = self.loader.describe(self.id.name)
        return card

    def open(self, seed: int = 0) -> Any:
        """Return a fresh model without head, opened as a user would.

        Raises:
            NotApplicable: it could not be opened before; ``check_opens`` tells why.
        """
        from zoo.api.load import load

        if self._unopened:
            raise NotApplicable(f"the model does not open (see check_opens): {self._unopened}")
        try:
            return load(
                self.text,
                weights=self.weights,
                from_scratch=self.from_scratch,
                input_size=self.input_size,
                device=self.device,
                seed=seed,
            )
        except Exception as error:
            self._unopened = f"{type(error).__name__}: {error}".splitlines()[0]
            raise

    @cached_property
    def model(self) -> Any:
        """An open model that no check trains. A check that freezes it thaws it again."""
        return self.open()

    def with_head(self) -> Any:
        """Return the adapter of :attr:`model` with a new head for the main case."""
        self.model.replace_head(self.main.task)
        return self.model.adapter

    @cached_property
    def examples(self) -> Examples:
        """The made-up data: images at the model's input size, or texts."""
        return make_examples(self.model.adapter.backbone.input)

    @cached_property
    def main(self) -> KitCase:
        """The case that the checks of training use.

        Raises:
            NotApplicable: the model serves no task that has one.
        """
        found = next((case for case in self._cases if case.main), None)
        if found is None:
            raise NotApplicable("the model serves no registered task with a case for training")
        return found

    @property
    def cases(self) -> list[KitCase]:
        """The cases that the checks of heads use: every one but those that are there for training.

        Raises:
            NotApplicable: the model serves no task that has one.
        """
        found = [case for case in self._cases if not case.main]
        if not found:
            raise NotApplicable("the model serves no registered task with a case")
        return found

    @cached_property
    def _cases(self) -> tuple[KitCase, ...]:
        return served_cases(self.model.adapter.backbone, self.framework)

    @cached_property
    def can_train(self) -> bool:
        """Whether any tensor of the backbone can be trained: a random projection has buffers alone."""
        facts = self.model.adapter.tensors()
        return any(fact.trainable and fact.stage != "head" for fact in facts)

    def require_training(self) -> None:
        """Skip a check about training the backbone where nothing in it can be trained.

        Raises:
            NotApplicable: no tensor of the backbone is trainable.
        """
        if not self.can_train:
            raise NotApplicable("the backbone has no parameters that can be trained")

    @property
    def stages(self) -> int:
        """Number of links of the chain."""
        return len(self.model.adapter.backbone.stages)

    @property
    def stage_names(self) -> list[str]:
        """Names of the links in order.

        Raises:
            NotApplicable: they do not tell the links apart.
        """
        if self.ambiguous_stages:
            raise NotApplicable("the stages cannot be distinguished by name (see check_card_tells_the_truth)")
        return [stage.name for stage in self.model.adapter.backbone.stages]

    @property
    def ambiguous_stages(self) -> list[str]:
        """Names that two links have, or that the head has too."""
        names = [*(stage.name for stage in self.model.adapter.backbone.stages), "head"]
        return sorted({name for name in names if names.count(name) > 1})

    def depths(self) -> list[int]:
        """Return the depths of freezing to try: the first stage, half of them, all."""
        return sorted({1, max(1, self.stages // 2), self.stages})

    @cached_property
    def full_run(self) -> Recording:
        """Everything trains until the loss has fallen; tensors noted after 0, 2, 4 and the last step."""
        model = self.open()
        model.replace_head(self.main.task)
        adapter = model.adapter
        run = record(adapter, self.examples, self.main, plan_for(self.main.task), STOP)
        run.weights, run.state = adapter.weights(), adapter.state()
        go_on(run, adapter, self.examples, 2)
        run.note(adapter)
        while len(run.losses) < LONGEST and not fallen(run.losses):
            go_on(run, adapter, self.examples, 2)
        run.note(adapter)
        moved = run.changed()
        resting = [fact.name for fact in run.facts if fact.trainable and fact.name not in moved]
        run.neglected = neglected(adapter, self.examples, self.main, resting)
        return run

    def frozen_run(self, depth: int) -> Recording:
        """Return two steps with ``depth`` stages frozen, the native training mode forced before each."""
        if depth not in self._frozen_runs:
            model = self.open()
            model.freeze(depth)
            model.replace_head(self.main.task)
            plan = plan_for(self.main.task, weight_decay=0.05)
            self._frozen_runs[depth] = record(model.adapter, self.examples, self.main, plan, 2, force=True)
        return self._frozen_runs[depth]


def fallen(losses: list[float]) -> bool:
    """Return whether the last two steps, one round of the data, have a mean loss well under that of the
    first."""
    return sum(losses[-2:]) < FALLEN * sum(losses[:2])
