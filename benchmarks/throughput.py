"""Images per second of zoo against loops written without it: same model, images, batches, one run.

    python benchmarks/throughput.py torch      [--model resnet18] [--size 128] [--device cuda] [--save NAME]
    python benchmarks/throughput.py tensorflow [--model MobileNetV2] [--size 128] [--save NAME]

The rivals are those of a tutorial (``loops_torch.py``, ``loops_tensorflow.py``): no clipping, no look at the
gradient norm. They and zoo take turns, each with a new model; the first epoch, which warms up and compiles,
does not count. zoo is timed by the epochs that ``train()`` logs: reading, order, clipping, looking.
The median of the pairwise ratios against the faster rival is reported.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import sys
from itertools import pairwise

import numpy as np
from record import record

import zoo

CLASSES = 10


def pictures(count: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.integers(0, 256, (count, size, size, 3), dtype=np.uint8), np.arange(count) % CLASSES


def ours(id: str, frozen: bool, data: zoo.Dataset, args: argparse.Namespace) -> list[float]:
    """Seconds of each epoch."""
    live = zoo.load(id, from_scratch=True, input_size=args.size, device=args.device)
    # The images have the size of the input already, and the rivals do not resize them either.
    backbone = live.adapter.backbone
    form = backbone.input.model_copy(update={"crop": 1.0})
    live.adapter.backbone = dataclasses.replace(backbone, input=form)
    live.replace_head(data.task)
    live.freeze("backbone" if frozen else "nothing")
    # Steps are compared: a head that is solved, or features that are kept, would spare them.
    config = zoo.TrainConfig(
        epochs=args.epochs,
        batch_size=args.batch_size,
        augment="none",
        head="gradient",
        cache="off",
        device=args.device,
    )
    ends = [0.0, *(line["seconds"] for line in live.train(data, config).epochs)]
    return [end - begin for begin, end in pairwise(ends)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("engine", choices=["torch", "tensorflow"])
    parser.add_argument("--model")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--count", type=int, default=512)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--save", help="name under docs/results")
    args = parser.parse_args()
    if args.engine == "torch":
        import loops_torch as loops
    else:
        import loops_tensorflow as loops
    args.model = args.model or loops.MODEL
    pixels, labels = pictures(args.count, args.size)
    data = zoo.data((pixels, [str(label) for label in labels]), val=0.0)
    table = {}
    for frozen in (False, True):
        seconds: dict[str, list[float]] = {}
        for _ in range(args.rounds):
            for name, rival in loops.rivals(args, frozen, CLASSES).items():
                seconds.setdefault(name, []).append(statistics.median(rival(pixels, labels)[1:]))
            own = ours(f"{loops.SOURCE}:{args.model}", frozen, data, args)
            seconds.setdefault("zoo", []).append(statistics.median(own[1:]))
        best = min((n for n in seconds if n != "zoo"), key=lambda name: statistics.median(seconds[name]))
        ratios = [rival / own for rival, own in zip(seconds[best], seconds["zoo"], strict=True)]
        row = {
            "images_per_second": {n: round(args.count / statistics.median(s), 1) for n, s in seconds.items()},
            "faster_rival": best,
            "ratio": round(statistics.median(ratios), 4),
            "ratios": [round(ratio, 4) for ratio in ratios],
        }
        table["frozen" if frozen else "full"] = row
        print("frozen" if frozen else "full", row, file=sys.stderr)
    if args.save:
        setting = {name: value for name, value in vars(args).items() if name != "save"}
        print(record(args.save, {"goal": 0.97, "settings": setting, "results": table}, *loops.VERSIONS))


if __name__ == "__main__":
    main()
