"""Images per second of zoo against a hand-written torch loop: same model, pictures, batches, one run.

    python benchmarks/throughput.py [--model resnet18] [--size 128] [--device cpu] [--save NAME]

The hand-written loop is the tutorial's: forward, ``cross_entropy``, backward, ``step``, AdamW, no clipping;
it is run in both memory layouts and the better one counts. zoo's time is all of ``train()``: reading, order,
clipping, the look at every loss; imports and model loading apart. The two take turns, and the median of the
pairwise ratios is reported.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import sys
import time

import numpy as np
import timm
import torch
from record import record
from torch import nn

import zoo

CLASSES = 10


def pictures(count: int, size: int) -> tuple[np.ndarray, list[str]]:
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (count, size, size, 3), dtype=np.uint8)
    return pixels, [str(i % CLASSES) for i in range(count)]


class HandWritten:
    """What one writes without zoo."""

    def __init__(self, model: str, size: int, frozen: bool, channels_last: bool, device: str):
        self.frozen, self.channels_last, self.device = frozen, channels_last, device
        self.net = timm.create_model(model, num_classes=CLASSES)
        config = timm.data.resolve_model_data_config(self.net)
        self.mean = torch.tensor(config["mean"], device=device).view(1, 3, 1, 1)
        self.std = torch.tensor(config["std"], device=device).view(1, 3, 1, 1)
        layout = torch.channels_last if channels_last else torch.contiguous_format
        self.net.to(device, memory_format=layout)
        self.head = self.net.get_classifier()
        if frozen:
            self.net.requires_grad_(False)
            self.head.requires_grad_(True)
        trained = self.head.parameters() if frozen else self.net.parameters()
        self.optimizer = torch.optim.AdamW(trained, lr=1e-3)

    def batch(self, pixels: np.ndarray) -> torch.Tensor:
        x = torch.from_numpy(pixels).to(self.device, non_blocking=True).permute(0, 3, 1, 2)
        if not self.channels_last:
            x = x.contiguous()
        return (x.float() / 255 - self.mean) / self.std

    def epoch(self, pixels: np.ndarray, labels: torch.Tensor, batch_size: int, bfloat16: bool) -> float:
        self.net.train(not self.frozen)
        order = torch.randperm(len(pixels))
        begun = time.perf_counter()
        for start in range(0, len(pixels), batch_size):
            index = order[start : start + batch_size]
            x, y = self.batch(pixels[index.numpy()]), labels[index].to(self.device)
            self.optimizer.zero_grad()
            with torch.autocast(self.device, torch.bfloat16, enabled=bfloat16):
                if self.frozen:
                    with torch.no_grad():
                        features = self.net.forward_head(self.net.forward_features(x), pre_logits=True)
                    output = self.head(features)
                else:
                    output = self.net(x)
            loss = nn.functional.cross_entropy(output.float(), y)
            loss.backward()
            self.optimizer.step()
        if self.device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - begun


def ours(model: str, size: int, frozen: bool, data: zoo.Dataset, batch_size: int, device: str) -> float:
    live = zoo.load(f"timm:{model}", from_scratch=True, input_size=size, device=device)
    # The pictures have the size of the input already, and the hand-written loop does not resize them either.
    backbone = live.adapter.backbone
    form = backbone.input.model_copy(update={"crop": 1.0})
    live.adapter.backbone = dataclasses.replace(backbone, input=form)
    live.replace_head(data.task)
    live.freeze("backbone" if frozen else "nothing")
    config = zoo.TrainConfig(epochs=1, batch_size=batch_size, augment="none", device=device)
    return live.train(data, config).seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="resnet18")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--count", type=int, default=512)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--save", help="name under docs/results")
    args = parser.parse_args()
    pixels, names = pictures(args.count, args.size)
    labels = torch.tensor([int(name) for name in names])
    data = zoo.data((pixels, names), val=0.0)
    bfloat16 = args.device == "cuda"
    table = {}
    for frozen in (False, True):
        layouts = ("channels_first", "channels_last")
        seconds: dict[str, list[float]] = {"zoo": [], **{layout: [] for layout in layouts}}
        for turn in range(args.rounds + 1):
            lap = {}
            for layout in layouts:
                # A new model each time, as zoo's is: the first step on fresh memory counts for both.
                loop = HandWritten(args.model, args.size, frozen, layout == "channels_last", args.device)
                lap[layout] = loop.epoch(pixels, labels, args.batch_size, bfloat16)
            lap["zoo"] = ours(args.model, args.size, frozen, data, args.batch_size, args.device)
            if turn:  # the first lap warms caches and the allocator up
                for name, value in lap.items():
                    seconds[name].append(value)
        best = min(layouts, key=lambda name: statistics.median(seconds[name]))
        ratios = [mine / own for mine, own in zip(seconds[best], seconds["zoo"], strict=True)]
        row = {
            "images_per_second": {n: round(args.count / statistics.median(s), 1) for n, s in seconds.items()},
            "best_layout_of_the_loop": best,
            "ratio": round(statistics.median(ratios), 4),
            "ratios": [round(ratio, 4) for ratio in ratios],
        }
        table["frozen" if frozen else "full"] = row
        print("frozen" if frozen else "full", row, file=sys.stderr)
    if args.save:
        setting = {name: value for name, value in vars(args).items() if name != "save"}
        print(record(args.save, {"goal": 0.97, "settings": setting, "results": table}, "torch", "timm"))


if __name__ == "__main__":
    main()
