"""zoo against transformers.Trainer, and against sentence-transformers with logistic regression, in one run.

    python benchmarks/text_peers.py MODEL_FOLDER [--shots 50] [--seeds 3] [--epochs 4] [--save]

The examples are those of ``text_transfer.py``. Full fine-tuning: zoo and Trainer begin at the same
weights and make the same number of steps of 16 examples with AdamW, weight decay 0.01, clipping at 1,
cosine decay after a tenth of warm-up, in float32; Trainer has one rate (1e-4), zoo a tenth of the head's
for the backbone (1e-3 and 1e-4). Trainer is given texts that are tokenised already, pads to the longest
of a batch and groups by length. What is timed is ``train()`` of each; tokenising counts for zoo, and not
for Trainer. Frozen: zoo's head on the frozen backbone against sentence-transformers' embeddings and
scikit-learn's logistic regression (C = 1).
"""

from __future__ import annotations

import argparse
import csv
import functools
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from comparing.tokens import encoded
from record import record
from text_transfer import BATCH, Row, few

import zoo


def by_zoo(
    model: str, train: list[Row], test: list[Row], frozen: bool, epochs: int, seed: int
) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "few.csv"
        with table.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                [("text", "label", "split"), *((*r, "train") for r in train), *((*r, "test") for r in test)]
            )
        data = zoo.data(table, val=0.0)
        live = zoo.load(f"hf:{model}", seed=seed)
        live.replace_head(data.task, seed=seed)
        live.freeze("backbone" if frozen else "nothing")
        config = zoo.TrainConfig(epochs=epochs, batch_size=BATCH, seed=seed, weight_decay=0.01)
        report = live.train(data, config)
        return {
            "balanced_accuracy": report.metrics["test"]["balanced_accuracy"],
            "texts_per_second": report.examples_per_second,
        }


def by_trainer(model: str, train: list[Row], test: list[Row], epochs: int, seed: int) -> dict[str, float]:
    from sklearn.metrics import balanced_accuracy_score
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        Trainer,
        TrainingArguments,
        set_seed,
    )

    set_seed(seed)
    names = sorted({label for _, label in train})
    tokenizer = AutoTokenizer.from_pretrained(model)
    net = AutoModelForSequenceClassification.from_pretrained(
        model, num_labels=len(names), dtype=torch.float32
    )

    def records(part: list[Row]) -> list[dict[str, Any]]:
        return encoded(tokenizer, [text for text, _ in part], [names.index(label) for _, label in part])

    with tempfile.TemporaryDirectory() as folder:
        args = TrainingArguments(
            folder,
            num_train_epochs=epochs,
            per_device_train_batch_size=BATCH,
            learning_rate=1e-4,
            weight_decay=0.01,
            lr_scheduler_type="cosine",
            warmup_steps=int(0.1 * epochs * len(train) / BATCH),
            seed=seed,
            report_to=[],
            save_strategy="no",
            logging_strategy="no",
            disable_tqdm=True,
            use_cpu=not torch.cuda.is_available(),
            train_sampling_strategy="group_by_length",
        )
        trainer = Trainer(
            net, args, train_dataset=records(train), data_collator=DataCollatorWithPadding(tokenizer)
        )
        begun = time.perf_counter()
        trainer.train()
        seconds = time.perf_counter() - begun
        # Trainer groups by length here too, and answers in that order; it gives the labels along.
        answer = trainer.predict(records(test))
    return {
        "balanced_accuracy": float(balanced_accuracy_score(answer.label_ids, answer.predictions.argmax(1))),
        "texts_per_second": epochs * len(train) / seconds,
    }


def by_embedding(model: str, train: list[Row], test: list[Row]) -> dict[str, float]:
    from sentence_transformers import SentenceTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import balanced_accuracy_score

    net = SentenceTransformer(model, device="cpu")
    begun = time.perf_counter()
    vectors = net.encode([text for text, _ in train], batch_size=BATCH)
    head = LogisticRegression(C=1, max_iter=2000).fit(vectors, [label for _, label in train])
    seconds = time.perf_counter() - begun
    said = head.predict(net.encode([text for text, _ in test], batch_size=BATCH))
    return {
        "balanced_accuracy": float(balanced_accuracy_score([label for _, label in test], said)),
        "seconds": seconds,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--shots", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--save", action="store_true")
    args = parser.parse_args()
    found: dict[str, list[dict[str, float]]] = {}
    for seed in range(args.seeds):
        train, test = few(args.shots, seed)
        given = args.model, train, test
        ways = {
            "zoo, full": functools.partial(by_zoo, *given, False, args.epochs, seed),
            "Trainer, full": functools.partial(by_trainer, *given, args.epochs, seed),
            "zoo, frozen": functools.partial(by_zoo, *given, True, args.epochs, seed),
            "sentence-transformers, logistic regression": functools.partial(by_embedding, *given),
        }
        for name, way in ways.items():
            found.setdefault(name, []).append(way())
            print(seed, name, found[name][-1], file=sys.stderr, flush=True)
    table = {
        name: {
            key: {"mean": round(float(np.mean(v)), 4), "sd": round(float(np.std(v, ddof=1)), 4)}
            for key in rows[0]
            if len(v := [row[key] for row in rows]) > 1
        }
        for name, rows in found.items()
    }
    ratios = [
        own["texts_per_second"] / peer["texts_per_second"]
        for own, peer in zip(found["zoo, full"], found["Trainer, full"], strict=True)
    ]
    tree = {
        "settings": {**vars(args), "model": "all-MiniLM-L6-v2", "threads": torch.get_num_threads()},
        "results": table,
        "throughput_against_trainer": {
            "median": round(statistics.median(ratios), 3),
            "all": [round(r, 3) for r in ratios],
        },
    }
    if args.save:
        print(record("text-peers", tree, "torch", "transformers", "sentence-transformers", "scikit-learn"))


if __name__ == "__main__":
    main()
