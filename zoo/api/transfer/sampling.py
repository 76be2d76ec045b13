"""Few examples of each class, and those that every method is asked about."""

from __future__ import annotations

import numpy as np

from zoo.datasets.dataset import Dataset
from zoo.errors import ConfigError, DataError
from zoo.utils.arrays import Array


def asked(data: Dataset, max_test: int) -> Array:
    """Return positions of the test split, or of val where there is none; at most ``max_test``, drawn once
    and for all.

    Raises:
        DataError: neither split has an example.
    """
    split = next((name for name in ("test", "val") if len(data.splits.get(name, ()))), None)
    if split is None:
        raise DataError(
            f"{data.name} has neither a test nor a val split", hint="hold some out: --set split.val=0.2"
        )
    positions = np.asarray(data.splits[split])
    return np.sort(np.random.default_rng(0).permutation(positions)[:max_test])


def few(data: Dataset, shots: int, draw: int) -> Array:
    """Return positions of ``shots`` training examples of each class, int64 (shots * classes,).

    A draw's examples for fewer shots are among its examples for more.

    Raises:
        ConfigError: a class has fewer.
    """
    train = np.asarray(data.splits["train"])
    order = np.random.default_rng([draw, 17]).permutation(train)
    groups = data.task.stratum(data.task.encode([data.labels[i] for i in order]))
    assert groups is not None, "the study refuses data without classes"
    chosen = []
    for number, name in enumerate(data.task.names):
        of_class = order[groups == number][:shots]
        if len(of_class) < shots:
            raise ConfigError(
                f"class {name!r} has {len(of_class)} training examples, {shots} are asked for",
                hint=f"ask for --shots {len(of_class)} at most, or bring more",
            )
        chosen.append(of_class)
    return np.concatenate(chosen)
