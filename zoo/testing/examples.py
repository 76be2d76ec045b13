"""A small made-up data set that any network can tell apart, so that a loss can fall."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.core.cards import AnyInput, AudioInput, ImageInput, TextInput
from zoo.core.kit_cases import KitCase, MadeUpInputs
from zoo.core.task import Task
from zoo.datasets.inputs.audio import Waveforms
from zoo.datasets.inputs.images import as_inputs
from zoo.datasets.inputs.protocol import Inputs
from zoo.datasets.inputs.texts import Texts, stacked
from zoo.datasets.inputs.words import Words
from zoo.utils.arrays import Array

COUNT = 8
BATCH = 4

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
_GROUPS = tuple(i % 2 for i in range(COUNT))


@dataclass(frozen=True)
class Examples:
    """Images, texts or audio clips in memory, and what cases make labels from.

    Args:
        inputs: as a source receives them: uint8 (COUNT, H, W, 3), or an object array (COUNT,)
            of ``str`` or of float32 (T,).
        made_up: groups, values and words of the inputs.
    """

    inputs: Array
    made_up: MadeUpInputs

    def labels(self, case: KitCase) -> list[Any]:
        """Return labels of the case as data would bring them."""
        return list(case.labels(self.made_up))

    def inputs_for(self, task: Task) -> Array:
        """Return the inputs in the form in which the task wants them."""
        return self.inputs if task.input_form is None else self._words

    @property
    def _words(self) -> Array:
        """The texts as an object array (COUNT,) of lists of words."""
        return stacked([Words(words) for words in self.made_up.words])

    def positions(self, step: int) -> Array:
        """int64 (BATCH,): which inputs the batch of a step holds."""
        first = (step * BATCH) % len(self.inputs)
        return np.arange(first, first + BATCH)

    def as_data(self) -> tuple[Inputs, str]:
        """Return the inputs as a data set holds them, and a fingerprint."""
        held = list(self.inputs)
        inputs: Inputs
        if self.inputs.dtype != object:
            inputs = as_inputs(held)
        else:
            inputs = Texts(held) if isinstance(held[0], str) else Waveforms(held)
        digests = "".join(inputs.digest(i) for i in range(len(inputs)))
        return inputs, hashlib.sha256(digests.encode()).hexdigest()


def make_examples(form: AnyInput, seed: int = 0) -> Examples:
    """Made-up data of the kind that a model takes."""
    if isinstance(form, TextInput):
        return _texts(seed)
    return _images(form, seed) if isinstance(form, ImageInput) else _sounds(form, seed)


def _images(form: ImageInput, seed: int) -> Examples:
    """Return two groups of images, reddish with level bands and greenish with upright ones, each one
    different."""
    random = np.random.default_rng(seed)
    down, across = np.mgrid[0 : form.height, 0 : form.width].astype(np.float32)
    images = []
    for i in range(COUNT):
        level = _GROUPS[i] == 0
        along = down / form.height if level else across / form.width
        bands = 0.5 + 0.5 * np.sin(2 * np.pi * (random.uniform(2, 4) * along + random.uniform()))
        colour = np.array([0.9, 0.25, 0.2] if level else [0.15, 0.7, 0.35], dtype=np.float32)
        colour = np.clip(colour + random.uniform(-0.08, 0.08, 3), 0, 1)
        image = (0.45 + 0.55 * bands[..., None]) * colour + random.normal(0, 0.03, (*bands.shape, 3))
        images.append(np.clip(image * 255, 0, 255).astype(np.uint8))
    brightness = tuple(float(image.mean()) / 255.0 for image in images)
    return Examples(np.stack(images), MadeUpInputs(_GROUPS, brightness))


def _texts(seed: int) -> Examples:
    """Return two groups of texts without a word in common, of different lengths, so that a batch must be
    padded."""
    random = np.random.default_rng(seed)
    texts = [" ".join(random.choice(_WORDS[_GROUPS[i]], size)) + "." for i, size in enumerate(_LENGTHS)]
    values, words = tuple(size / max(_LENGTHS) for size in _LENGTHS), tuple(tuple(t.split()) for t in texts)
    return Examples(stacked(texts), MadeUpInputs(_GROUPS, values, words))


def _sounds(form: AudioInput, seed: int) -> Examples:
    """Return two groups of tones, low and high, of several lengths and volumes, so that a batch must be
    padded."""
    random = np.random.default_rng(seed)
    sounds, louds = [], []
    for i, size in enumerate(_LENGTHS):
        seconds = min(0.05 * size, form.max_seconds or 1.0)
        time = np.arange(max(1, int(seconds * form.rate))) / form.rate
        pitch = form.rate * (1 / 40 if _GROUPS[i] == 0 else 1 / 6) * random.uniform(0.9, 1.1)
        loud = random.uniform(0.2, 0.8)
        noisy = loud * np.sin(2 * np.pi * pitch * time) + random.normal(0, 0.02, len(time))
        sounds.append(np.clip(noisy, -1, 1).astype(np.float32))
        louds.append(float(loud))
    return Examples(stacked(sounds), MadeUpInputs(_GROUPS, tuple(louds)))
