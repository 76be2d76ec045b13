"""What survives a stop."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from zoo.testing.examples import BATCH
from zoo.testing.prints import changed, prints, same_bits
from zoo.testing.result import demand, listed
from zoo.testing.steps import STOP, Recording, go_on
from zoo.testing.subject import Subject


def check_interrupted_training_ends_the_same(subject: Subject) -> None:
    """Weights and optimizer state put into a fresh model go on to the same end as without the stop."""
    full = subject.full_run
    model = subject.open()
    model.replace_head(subject.main.task)
    adapter = model.adapter
    adapter.set_weights(full.weights)
    adapter.begin(full.plan)
    adapter.restore(full.state)
    # The losses so far tell the number of the next step.
    second = Recording(full.case, full.plan, full.facts, losses=full.losses[:STOP])
    go_on(second, adapter, subject.examples, 2)
    apart = sorted(changed(full.prints[STOP + 2], prints(adapter.weights())))
    demand(
        not apart,
        f"training that was stopped and continued ends elsewhere: {listed(apart)}",
        "state() must hold all that the optimizer remembers: moments, number of steps",
    )


def check_saved_run_predicts_the_same(subject: Subject) -> None:
    """A trained and saved model, loaded again, gives the same outputs bit for bit, with the same labels."""
    from zoo.api.load import load
    from zoo.datasets.dataset import Dataset
    from zoo.training.config import TrainConfig

    examples = subject.examples
    held, fingerprint = examples.as_data()
    data = Dataset(
        name="conformance",
        inputs=held,
        labels=examples.labels(subject.main),
        task=subject.main.task,
        splits={"train": np.arange(len(examples.inputs))},
        fingerprint=fingerprint,
    )
    # Another seed than the default one of zoo.load: what is not saved cannot come back by chance.
    model = subject.open(seed=3)
    model.freeze(subject.stages // 2 if subject.can_train else subject.stages)
    model.train(
        data, TrainConfig(epochs=1, batch_size=BATCH, seed=3, augment="none", precision="float32", workers=1)
    )
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "run")
        again = load(Path(folder) / "run", device=subject.device)
    labels = again.task.names if again.task else ()
    demand(
        labels == subject.main.task.names,
        f"the labels were {subject.main.task.names}, they came back as {labels}",
    )
    inputs = examples.inputs[:BATCH]
    before, after = model.adapter.infer(inputs), again.adapter.infer(inputs)
    worst = float(np.abs(before - after).max()) if before.shape == after.shape else float("nan")
    demand(
        same_bits(before, after),
        f"the loaded run predicts otherwise than the model that was saved, by {worst:.2g}",
        "weights() must hold every tensor on which the outputs depend, buffers included",
    )
