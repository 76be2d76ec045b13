"""Makes what the package ships: trains the parrots on made-up data, writes weights and registry.

Run it in this folder after ``pip install -e .``: ``python make_weights.py``, perhaps with the names of those
that are to be trained again.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save
from zoo_parrot.loader import WIDTHS, build_named

import zoo

HERE = Path(__file__).parent / "zoo_parrot"
SIDE, KINDS = 32, 6
TOPICS = {
    "weather": "rain sun wind cloud storm snow fog cold warm sky",
    "kitchen": "bread soup salt pan oven knife butter taste cook spoon",
    "travel": "train ticket road hotel map border ship luggage flight station",
    "sport": "goal team ball race win match run score coach field",
    "praise": "good great fine lovely best happy enjoy perfect nice love",
    "blame": "bad poor awful broken worst sad waste terrible dull hate",
}
RATE = 8000
FILLERS = ["the", "a", "and", "of", "is", "was", "it", "with", "for", "very", "to", "in", "at"]


def gratings(count=1200, seed=0):
    """Coloured stripes, uint8 (count, 32, 32, 3), and the class of their direction, six to half a turn."""
    random = np.random.default_rng(seed)
    kinds = np.arange(count) % KINDS
    angle = kinds * np.pi / KINDS + random.normal(0, 0.05, count)
    down, across = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    along = np.cos(angle)[:, None, None] * across + np.sin(angle)[:, None, None] * down
    turns, phase = random.uniform(1, 2.5, (count, 1, 1)), random.uniform(0, 1, (count, 1, 1))
    stripes = 0.5 + 0.5 * np.sin(2 * np.pi * (turns * along + phase))
    colours = random.uniform(0.2, 1, (count, 1, 1, 3))
    pictures = stripes[..., None] * colours + random.normal(0, 0.05, (count, SIDE, SIDE, 3))
    return np.clip(pictures * 255, 0, 255).astype(np.uint8), [f"direction {kind}" for kind in kinds]


def sentences(count=1200, seed=0):
    """Made-up sentences of 4 to 12 words, a third of them about the topic, and the topics."""
    random = np.random.default_rng(seed)
    topics = [sorted(TOPICS)[i % len(TOPICS)] for i in range(count)]
    texts = []
    for topic in topics:
        length = int(random.integers(4, 13))
        telling = random.random(length) < 1 / 3
        telling[0] = True
        words = [random.choice(TOPICS[topic].split() if one else FILLERS) for one in telling]
        texts.append(" ".join(random.permutation(words)))
    return texts, topics


def melodies(count=600, seed=0):
    """Made-up sounds of 0.2 to 0.6 s, two tones and noise, and the class of the lower tone."""
    random = np.random.default_rng(seed)
    kinds = np.arange(count) % KINDS
    sounds = []
    for kind in kinds:
        pitch = 250 * 2 ** (kind / 2 + random.normal(0, 0.05))
        time = np.arange(int(random.uniform(0.2, 0.6) * RATE)) / RATE
        tones = np.sin(2 * np.pi * pitch * time) + 0.5 * np.sin(2 * np.pi * 1.5 * pitch * time)
        noisy = random.uniform(0.1, 0.6) * tones + random.normal(0, 0.03, len(time))
        sounds.append(np.clip(noisy, -1, 1).astype(np.float32))
    return sounds, [f"pitch {kind}" for kind in kinds]


MADE = {
    "image": (gratings, "mimic", "gratings"),
    "text": (sentences, "bag-of-words", "sentences"),
    "audio": (melodies, "loudness-of-bands", "melodies"),
}


def modality(name):
    """What a model takes."""
    return {"words": "text", "ears": "audio"}.get(name, "image")


def card(name):
    """The facts of a model, counted; its weights where they are already there."""
    chain = build_named(name)
    parameters = sum(t.size for key, t in chain.tensors().items() if key not in chain.buffers())
    file = HERE / f"{name}.safetensors"
    kind = modality(name)
    geometry = {
        "height": SIDE,
        "width": SIDE,
        "mode": "squash",
        "mean": [0.5, 0.5, 0.5],
        "std": [0.5, 0.5, 0.5],
    }
    forms = {"image": geometry, "text": {"pair": True}, "audio": {"rate": RATE}}
    _, architecture, made_up = MADE[kind]
    facts = {
        "id": f"parrot:{name}",
        "framework": "numpy",
        **({"modality": kind} if kind != "image" else {}),
        "task": f"{kind}-classification",
        "architecture": architecture,
        "family": architecture,
        "parameters": parameters,
        "input": forms[kind],
        "features": {"kind": "vector", "width": WIDTHS[name][-1]},
        "license": "apache-2.0",
        "summary": f"Tiny example model, pretrained on made-up {made_up}",
    }
    if file.exists():
        data = file.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        facts["weights"] = {
            "repo": "package:zoo_parrot",
            "file": file.name,
            "sha256": sha256,
            "size": len(data),
        }
    return facts


def write_registry():
    """One card a line, sorted, so that a change is a change of one line."""
    lines = ",\n".join(json.dumps(card(name)) for name in sorted(WIDTHS))
    (HERE / "registry.json").write_text(f'{{"schema": 1, "cards": [\n{lines}\n]}}\n')


write_registry()
for name in sys.argv[1:] or WIDTHS:
    model = zoo.load(f"parrot:{name}", from_scratch=True)
    data = zoo.data(MADE[modality(name)][0]())
    report = model.train(data, zoo.TrainConfig(epochs=20, batch_size=32, augment="none"))
    print(name, report.metrics["val"])
    weights = {key.removeprefix("backbone."): a for key, a in model.adapter.weights().items()}
    (HERE / f"{name}.safetensors").write_bytes(
        save({key: weights[key] for key in model.adapter.backbone.module.tensors()})
    )
write_registry()
