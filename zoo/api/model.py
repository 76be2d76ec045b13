"""A live model: the four verbs over one adapter, whatever source and engine are behind it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from zoo.api.copy_model import Copied
from zoo.api.plan_training import plan_training
from zoo.api.reduced_inputs import examined, with_reduced
from zoo.api.save import data_fact, saved_tensors, seal_run, with_overlap
from zoo.api.state import ModelState
from zoo.core.cards import DataForm, FreezeReport, modality_of
from zoo.core.offering import require_offers
from zoo.core.protocols.validation import depth_in, freeze
from zoo.core.rows import Rows
from zoo.core.task import Prediction, Task
from zoo.datasets.asked_inputs import Asked, asked_inputs
from zoo.datasets.blank_inputs import warned
from zoo.datasets.compatibility import require_suits
from zoo.datasets.dataset import Dataset
from zoo.datasets.inputs.base import Subset
from zoo.datasets.inputs.protocol import Inputs
from zoo.datasets.splits.overlap import overlap_with
from zoo.errors import ConfigError
from zoo.runs.folder import RunFolder
from zoo.runs.training_state import Checkpointer
from zoo.training.config import TrainConfig
from zoo.training.evaluation import Evaluation, batch_outputs, evaluate_splits
from zoo.training.libraries import require_training_libraries
from zoo.training.loop import fit
from zoo.training.lora import extract_adapters
from zoo.training.methods import RANK, lora_rank
from zoo.training.observer import Observer
from zoo.training.plan import TrainingPlan
from zoo.training.random_state import only_training
from zoo.training.result import TrainResult
from zoo.training.train_report import TrainReport
from zoo.utils.arrays import Array


class Model(ModelState, Copied):
    """A live model, as :func:`zoo.load` gives it; its attributes are those of
    :class:`zoo.api.state.ModelState`."""

    def __repr__(self) -> str:
        head = f"{self.task.kind}, {self.task.width} outputs" if self.task else "no head"
        stages = len(self.adapter.backbone.stages)
        return f"<zoo.Model {self.card.id}: {head}, {self.frozen_stages} of {stages} stages frozen>"

    def _repr_html_(self) -> str:
        from zoo.utils import html
        from zoo.utils.format import plural

        stages = self.adapter.backbone.stages
        rows = [
            ("head", f"{self.task.kind}, {plural(self.task.width, 'output')}" if self.task else "none yet"),
            ("frozen", f"{self.frozen_stages} of {plural(len(stages), 'stage')}"),
            ("method", self.method),
            ("weights", self.origin.place),
            ("licence", self.card.license or "not stated by its publisher"),
            ("device", self.adapter.device),
        ]
        return html.table(self.card.id, rows)

    @property
    def input_form(self) -> DataForm | None:
        """What one input of :meth:`predict` is; None: texts, single or in pairs, since no head is trained."""
        modality = modality_of(self.adapter.backbone.input)
        if modality != "text":
            return modality
        if self.task is not None and self.task.input_form == "words":
            return "words"
        return self.data.form if self.data is not None and self.head_trained else None

    def freeze(self, depth: int | str = "backbone") -> FreezeReport:
        """Freeze the first stages: ``backbone`` (all), ``nothing``, a number, or the name of the last one.

        In a frozen stage no weight and no running statistic changes by one bit.

        Raises:
            ConfigError: not one of these, the hint names the stages; or ``nothing`` of a backbone that has
                nothing to train.
        """
        stages = self.adapter.backbone.stages
        count = depth_in([stage.name for stage in stages], depth, self.card.id)
        if self.adapted:
            raise ConfigError("the backbone has low-rank adapters", hint="train it first, or load it again")
        report = self.adapter.freeze(count)
        if not count and not any(one.trainable and one.stage != "head" for one in self.adapter.tensors()):
            self.frozen_stages = len(stages)
            self.adapter.freeze(len(stages))
            raise ConfigError(
                f"{self.card.id} cannot be fine-tuned",
                why="none of its tensors can be trained",
                hint='freeze the backbone and train a new head: freeze("backbone"), --freeze backbone',
            )
        self.frozen_stages = count
        return report

    def lora(self, rank: int = RANK, *, seed: int = 0) -> FreezeReport:
        """Freeze the whole backbone and let it learn through low-rank adapters of ``rank``.

        ``train`` folds them into the weights when it is done: what is saved is an ordinary model, or, on
        demand, the adapters alone.

        Raises:
            ConfigError: the engine trains no adapters, or the backbone has no linear layer.
            MissingPlugin: peft is not installed.
        """
        if not hasattr(self.adapter, "lora"):
            raise ConfigError(
                f"the engine of {self.card.id} trains no low-rank adapters",
                hint="use --method bitfit or norm-only, which train few tensors too",
            )
        with self._frozen_again():
            report = self.adapter.lora(rank, seed)
        self.frozen_stages = len(self.adapter.backbone.stages)
        self.method = f"lora:{rank}"
        self.adapted = True
        return report

    def replace_head(self, task: Task, *, seed: int = 0) -> None:
        """Take the old head off and put a new one for ``task`` on.

        Raises:
            ConfigError: the backbone does not give the features that the task needs.
        """
        require_offers(self.card.id, self.adapter.backbone.taps, task)
        self.adapter.replace_head(task, seed)
        self.task, self.head_trained = task, False
        self.adapter_weights, self.last_training = None, None

    @only_training
    def train(
        self,
        data: Dataset,
        config: TrainConfig | None = None,
        *,
        method: str | None = None,
        observer: Observer | None = None,
        checkpointer: Checkpointer | None = None,
    ) -> TrainReport:
        """Train what is not frozen; keep the best epoch. Calls ``replace_head`` if there is no head yet.

        Where a regression's head is new, mean and scale of the training targets become its units. A head that
        was trained before keeps the units that it was trained in, whatever the data.

        Args:
            data: what to learn from.
            config: settings.
            method: one of :data:`zoo.training.methods.METHODS`, which then says what is frozen when; None: it
                stays as :meth:`freeze` or :meth:`lora` left it.
            observer: receives decisions, steps and epochs.
            checkpointer: writes checkpoints, to resume from if the training is interrupted.

        Raises:
            DataError: the data are not what the model takes, do not fit the task, or cannot be read.
            ConfigError: a setting has no meaning here, or another training runs in this process.
            NonFiniteError: a step was not finite.
            OutOfMemory: not even a small piece of a batch fits.
            MissingPlugin: scikit-learn is not installed.
        """
        require_training_libraries()
        config = config or TrainConfig()
        require_suits(data.inputs, self.adapter.backbone.input, self.card.id)
        if self.task is None:
            self.replace_head(data.task, seed=config.seed)
        plan = plan_training(self, data, config, method)
        result = with_reduced(self._fit(plan, data, observer, checkpointer), examined(self, data))
        self.last_training = result
        return result.report

    @only_training
    def fit(
        self,
        plan: TrainingPlan,
        data: Dataset,
        *,
        observer: Observer | None = None,
        checkpointer: Checkpointer | None = None,
    ) -> TrainResult:
        """Carry out a plan that :func:`zoo.api.plan_training.plan_training` made for this model.

        Args:
            plan: of the training.
            data: that it was made for.
            observer: as in :meth:`train`.
            checkpointer: as in :meth:`train`.

        Raises:
            ZooError: as :meth:`train`.
        """
        return self._fit(plan, data, observer, checkpointer)

    def _fit(
        self,
        plan: TrainingPlan,
        data: Dataset,
        observer: Observer | None,
        checkpointer: Checkpointer | None,
    ) -> TrainResult:
        data = warned(data.for_task(plan.task), self.adapter.backbone.input)
        if observer is not None and plan.reason:
            observer.on_message("method", plan.reason)
        last, stages = plan.phases[-1], len(self.adapter.backbone.stages)
        if plan.lora_rank is not None and not self.adapted:
            self.lora(plan.lora_rank, seed=last.config.seed)

        def started() -> None:
            # Not before: where the training is refused, the model answers as it did.
            self.task, self.head_trained = plan.task, True

        with self._frozen_again():
            if not last.held:
                freeze(self.adapter, last.frozen, only=last.only, norms=last.config.bn)
            # Before the first step: a training that is interrupted has moved things too.
            self.adapter_weights, self.last_training = None, None
            self.backbone_trained |= not self.adapted and any(one.frozen < stages for one in plan.phases)
            # A probe leaves a frozen backbone, and the origin says that weights are random.
            if plan.method is not None and plan.method.name not in ("probe", "from-scratch"):
                self.method = str(plan.method)
            elif lora_rank(self.method) is None:
                self.method = None
            result = fit(self.adapter, plan, data, observer, checkpointer, started)
        self.last_training = result
        self.frozen_stages = result.report.frozen_stages
        if self.adapted:
            self.adapter_weights = None if self.backbone_trained else extract_adapters(self.adapter)
            self.adapter.merge()
            self.adapted, self.backbone_trained = False, True
        self.data = data_fact(data, self.adapter.backbone.input)
        self.trained_on.add(data.inputs, data.splits["train"])
        return result

    def predict(
        self, inputs: Asked, *, split: str | None = None, batch_size: int = 32, skip_bad: bool = False
    ) -> list[Prediction]:
        """Return one answer for each input.

        Args:
            inputs: one or several, see :func:`zoo.datasets.asked_inputs.asked_inputs`.
            split: of a :class:`~zoo.datasets.dataset.Dataset`; the answers are in the order of its positions
                in ``splits[split]``. None: all inputs.
            batch_size: inputs that are computed together.
            skip_bad: leave out files that cannot be decoded; a warning names them.

        Raises:
            DataError: a file cannot be decoded, a text is blank; names it.
            ConfigError: there is no such split, or ``inputs`` are no data set.
        """
        task, form = self._need_head(), self.adapter.backbone.input
        if not self.head_trained:
            warnings.warn(
                f"the head of {self.card.id} was never trained: what it predicts means nothing", stacklevel=2
            )
        if split is not None:
            given: Inputs = Subset(*_split(inputs, split))
        else:
            given = asked_inputs(inputs, form, of_words=task.input_form == "words", skip_bad=skip_bad)
        require_suits(given, form, self.card.id, self.input_form)
        batches = batch_outputs(given, form, self.adapter.infer, batch_size)
        return [answer for raw, outputs in batches for answer in task.predictions(outputs, raw)]

    def embed(self, inputs: Asked, *, batch_size: int = 32, skip_bad: bool = False) -> Array:
        """Return features, float32 (N, width), of what :meth:`predict` takes."""
        given = asked_inputs(inputs, form := self.adapter.backbone.input, skip_bad=skip_bad)
        require_suits(given, form, self.card.id)
        batches = batch_outputs(given, form, self.adapter.embed, batch_size)
        return np.concatenate([features for _, features in batches])

    def evaluate(
        self, data: Dataset, split: str = "val", *, batch_size: int = 32, workers: int = 0
    ) -> Evaluation:
        """Return metrics on a split, figures for each class, and how many of its inputs were trained on.

        Raises:
            ConfigError: the data have no such split.
            DataError: the data are not what the model takes, or have labels that it does not know.
        """
        task = self._need_head()
        require_suits(data.inputs, self.adapter.backbone.input, self.card.id, self.input_form)
        data = data.for_task(task)
        _split(data, split)
        config = TrainConfig().model_copy(update={"batch_size": batch_size, "workers": workers})
        rows: dict[str, Rows] = {}
        assessed = rows.__setitem__
        metrics, per_name = evaluate_splits(self.adapter, data, task, config, (split,), assessed=assessed)
        overlap = overlap_with(self.trained_on, data, split, task, rows[split])
        return Evaluation(metrics[split], per_name[split], overlap)

    def save(self, path: str | os.PathLike[str], *, adapter_only: bool = False, report: bool = True) -> Path:
        """Write a run folder that ``zoo.load`` and the command line open again.

        Where model card or report cannot be written, the run is complete all the same, and a warning says
        why.

        Args:
            path: of the folder.
            adapter_only: write what low-rank adapters and the head learned, not the weights below them. To
                open such a run zoo fetches or reads those again, and requires the same digest.
            report: write ``report.html`` too.

        Raises:
            ConfigError: the folder already holds something, the model has no head yet, or ``adapter_only`` of
                a model that is more than its first weights and the adapters of its last training.
        """
        from zoo.reporting.write import write_reports

        task = self._need_head()
        tensors, base = saved_tensors(self, adapter_only=adapter_only)
        if self.last_training is not None:
            self.last_training = with_overlap(self, self.last_training)
        with RunFolder.claim(Path(path)) as folder:
            seal_run(self, task, self.last_training, folder, tensors, base)
            form = self.adapter.backbone.input
            if fault := write_reports(folder.path, self.last_training, form, page=report):
                warnings.warn(fault, stacklevel=2)
        return folder.path

    @contextmanager
    def _frozen_again(self) -> Iterator[None]:
        """Where the block fails, the adapter is frozen again as ``frozen_stages`` says."""
        try:
            yield
        except BaseException:
            self.adapter.freeze(self.frozen_stages)
            raise

    def _need_head(self) -> Task:
        if self.task is None:
            raise ConfigError(f"{self.card.id} has no head yet", hint="train it, or load a saved run")
        return self.task


def _split(data: Asked, split: str) -> tuple[Inputs, list[int]]:
    """Return the inputs of a data set, and the positions of a split, which has at least one."""
    if not isinstance(data, Dataset):
        raise ConfigError(f"a {type(data).__name__} has no splits", hint="give a data set, zoo.data(...)")
    if not len(data.splits.get(split, ())):
        known = ", ".join(name for name, positions in data.splits.items() if len(positions))
        raise ConfigError(f"{data.name} has no {split!r} split", hint=f"use one of: {known}")
    return data.inputs, data.splits[split].tolist()
