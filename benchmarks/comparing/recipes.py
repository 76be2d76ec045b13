"""Fine-tuning as three libraries recommend it, and as zoo does: the same examples, weights and epochs.

Each function trains on prepared inputs and gives accuracy on the test part (0..1) and the seconds that
training took, with all its own defaults; nothing is augmented anywhere, so that the methods are compared and
not the images that they see.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from comparing.tokens import encoded

import zoo
from zoo.datasets.dataset import Dataset

Found = dict[str, float]
BATCH = 32


def by_zoo(id: str, data: Dataset, epochs: int, seed: int, method: str) -> Found:
    """zoo's ``auto`` or another method; the epochs count where it trains by gradient."""
    model = zoo.load(id, seed=seed)
    model.replace_head(data.task, seed=seed)
    begun = time.perf_counter()
    config = zoo.TrainConfig(epochs=epochs, batch_size=BATCH, seed=seed, augment="none")
    report = model.train(data, config, method=method)
    return {"accuracy": report.metrics["test"]["accuracy"], "seconds": time.perf_counter() - begun}


def by_fastai(id: str, data: Dataset, epochs: int, seed: int) -> Found:
    """``Learner.fine_tune(epochs)``: one epoch with the body frozen, then ``epochs`` with all of it free, one
    cycle each; two parameter groups, body and head; its batch norms train throughout."""
    import fastai.callback.schedule  # noqa: F401 - gives Learner its fine_tune
    import torch
    from fastai.basics import DataLoaders, Learner, params, set_seed
    from torch import nn
    from torch.utils.data import DataLoader, TensorDataset

    set_seed(seed, reproducible=True)
    model = zoo.load(id, seed=seed)
    model.replace_head(data.task, seed=seed)
    native = model.adapter.native
    train, test = (_prepared(model, data, name) for name in ("train", "test"))
    loaders = [
        DataLoader(TensorDataset(torch.tensor(x), torch.tensor(y)), BATCH, shuffle=part == 0)
        for part, (x, y) in enumerate((train, test))
    ]
    learner = Learner(
        DataLoaders(*loaders, device=torch.device("cpu")),
        native,
        loss_func=nn.CrossEntropyLoss(),
        splitter=lambda net: [params(net.backbone), params(net.head)],
    )
    begun = time.perf_counter()
    with learner.no_bar(), learner.no_logging():
        learner.fine_tune(epochs)
    seconds = time.perf_counter() - begun
    native.eval()
    with torch.no_grad():
        said = native(torch.tensor(test[0])).argmax(1).numpy()
    return {"accuracy": float(np.mean(said == test[1])), "seconds": seconds}


def by_keras(id: str, data: Dataset, epochs: int, seed: int) -> Found:
    """The recipe of Keras' guide on transfer learning: base still and in inference mode, a new Dense head by
    Adam for ``epochs``; then the base is released, still in inference mode, with Adam at 1e-5 for as many."""
    import keras

    keras.utils.set_random_seed(seed)
    model = zoo.load(id, seed=seed)
    base = model.adapter.native.backbone
    model.replace_head(data.task, seed=seed)
    train, test = (_prepared(model, data, name) for name in ("train", "test"))
    inputs = keras.Input(train[0].shape[1:])
    base.trainable = False
    outputs = keras.layers.Dense(data.task.width)(base(inputs, training=False))
    whole = keras.Model(inputs, outputs)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    begun = time.perf_counter()
    whole.compile(keras.optimizers.Adam(), loss)
    whole.fit(*train, batch_size=BATCH, epochs=epochs, verbose=0)
    base.trainable = True
    whole.compile(keras.optimizers.Adam(1e-5), loss)
    whole.fit(*train, batch_size=BATCH, epochs=epochs, verbose=0)
    seconds = time.perf_counter() - begun
    said = whole.predict(test[0], verbose=0).argmax(1)
    return {"accuracy": float(np.mean(said == test[1])), "seconds": seconds}


def by_trainer(folder: str, data: Dataset, epochs: int, seed: int) -> Found:
    """``transformers.Trainer`` with its defaults: AdamW at 5e-5, batches of 8, a linear decay."""
    import torch
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        Trainer,
        TrainingArguments,
        set_seed,
    )

    set_seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    net = AutoModelForSequenceClassification.from_pretrained(
        folder, num_labels=data.task.width, dtype=torch.float32
    )

    with tempfile.TemporaryDirectory() as out:
        trainer = Trainer(
            net,
            TrainingArguments(
                out, num_train_epochs=epochs, seed=seed, report_to=[], disable_tqdm=True, save_strategy="no"
            ),
            train_dataset=encoded(tokenizer, *_texts(data, "train")),
            data_collator=DataCollatorWithPadding(tokenizer),
        )
        begun = time.perf_counter()
        trainer.train()
        seconds = time.perf_counter() - begun
        found = trainer.predict(encoded(tokenizer, *_texts(data, "test")))
    return {"accuracy": float(np.mean(found.predictions.argmax(1) == found.label_ids)), "seconds": seconds}


def _prepared(model: Any, data: Dataset, name: str) -> tuple[Any, Any]:
    """Inputs of a split as the network takes them, and class numbers."""
    from zoo.datasets.batches import raw_batches

    positions = data.splits[name]
    form = model.adapter.backbone.input
    raw = [found for _, found in raw_batches(data.inputs, positions, form, batch_size=256, workers=1)]
    inputs = np.asarray(model.adapter.prepared(np.concatenate(raw)))
    return inputs, data.task.encode([data.labels[int(i)] for i in positions])


def _texts(data: Dataset, name: str) -> tuple[Sequence[str], Any]:
    from zoo.core.cards import TextInput
    from zoo.datasets.batches import raw_batches

    positions = data.splits[name]
    raw = [found for _, found in raw_batches(data.inputs, positions, TextInput(), batch_size=256, workers=1)]
    return list(np.concatenate(raw)), data.task.encode([data.labels[int(i)] for i in positions])
