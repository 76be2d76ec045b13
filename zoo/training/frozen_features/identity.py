"""What stored features depend on, as one name: change any of it and they are computed again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.core.cards import AnyInput, AudioInput, ImageInput
from zoo.core.protocols.engine import BackboneAdapter
from zoo.core.task import Task
from zoo.datasets.inputs.words import Words
from zoo.training.frozen_features.decoding_probe import decoding_digest
from zoo.training.frozen_features.libraries import libraries
from zoo.utils.arrays import Array

FORMAT = 4
_TEXTS = ("Zoo", "A longer text: 3 words, \u00e9t\u00e9, and a mark!", "two three")


@dataclass(frozen=True)
class Identity:
    """The name of a store, and what it was made of.

    Args:
        name: sha256, hexadecimal.
        facts: that went into it, for people.
        left: whether the source pads texts in front.
    """

    name: str
    facts: dict[str, Any]
    left: bool


def identify(
    adapter: BackboneAdapter, task: Task, cut: int, *, model: str, versions: Mapping[str, str], kind: str
) -> Identity:
    """Return the identity of what the first ``cut`` stages of a model make of inputs.

    It holds the weights of these stages to the bit, and what says how they are used: the program, where
    the model is one, the files that describe it to its source, and how one vector is made of states; the
    geometry of the input; what zoo's own decoding and resizing make of fixed files, and what the source's
    preprocessing makes of a fixed probe, so that a change of their code is seen too; and what computes: the
    versions of the libraries, the source's too, the device, the float type.

    The network is not asked about the probe: its answer may differ in the last bits from one run to the next,
    and a name has no room for that.

    Args:
        adapter: of the live model.
        task: says which features the head takes.
        cut: of the chain.
        model: id of the source model, for people, and its source for its libraries.
        versions: of the engine's libraries.
        kind: float types of computing and of storing.
    """
    backbone = adapter.backbone
    prepared = adapter.prepared(_probe(backbone.input, task))
    # A source that counts what it prepared need not count the probe.
    getattr(backbone.prepare, "forget", lambda: None)()
    mask = prepared.get("attention_mask") if isinstance(prepared, Mapping) else None
    features = backbone.taps[task.requires].features
    facts = {
        "format": FORMAT,
        "model": model,
        "stages": [stage.name for stage in backbone.stages[:cut]],
        "for": task.requires,
        "weights": _weights(adapter, cut),
        "program": backbone.program,
        "assets": {name: hashlib.sha256(content).hexdigest() for name, content in backbone.assets.items()},
        "features": features.model_dump(mode="json"),
        "input": backbone.input.model_dump(mode="json"),
        "decoding": decoding_digest(backbone.input),
        "preprocessing": _digest(prepared),
        "device": adapter.device.partition(":")[0],
        "kind": kind,
        "versions": {name: value for name, value in sorted(versions.items()) if name != "zoo"},
        "libraries": libraries(model, backbone.input),
    }
    text = json.dumps(facts, sort_keys=True)
    left = mask is not None and bool((np.asarray(mask)[:, 0] == 0).any())
    return Identity(hashlib.sha256(text.encode()).hexdigest(), facts, left)


def _weights(adapter: BackboneAdapter, cut: int) -> str:
    """Return sha256 over the tensors of the first ``cut`` stages: names, types, shapes, bytes."""
    held = {stage.name for stage in adapter.backbone.stages[:cut]}
    names = sorted(fact.name for fact in adapter.tensors() if fact.stage in held)
    weights = adapter.weights()

    def one(name: str) -> str:
        array = np.asarray(weights[name], order="C")
        content = hashlib.sha256(array.reshape(-1).view(np.uint8).data).hexdigest()
        return f"{name} {array.dtype.str} {array.shape} {content}"

    # Hashing lets other threads run, and large models take seconds.
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1), thread_name_prefix="zoo-digest") as pool:
        return hashlib.sha256("\n".join(pool.map(one, names)).encode()).hexdigest()


def _digest(prepared: Any) -> str:
    named = prepared if isinstance(prepared, Mapping) else {"": prepared}
    digest = hashlib.sha256()
    for name in sorted(named):
        array = np.asarray(named[name])
        if array.dtype.kind in "OSU":  # a model that takes texts as they are
            content = repr(array.tolist()).encode()
        else:
            content = np.ascontiguousarray(array).reshape(-1).view(np.uint8).tobytes()
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode() + content)
    return digest.hexdigest()


def _probe(form: AnyInput, task: Task) -> Array:
    """Return a fixed raw batch: noise, or texts and sounds of different lengths."""
    random = np.random.default_rng(20_251)
    if isinstance(form, ImageInput):
        return random.integers(0, 256, (2, form.height, form.width, form.channels), dtype=np.uint8)
    batch: Array = np.empty(len(_TEXTS), dtype=object)
    for i, text in enumerate(_TEXTS):
        if isinstance(form, AudioInput):
            seconds = np.arange(form.rate * (i + 1) // 4) / form.rate
            batch[i] = (0.5 * np.sin(2 * np.pi * 440 * seconds)).astype(np.float32)
        else:
            batch[i] = Words(text.split()) if task.input_form == "words" else text
    return batch
