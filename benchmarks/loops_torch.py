"""The loop of a torch tutorial, in both memory layouts."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import timm
import torch
from torch import nn

SOURCE, MODEL, VERSIONS = "timm", "resnet18", ("torch", "timm")


class HandWritten:
    """Forward, ``cross_entropy``, backward, ``step``, AdamW."""

    def __init__(self, args: argparse.Namespace, frozen: bool, classes: int, channels_last: bool):
        self.args, self.frozen, self.channels_last = args, frozen, channels_last
        cuda = args.device != "cpu" and torch.cuda.is_available()
        self.device = "cuda" if cuda else "cpu"
        self.net = timm.create_model(args.model, num_classes=classes)
        config = timm.data.resolve_model_data_config(self.net)
        self.mean = torch.tensor(config["mean"], device=self.device).view(1, 3, 1, 1)
        self.std = torch.tensor(config["std"], device=self.device).view(1, 3, 1, 1)
        layout = torch.channels_last if channels_last else torch.contiguous_format
        self.net.to(self.device, memory_format=layout)
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

    def epoch(self, pixels: np.ndarray, labels: torch.Tensor) -> float:
        self.net.train(not self.frozen)
        order, size = torch.randperm(len(pixels)), self.args.batch_size
        begun = time.perf_counter()
        for start in range(0, len(pixels), size):
            index = order[start : start + size]
            x, y = self.batch(pixels[index.numpy()]), labels[index].to(self.device)
            self.optimizer.zero_grad()
            with torch.autocast(self.device, torch.bfloat16, enabled=self.device == "cuda"):
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

    def __call__(self, pixels: np.ndarray, labels: np.ndarray) -> list[float]:
        return [self.epoch(pixels, torch.from_numpy(labels)) for _ in range(self.args.epochs)]


def rivals(args: argparse.Namespace, frozen: bool, classes: int) -> dict[str, Callable[..., list[float]]]:
    return {
        "channels_first": HandWritten(args, frozen, classes, False),
        "channels_last": HandWritten(args, frozen, classes, True),
    }
