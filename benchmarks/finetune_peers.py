"""zoo against fastai's ``fine_tune``, Keras' transfer-learning recipe and ``transformers.Trainer``.

    python benchmarks/finetune_peers.py [--seeds 3] [--only fastai keras trainer]

The same examples, the same pretrained weights, the same number of epochs, every library's own defaults
(``comparing/recipes.py``), batches of 32 (Trainer: its 8). Digits with the starter, sections of Debian
packages with all-MiniLM-L6-v2; 10 and 50 examples a class, and all digits. fastai adds a frozen epoch of its
own and Keras makes its epochs twice, frozen and free; zoo makes them once. Accuracy and seconds of training,
mean over seeds: ``docs/results/finetune-peers.json``.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from comparing.recipes import by_fastai, by_keras, by_trainer, by_zoo
from methods import STARTERS, chosen, opener, pictures, texts
from record import RESULTS, record

# Peer, data, examples a class (0: all), epochs.
MATCHES = (
    ("fastai", "digits", 10, 5),
    ("fastai", "digits", 50, 5),
    ("fastai", "digits", 0, 5),
    ("keras", "digits", 10, 5),
    ("keras", "digits", 50, 5),
    ("keras", "digits", 0, 5),
    ("trainer", "text", 10, 3),
    ("trainer", "text", 50, 3),
)
TITLES = {"fastai": "fastai fine_tune", "keras": "Keras' recipe", "trainer": "transformers.Trainer"}
EACH = "examples of each class"
METHODS = ("auto", "probe", "probe-then-full", "full")
LIBRARIES = ("zoo-adapters", "torch", "fastai", "transformers", "tensorflow", "keras")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=["fastai", "keras", "trainer"])
    options = parser.parse_args()
    path = RESULTS / "finetune-peers.json"
    matches = json.loads(path.read_text(encoding="utf-8"))["matches"] if path.exists() else []
    for peer, name, shots, epochs in MATCHES:
        if options.only and peer not in options.only:
            continue
        found: dict[str, list[dict[str, float]]] = {}
        for seed in range(options.seeds):
            data = chosen(texts() if name == "text" else pictures(name, seed), shots, seed)
            for way, figures in measured(peer, name, data, epochs, seed).items():
                found.setdefault(way, []).append(figures)
        match = {
            "data": name,
            EACH: shots or "all",
            "epochs": epochs,
            "seeds": options.seeds,
            **{way: mean(rows) for way, rows in found.items()},
        }
        print(match, file=sys.stderr, flush=True)
        same = [TITLES[peer] in one and one[EACH] == match[EACH] for one in matches]
        matches = [one for one, old in zip(matches, same, strict=True) if not old] + [match]
        record("finetune-peers", {"matches": matches}, *LIBRARIES)


def measured(peer: str, name: str, data: Any, epochs: int, seed: int) -> dict[str, dict[str, float]]:
    """The peer and zoo's ways, one after the other on the same data."""
    if peer == "trainer":
        folder = opener("torch", "text").args[0].partition(":")[2]
        found = {TITLES[peer]: by_trainer(folder, data, epochs, seed)}
        id = f"hf:{folder}"
    else:
        id = STARTERS["torch" if peer == "fastai" else "tensorflow"]
        by = by_fastai if peer == "fastai" else by_keras
        found = {TITLES[peer]: by(id, data, epochs, seed)}
    return found | {f"zoo {way}": by_zoo(id, data, epochs, seed, way) for way in METHODS}


def mean(rows: list[dict[str, float]]) -> dict[str, float]:
    return {
        "accuracy": round(100 * float(np.mean([row["accuracy"] for row in rows])), 1),
        "seconds": round(float(np.mean([row["seconds"] for row in rows])), 2),
    }


if __name__ == "__main__":
    main()
