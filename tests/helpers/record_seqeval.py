"""Write seqeval's own answers down: ``python tests/helpers/record_seqeval.py`` where seqeval is installed.

seqeval is published as source that does not build everywhere, so the tests hold zoo against these records.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

TAGS = ("B-LOC", "B-PER", "E-PER", "I-LOC", "I-PER", "O", "S-LOC")
BROKEN = [
    ["I-PER", "I-PER", "O"],
    ["B-PER", "I-LOC", "I-LOC"],
    ["O", "I-LOC", "B-LOC", "I-LOC"],
    ["B-PER", "B-PER", "I-PER", "I-LOC"],
    ["E-PER", "I-PER", "E-PER", "E-PER"],
    ["S-LOC", "I-LOC", "S-LOC", "B-LOC"],
    ["B-PER", "I-PER", "E-PER", "I-PER"],
    ["O", "O"],
    ["I-LOC"],
]
BARE = [["B", "I", "O", "I", "I", "B", "B"], ["I", "O", "B", "I"]]
FILE = Path(__file__).with_name("seqeval.json")


def random_rows(random: np.random.Generator, lengths: list[int]) -> list[list[str]]:
    return [[TAGS[i] for i in random.integers(0, len(TAGS), size)] for size in lengths]


def main() -> None:
    import seqeval
    from seqeval import metrics
    from seqeval.metrics.sequence_labeling import get_entities

    random = np.random.default_rng(0)
    rows = BROKEN + random_rows(random, random.integers(1, 12, 150).tolist())
    lengths = [len(row) for row in rows]
    drawn = random_rows(random, lengths)
    said = [
        [a if random.random() < 0.6 else b for a, b in zip(*pair, strict=True)]
        for pair in zip(rows, drawn, strict=True)
    ]
    tree = {
        "seqeval": getattr(seqeval, "__version__", "1.2.2"),
        "rows": rows,
        "entities": [get_entities(row) for row in rows],
        "bare": [{"row": row, "entities": get_entities(row)} for row in BARE],
        "said": said,
        "f1": metrics.f1_score(rows, said),
        "precision": metrics.precision_score(rows, said),
        "recall": metrics.recall_score(rows, said),
        "accuracy": metrics.accuracy_score(rows, said),
        "report": metrics.classification_report(rows, said, output_dict=True),
    }
    FILE.write_text(json.dumps(tree, default=float) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
