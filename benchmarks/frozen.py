"""What it costs to train on a frozen backbone, against loops that run the backbone at every epoch.

    python benchmarks/frozen.py torch      [--count 512] [--size 128] [--save]
    python benchmarks/frozen.py tensorflow [--count 512] [--size 128] [--save]
    python benchmarks/frozen.py tail       [--save]    torch: freeze(k), the last stage open
    python benchmarks/frozen.py texts MODEL_FOLDER [--save]    800 texts, real pretrained weights
    python benchmarks/frozen.py memory     [--save]    100,000 images against 10,000
    python benchmarks/frozen.py accuracy MODEL_FOLDER [--save]    with the features kept, and without

zoo is timed inside ``train()``: digests, decoding, features, head, evaluation; imports and loading of the
model apart. cold: nothing is kept yet. warm: everything is. All are given the same images in memory, of
the size of the input. One forward pass is a loop written by hand over the same batches; its compilation,
where there is one, is stated apart. ``--save`` puts the rows into docs/results/frozen.json.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import json
import os
import statistics
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from record import RESULTS, machine, versions

import zoo

EPOCHS, CLASSES, BATCH = 20, 10, 32
LIBRARIES = {
    "torch": ("torch", "timm", "transformers", "fastai"),
    "tensorflow": ("tensorflow", "keras"),
    "tail": ("torch", "timm"),
    "texts": ("torch", "transformers"),
    "memory": ("torch", "timm"),
    "accuracy": ("torch", "transformers"),
}


def pictures(count: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Noise, brighter from class to class."""
    random, labels = np.random.default_rng(0), np.arange(count) % CLASSES
    base = (labels * 12)[:, None, None, None]
    return (random.integers(0, 130, (count, size, size, 3)) + base).astype(np.uint8), labels


def ours(
    id: str, data: zoo.Dataset, size: int, freeze: int | str = "backbone", **settings: Any
) -> zoo.TrainReport:
    live = zoo.load(id, from_scratch=True, input_size=size)
    # The images have the size of the input already, and the rivals do not resize them either.
    form = live.adapter.backbone.input.model_copy(update={"crop": 1.0})
    live.adapter.backbone = dataclasses.replace(live.adapter.backbone, input=form)
    live.replace_head(data.task)
    live.freeze(freeze)
    config = {"epochs": EPOCHS, "batch_size": BATCH, "augment": "none"} | settings
    return live.train(data, zoo.TrainConfig(**config))


def engine(args: argparse.Namespace) -> dict[str, Any]:
    """One forward pass by hand, twenty epochs by zoo, cold and warm, and by everybody else."""
    if args.part == "torch":
        import frozen_torch as rivals
    else:
        import frozen_tensorflow as rivals
    from sklearn.linear_model import LogisticRegression  # imports are not what is timed

    assert LogisticRegression
    pixels, labels = pictures(args.count, args.size)
    data = zoo.data((pixels, [str(label) for label in labels]), val=0.0)
    id = f"{rivals.SOURCE}:{rivals.MODEL}"
    passes, first, times = [], [], {}
    for _ in range(args.rounds):
        setup, forward = rivals.forward(pixels, args.size)
        first.append(setup)
        passes.append(forward)
        for head in ("solver", "gradient"):
            with tempfile.TemporaryDirectory() as home:
                os.environ["ZOO_HOME"] = home
                for state in ("cold", "warm"):
                    report = ours(id, data, args.size, head=head, cache="on")
                    times.setdefault(f"{head}, {state}", []).append(report.seconds)
    forward = statistics.median(passes)
    ratios = {name: [s / p for s, p in zip(found, passes, strict=True)] for name, found in times.items()}
    row: dict[str, Any] = {
        "model": id,
        "images": args.count,
        "size": args.size,
        "epochs": EPOCHS,
        "forward_pass_seconds": round(forward, 2),
        "compilation_of_it_seconds": round(statistics.median(first), 2),
        "zoo_seconds": {name: round(statistics.median(found), 3) for name, found in times.items()},
        "zoo_against_one_pass": {
            name: {"median": round(statistics.median(found), 3), "all": [round(one, 3) for one in found]}
            for name, found in ratios.items()
        },
        "goals": {"cold": 1.15, "warm": 0.1},
    }
    print(row, file=sys.stderr)
    others = rivals.loops(pixels, labels, args.size, EPOCHS, BATCH)
    row["others_seconds"] = {name: round(seconds, 1) for name, seconds in others.items()}
    row["times_faster"] = {
        name: {state: round(seconds / statistics.median(times[state]), 1) for state in times}
        for name, seconds in others.items()
    }
    return row


