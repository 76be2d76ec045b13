"""The same network trained from random weights, on the same examples, with the same budget."""

from __future__ import annotations

from zoo.api.model import Model
from zoo.api.plan_training import plan_training
from zoo.core.task import Task
from zoo.datasets.dataset import Dataset
from zoo.errors import ConfigError
from zoo.training.config import TrainConfig
from zoo.training.observer import NullObserver, Observer
from zoo.training.result import TrainResult


def require_random_weights(model: Model) -> None:
    """Refuse a model for which there is nothing to compare with.

    Raises:
        ConfigError: it brings its weights as part of a program, or it began with random weights itself.
    """
    hint = "leave --baselines scratch out; the cheap baselines are computed anyway"
    if model.origin.program is not None:
        raise ConfigError(
            f"{model.card.id} cannot be trained from scratch",
            why="it is a program that brings its weights: there is no architecture without them",
            hint=hint,
        )
    if model.origin.place == "random":
        raise ConfigError(
            "the run begins with random weights, so it is its own baseline",
            hint="leave --baselines scratch out",
        )


def train_every_layer(
    model: Model, data: Dataset, task: Task, config: TrainConfig, observer: Observer | None = None
) -> TrainResult:
    """Train every layer of a model; from random weights it is what ``zoo finetune --from-scratch`` does.

    Args:
        model: just opened.
        data: of the run.
        task: of the run.
        config: of the run, as it was given. What holds for frozen layers alone is left out.
        observer: sees the steps alone, since the epochs are not the run's; None: nobody does.
    """
    wanted = {"head": "auto"} if config.head == "solver" else {}
    wanted |= {"cache": "auto"} if config.cache == "on" else {}
    model.replace_head(task, seed=config.seed)
    model.freeze("nothing")
    plan = plan_training(model, data, config.model_copy(update=wanted), None)
    return model.fit(plan, data, observer=_Steps(observer or NullObserver()))


class _Steps(NullObserver):
    def __init__(self, then: Observer):
        self._then = then

    def on_train_begin(self, steps: int, epochs: int) -> None:
        self._then.on_train_begin(steps, epochs)

    def on_step_end(self, step: int, loss: float) -> None:
        self._then.on_step_end(step, loss)
