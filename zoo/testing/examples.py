"""A small made-up data set that any network can tell apart, so that a loss can fall."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.core.cards import AnyInput, AudioInput, ImageInput, TextInput
from zoo.core.protocols.backbone import Backbone
from zoo.core.task import Task
from zoo.datasets.inputs.audio import Waveforms
from zoo.datasets.inputs.images import as_inputs
from zoo.datasets.inputs.protocol import Inputs
from zoo.datasets.inputs.texts import Texts, stacked
from zoo.datasets.inputs.words import Words
from zoo.tasks.classification.task import Classification
from zoo.tasks.multi_label.task import MultiLabel
from zoo.tasks.regression.task import Regression
from zoo.tasks.token_classification.task import TokenClassification
from zoo.utils.arrays import Array

COUNT = 8
BATCH = 4

KINDS = Classification(classes=("dusk", "meadow"))
"""The task that the training checks use."""

BRIGHTNESS = Regression(targets=("brightness",))
"""The task of a check whose gradients must not cancel out over a balanced batch."""

TASKS: tuple[Task, ...] = (
    Classification(classes=("dusk", "meadow", "sea", "snow", "town")),
    MultiLabel(labels=("red", "striped", "bright")),
    BRIGHTNESS,
)
"""One of each kind, each of another width; a regression of one value is the case that loses an axis."""

TAGGING = TokenClassification(tags=("B-X", "I-X", "O"))
"""The task for models with states of tokens."""

_WORDS = (
    ("dusk", "evening", "red", "sun", "sinks", "clouds", "glow", "night", "stars", "dark", "moon", "late"),
    (
        "meadow",
        "green",
        "grass",
        "flowers",
        "bees",
        "morning",
        "fresh",
        "cows",
        "clover",
        "hay",
        "dew",
        "spring",
    ),
)
_LENGTHS = (3, 9, 5, 14, 4, 7, 11, 6)


@dataclass(frozen=True)
class Examples:
    """Pictures, texts or sounds in memory with labels for every task.

    Args:
        inputs: as they cross the seam: uint8 (COUNT, H, W, 3), or an object array (COUNT,)
            of ``str`` or of float32 (T,).
        kinds: class names, the two classes taking turns, so that every batch holds both.
        values: one number for each input, 0 to 1: the target of the regression.
    """

    inputs: Array
    kinds: tuple[str, ...]
    values: tuple[float, ...]

    def labels(self, task: Task) -> list[Any]:
        """Labels as data would bring them for a task of :data:`TASKS` or for :data:`KINDS`."""
        if isinstance(task, TokenClassification):
            return [[task.tags[len(word) % task.width] for word in words] for words in self.words]
        if isinstance(task, MultiLabel):
            return [task.labels[: i % (len(task.labels) + 1)] for i in range(len(self.kinds))]
        if isinstance(task, Regression):
            return [[value] for value in self.values]
        return list(self.kinds)

    @property
    def words(self) -> Array:
        """The texts as an object array (COUNT,) of lists of words."""
        return stacked([Words(text.split()) for text in self.inputs])

    def inputs_for(self, task: Task) -> Array:
        """The inputs in the form in which the task wants them."""
        return self.words if task.requires == "tokens" else self.inputs

    def positions(self, step: int) -> Array:
        """int64 (BATCH,): which inputs the batch of a step holds."""
        first = (step * BATCH) % len(self.kinds)
        return np.arange(first, first + BATCH)

    def as_data(self) -> tuple[Inputs, str]:
        """The inputs as a data set holds them, and a fingerprint."""
        held = list(self.inputs)
        inputs: Inputs
        if self.inputs.dtype != object:
            inputs = as_inputs(held)
        else:
            inputs = Texts(held) if isinstance(held[0], str) else Waveforms(held)
        digests = "".join(inputs.digest(i) for i in range(len(inputs)))
        return inputs, hashlib.sha256(digests.encode()).hexdigest()


def tags_words(backbone: Backbone) -> bool:
    """Whether words can be tagged: it takes texts and gives states of tokens."""
    return "tokens" in backbone.taps and isinstance(backbone.input, TextInput)


def make_examples(form: AnyInput, seed: int = 0) -> Examples:
    """Made-up data of the kind that a model takes."""
    if isinstance(form, TextInput):
        return _texts(seed)
    return _pictures(form, seed) if isinstance(form, ImageInput) else _sounds(form, seed)


def _pictures(form: ImageInput, seed: int) -> Examples:
    """Two kinds of pictures, reddish with level bands and greenish with upright ones, each one different."""
    random = np.random.default_rng(seed)
    down, across = np.mgrid[0 : form.height, 0 : form.width].astype(np.float32)
    pictures, kinds = [], []
    for i in range(COUNT):
        kind = i % 2
        along = down / form.height if kind == 0 else across / form.width
        bands = 0.5 + 0.5 * np.sin(2 * np.pi * (random.uniform(2, 4) * along + random.uniform()))
        colour = np.array([0.9, 0.25, 0.2] if kind == 0 else [0.15, 0.7, 0.35], dtype=np.float32)
        colour = np.clip(colour + random.uniform(-0.08, 0.08, 3), 0, 1)
        picture = (0.45 + 0.55 * bands[..., None]) * colour + random.normal(0, 0.03, (*bands.shape, 3))
        pictures.append(np.clip(picture * 255, 0, 255).astype(np.uint8))
        kinds.append(KINDS.classes[kind])
    brightness = tuple(float(picture.mean()) / 255.0 for picture in pictures)
    return Examples(np.stack(pictures), tuple(kinds), brightness)


def _texts(seed: int) -> Examples:
    """Two kinds of texts without a word in common, of different lengths, so that a batch must be padded."""
    random = np.random.default_rng(seed)
    texts = [" ".join(random.choice(_WORDS[i % 2], size)) + "." for i, size in enumerate(_LENGTHS)]
    kinds = tuple(KINDS.classes[i % 2] for i in range(COUNT))
    return Examples(stacked(texts), kinds, tuple(size / max(_LENGTHS) for size in _LENGTHS))


def _sounds(form: AudioInput, seed: int) -> Examples:
    """Two kinds of tones, low and high, of different lengths and loudness, so that a batch must be padded."""
    random = np.random.default_rng(seed)
    sounds, louds = [], []
    for i, size in enumerate(_LENGTHS):
        seconds = min(0.05 * size, form.max_seconds or 1.0)
        time = np.arange(max(1, int(seconds * form.rate))) / form.rate
        pitch = form.rate * (1 / 40 if i % 2 == 0 else 1 / 6) * random.uniform(0.9, 1.1)
        loud = random.uniform(0.2, 0.8)
        noisy = loud * np.sin(2 * np.pi * pitch * time) + random.normal(0, 0.02, len(time))
        sounds.append(np.clip(noisy, -1, 1).astype(np.float32))
        louds.append(float(loud))
    return Examples(stacked(sounds), tuple(KINDS.classes[i % 2] for i in range(COUNT)), tuple(louds))
