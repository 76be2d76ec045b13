"""Does the starter transfer? The proof gates, measured.

    python benchmarks/starter/gates.py torch
    python benchmarks/starter/gates.py tensorflow

For Hebrew, Georgian and scikit-learn's digits, 5 seeds, and 1, 5, 10 and 50 examples a class, the same
examples are given to

- ``frozen``: the starter frozen, a head solved on its features;
- ``tuned``: the starter, everything trained (head at a rate of 3e-3, backbone at 1e-3);
- ``scratch``: the same network from random weights, everything trained at 3e-3;
- ``tutorial``: the starter frozen, a new head, Adam at 1e-3 for 10 epochs of batches of 32;
- ``random``: random weights frozen, a head solved;
- ``shuffled``: weights pretrained on permuted labels (a fifth of the images), frozen, a head solved;
- ``plain``: a head solved on the pixels.

What is trained makes 100 steps of at most 32 examples. The rates were set beforehand and tuned on nothing
here. Asked are (of scripts) families that no example comes from. Rows are recorded as they come, into
``docs/results/starter-gates.json``, and the run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from record import RESULTS, record
from starter.collecting import collect
from starter.judging import judge
from starter.pretrain import train
from starter.targets import target
from starter.writing import FRAMEWORK, backbone_of

import zoo
from zoo.api.transfer.arms import Setting, run
from zoo.datasets.dataset import Dataset

NAME = "starter-gates"
TARGETS = ("hebrew", "georgian", "digits")
SOLVED = ("frozen", "random", "shuffled", "plain")
TRAINED = {
    "scratch": zoo.TrainConfig(batch_size=32, lr=3e-3),
    "tuned": zoo.TrainConfig(batch_size=32, lr=3e-3, backbone_lr=1e-3),
}
TUTORIAL = zoo.TrainConfig(
    epochs=10, batch_size=32, lr=1e-3, weight_decay=0, schedule="constant", warmup=0, clip_norm=0,
    head="gradient", keep="last",
)  # fmt: skip
SHOTS = (1, 5, 10, 50)
STEPS = 100


def shuffled_weights(each: int) -> Path:
    """Weights that have seen the images of the pretraining under permuted labels; kept for later runs."""
    from safetensors.numpy import save_file

    path = Path(tempfile.gettempdir()) / f"zoo-starter-shuffled-{each}.safetensors"
    if not path.exists():
        model = zoo.load("starter:glyphs", from_scratch=True, seed=1)
        train(model, collect(), each, 2, 1, shuffled=True)
        save_file(backbone_of(model), path)
    return path


def tutorial(setting: Setting, seed: int) -> dict[int, float]:
    """The head that tutorials train."""
    scores = {}
    for shots, positions in setting.of(seed).items():
        model = setting.open(seed=seed)
        model.replace_head(setting.data.task, seed=seed)
        model.freeze("backbone")
        splits = {"train": np.sort(positions), "test": setting.asked}
        data = replace(setting.data, splits=splits)
        report = model.train(data, TUTORIAL.model_copy(update={"seed": seed}))
        assert report.steps, "this head is trained, not solved"
        scores[shots] = report.metrics["test"]["accuracy"]
    return scores


@dataclass(frozen=True)
class Cell:
    """One way on one target, given one draw of examples."""

    engine: str
    target: str
    seed: int
    way: str

    def missing(self, rows: list[dict[str, Any]], shots: Sequence[int]) -> tuple[int, ...]:
        """The numbers of examples that no row is about yet."""
        own = asdict(self).items()
        done = {row["shots"] for row in rows if own <= row.items()}
        return tuple(one for one in shots if one not in done)

    def measure(self, data: Dataset, shots: tuple[int, ...], weights: Path | None) -> dict[int, float]:
        """Accuracy by shots."""
        id = next(f"starter:{key}" for key, framework in FRAMEWORK.items() if framework == self.engine)
        opener = partial(zoo.load, id, weights=weights)
        config = TRAINED.get(self.method, zoo.TrainConfig())
        setting = Setting(opener, data, data.splits["test"], shots, STEPS, config)
        if self.method == "tutorial":
            return tutorial(setting, self.seed)
        return run("frozen" if self.method == "shuffled" else self.method, setting, self.seed) or {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("engine", choices=sorted(FRAMEWORK.values()))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--shots", type=int, nargs="+", default=SHOTS)
    parser.add_argument("--methods", nargs="+", default=(*SOLVED, "tutorial", *TRAINED))
    parser.add_argument("--targets", nargs="+", default=TARGETS)
    parser.add_argument("--shuffled", type=int, default=20, help="images a character of that baseline")
    args = parser.parse_args()
    path = RESULTS / f"{NAME}.json"
    tree = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"rows": [], "engines": {}}
    rows, found = tree["rows"], collect(held_out_only=True)
    for seed in range(args.seeds):
        for name in args.targets:
            data = target(found, name, seed)
            for way in args.methods:
                cell = Cell(args.engine, name, seed, way)
                shots = cell.missing(rows, args.shots)
                if not shots:
                    continue
                weights = shuffled_weights(args.shuffled) if way == "shuffled" else None
                for number, value in cell.measure(data, shots, weights).items():
                    rows.append({**asdict(cell), "shots": number, "accuracy": round(value, 4)})
                print(rows[-1], file=sys.stderr, flush=True)
            engines = tree["engines"] | {args.engine: importlib.metadata.version(args.engine)}
            tree = {"engines": engines, **judge(rows), "rows": rows}
            record(NAME, tree, "scikit-learn", "numpy", "zoo-adapters")


if __name__ == "__main__":
    main()