def tail(args: argparse.Namespace) -> dict[str, Any]:
    """Seconds of an epoch with all stages frozen but the last, against the tail alone written by hand."""
    import frozen_torch as rivals

    pixels, labels = pictures(args.count, args.size)
    data = zoo.data((pixels, [str(label) for label in labels]), val=0.0)
    id, rounds = f"{rivals.SOURCE}:{rivals.MODEL}", []
    for _ in range(args.rounds):
        with tempfile.TemporaryDirectory() as home:
            os.environ["ZOO_HOME"] = home
            report = ours(id, data, args.size, 4, epochs=4, cache="on")
            plain = ours(id, data, args.size, 4, epochs=4, cache="off")
        ends = [line["seconds"] for line in report.epochs]
        epoch = statistics.median(np.diff(ends))
        hand = rivals.tail(pixels, labels, args.size, BATCH)
        pairs = zip(report.epochs, plain.epochs, strict=True)
        off = max(abs(one["train_loss"] - other["train_loss"]) for one, other in pairs)
        rounds.append((epoch / hand, epoch, hand, off))
    return {
        "model": id,
        "frozen": "4 of 5 stages",
        "epoch_seconds": {
            "zoo": round(statistics.median(r[1] for r in rounds), 3),
            "by hand": round(statistics.median(r[2] for r in rounds), 3),
        },
        "ratio": round(statistics.median(r[0] for r in rounds), 3),
        "ratios": [round(r[0], 3) for r in rounds],
        "goal": 1.15,
        "largest_difference_of_a_loss_from_the_run_without": max(r[3] for r in rounds),
    }


def texts(args: argparse.Namespace) -> dict[str, Any]:
    """The head of all-MiniLM-L6-v2 on 800 texts, against one forward pass by hand, tokenizing included."""
    from frozen_torch import forward_texts
    from sklearn.linear_model import LogisticRegression
    from text_transfer import few

    assert LogisticRegression
    train, _ = few(50, 0)
    data = table_of(train, [])
    rows: dict[str, list[float]] = {}
    for _ in range(args.rounds):
        hand = forward_texts(args.folder, [text for text, _ in train], BATCH)
        rows.setdefault("forward pass", []).append(hand)
        for head in ("solver", "gradient"):
            with tempfile.TemporaryDirectory() as home:
                os.environ["ZOO_HOME"] = home
                for state in ("cold", "warm"):
                    live = zoo.load(f"hf:{args.folder}")
                    live.freeze()
                    config = zoo.TrainConfig(epochs=EPOCHS, batch_size=BATCH, head=head, cache="on")
                    rows.setdefault(f"{head}, {state}", []).append(live.train(data, config).seconds)
    passes = rows["forward pass"]
    return {
        "model": "all-MiniLM-L6-v2",
        "texts": len(train),
        "seconds": {name: round(statistics.median(found), 3) for name, found in rows.items()},
        "zoo_against_one_pass": {
            name: [round(s / p, 3) for s, p in zip(found, passes, strict=True)]
            for name, found in rows.items()
            if name != "forward pass"
        },
        "goals": {"cold": 1.15, "warm": 0.1},
    }


MEMORY = """
import hashlib, resource, sys
import numpy as np, zoo

class Made:
    modality = "image"
    def __init__(self, count): self.count = count
    def __len__(self): return self.count
    def name(self, i): return f"made[{i}]"
    def size(self, i): return 64 * 64 * 3
    def digest(self, i): return hashlib.sha256(str(i).encode()).hexdigest()
    def is_in_memory(self, index, form): return False
    def read(self, i, form):
        bright = 15 * (i % 10)
        return np.random.default_rng(i).integers(bright, bright + 100, (64, 64, 3), dtype=np.uint8)

count = int(sys.argv[1])
labels = np.array([str(i % 10) for i in range(count)])
task = zoo.Classification(classes=[str(i) for i in range(10)])
data = zoo.Dataset("made", Made(count), labels, task, {"train": np.arange(count)}, "0" * 64)
model = zoo.load("starter:glyphs", input_size=64)
model.freeze()
report = model.train(data, zoo.TrainConfig(batch_size=64, epochs=2, head=sys.argv[2]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, round(report.seconds, 1), report.head)
"""


def memory(args: argparse.Namespace) -> dict[str, Any]:
    """Peak memory of a whole training, images made as they are read."""
    row: dict[str, Any] = {"model": "starter:glyphs, 64 x 64", "goal": 1.3}
    for head in ("gradient", "solver"):
        peaks = {}
        for count in (10_000, 100_000):
            with tempfile.TemporaryDirectory() as home:
                done = subprocess.run(
                    [sys.executable, "-c", MEMORY, str(count), head],
                    env=os.environ | {"ZOO_HOME": home},
                    capture_output=True,
                    text=True,
                    check=True,
                )
            print(head, count, done.stdout, file=sys.stderr)
            peaks[count] = int(done.stdout.split()[0])
        ratio = round(peaks[100_000] / peaks[10_000], 3)
        row[head] = {"peak_mebibytes": peaks, "ratio": ratio}
    return row


def table_of(train: list[tuple[str, str]], test: list[tuple[str, str]]) -> zoo.Dataset:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "texts.csv"
        with file.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(
                [("text", "label", "split"), *((*r, "train") for r in train), *((*r, "test") for r in test)]
            )
        return zoo.data(file, val=0.0)


def accuracy(args: argparse.Namespace) -> dict[str, Any]:
    """Digits and Debian sections, a head trained by gradient: five seeds with the cache and without."""
    from text_transfer import few

    rows: dict[str, dict[str, list[float]]] = {}
    for seed in range(5):
        digits = zoo.data("sample:digits", seed=seed)
        texts = table_of(*few(50, seed))
        for name, id, data in (("digits", "starter:glyphs", digits), ("texts", f"hf:{args.folder}", texts)):
            for cache, kind in (("off", "float32"), ("on", "float32"), ("on", "float16")):
                with tempfile.TemporaryDirectory() as home:
                    os.environ["ZOO_HOME"] = home
                    live = zoo.load(id, seed=seed)
                    live.replace_head(data.task, seed=seed)
                    live.freeze()
                    config = zoo.TrainConfig(
                        epochs=5, seed=seed, head="gradient", cache=cache, cache_dtype=kind
                    )
                    metrics = live.train(data, config).metrics
                figures = metrics.get("test") or metrics["val"]
                key = "off" if cache == "off" else f"on, {kind}"
                rows.setdefault(name, {}).setdefault(key, []).append(figures["accuracy"])
        print(seed, {n: {k: v[-1] for k, v in r.items()} for n, r in rows.items()}, file=sys.stderr)
    return {"accuracy_by_seed": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=list(LIBRARIES))
    parser.add_argument("folder", nargs="?", help="of all-MiniLM-L6-v2, for texts and accuracy")
    parser.add_argument("--count", type=int, default=512)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    work = {"tail": tail, "texts": texts, "memory": memory, "accuracy": accuracy}.get(args.part, engine)
    row = work(args)
    print(json.dumps(row, indent=1))
    if args.save:
        path = RESULTS / "frozen.json"
        tree = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        head = {"date": date.today().isoformat(), "machine": machine()}
        tree[args.part] = {**head, "versions": versions("zoo-adapters", *LIBRARIES[args.part]), **row}
        Path(path).write_text(json.dumps(tree, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
