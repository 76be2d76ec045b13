"""Frozen backbones in PyTorch, as others train on them: by hand, with transformers.Trainer, with fastai."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import timm
import torch
from torch import nn

SOURCE, MODEL = "timm", "resnet18"
CLASSES = 10


def network() -> nn.Module:
    return timm.create_model(MODEL, num_classes=CLASSES).to(memory_format=torch.channels_last)


def prepared(pixels: np.ndarray) -> torch.Tensor:
    mean = torch.tensor((0.485, 0.456, 0.406)).view(1, 3, 1, 1)
    std = torch.tensor((0.229, 0.224, 0.225)).view(1, 3, 1, 1)
    return (torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255 - mean) / std


def features(net: nn.Module, pixels: np.ndarray) -> torch.Tensor:
    return net.forward_head(net.forward_features(prepared(pixels)), pre_logits=True)


@torch.no_grad()
def forward(pixels: np.ndarray, size: int, batch: int = 32) -> tuple[float, float]:
    """Seconds of compilation (there is none) and of one pass over all images."""
    net = network().eval()
    features(net, pixels[:batch])
    begun = time.perf_counter()
    for start in range(0, len(pixels), batch):
        features(net, pixels[start : start + batch])
    return 0.0, time.perf_counter() - begun


@torch.no_grad()
def forward_texts(folder: str, texts: list[str], batch: int) -> float:
    """Seconds to number and embed texts, the shortest first, mean over tokens."""
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    net = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    net(**tokenizer(texts[:batch], padding=True, return_tensors="pt"))
    begun = time.perf_counter()
    ordered = sorted(texts, key=len)
    for start in range(0, len(ordered), batch):
        inputs = tokenizer(
            ordered[start : start + batch], padding=True, truncation=True, max_length=256, return_tensors="pt"
        )
        states, mask = net(**inputs).last_hidden_state, inputs["attention_mask"][..., None]
        (states * mask).sum(1) / mask.sum(1)
    return time.perf_counter() - begun


def loops(pixels: np.ndarray, labels: np.ndarray, size: int, epochs: int, batch: int) -> dict[str, float]:
    """Seconds of each way to train a head on a frozen backbone for so many epochs."""
    return {
        "by hand": by_hand(pixels, labels, epochs, batch),
        "transformers.Trainer": by_trainer(pixels, labels, epochs, batch),
        "fastai": by_fastai(pixels, labels, epochs, batch),
    }


def by_hand(pixels: np.ndarray, labels: np.ndarray, epochs: int, batch: int) -> float:
    net = network().requires_grad_(False).eval()
    head = net.get_classifier().requires_grad_(True)
    optimizer = torch.optim.AdamW(head.parameters(), lr=1e-2)
    wanted = torch.from_numpy(labels)
    begun = time.perf_counter()
    for _ in range(epochs):
        order = torch.randperm(len(pixels))
        for start in range(0, len(pixels), batch):
            index = order[start : start + batch]
            with torch.no_grad():
                value = features(net, pixels[index.numpy()])
            optimizer.zero_grad()
            nn.functional.cross_entropy(head(value), wanted[index]).backward()
            optimizer.step()
    return time.perf_counter() - begun


class Pictures(torch.utils.data.Dataset[dict[str, torch.Tensor]]):
    def __init__(self, pixels: np.ndarray, labels: np.ndarray):
        self.pixels, self.labels = pixels, labels

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, i: int) -> dict[str, torch.Tensor]:
        return {
            "pixel_values": prepared(self.pixels[i : i + 1])[0],
            "labels": torch.tensor(self.labels[i]),
        }


class WithLoss(nn.Module):
    """A frozen backbone in evaluation mode, as Trainer takes it."""

    def __init__(self) -> None:
        super().__init__()
        self.net = network().requires_grad_(False)
        self.net.get_classifier().requires_grad_(True)

    def train(self, mode: bool = True) -> WithLoss:
        return super().train(False)

    def forward(self, pixel_values: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        outputs = self.net(pixel_values.contiguous(memory_format=torch.channels_last))
        return {"loss": nn.functional.cross_entropy(outputs, labels), "logits": outputs}


def by_trainer(pixels: np.ndarray, labels: np.ndarray, epochs: int, batch: int) -> float:
    from transformers import Trainer, TrainingArguments

    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            num_train_epochs=epochs,
            per_device_train_batch_size=batch,
            learning_rate=1e-2,
            save_strategy="no",
            logging_strategy="no",
            report_to=[],
            disable_tqdm=True,
            use_cpu=True,
        )
        trainer = Trainer(model=WithLoss(), args=arguments, train_dataset=Pictures(pixels, labels))
        begun = time.perf_counter()
        trainer.train()
        return time.perf_counter() - begun


def by_fastai(pixels: np.ndarray, labels: np.ndarray, epochs: int, batch: int) -> float:
    import fastai.callback.progress  # gives learners their no_bar
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.vision.learner import default_split

    assert fastai.callback.progress
    net = network()
    body = nn.Sequential(*(module for name, module in net.named_children() if name != "fc"))
    rows = Pictures(pixels, labels)
    items = [(row["pixel_values"], row["labels"]) for row in (rows[i] for i in range(len(rows)))]
    loader = torch.utils.data.DataLoader(items, batch_size=batch, shuffle=True)
    with tempfile.TemporaryDirectory() as folder:
        learner = Learner(
            DataLoaders(loader, loader, device=torch.device("cpu")),
            nn.Sequential(body, net.get_classifier()),
            loss_func=nn.CrossEntropyLoss(),
            splitter=default_split,
            train_bn=False,
            path=Path(folder),
        )
        learner.freeze()
        # Without validation: the other ways do none either.
        learner._do_epoch_validate = lambda *_, **__: None
        with learner.no_bar(), learner.no_logging():
            begun = time.perf_counter()
            learner.fit(epochs, 1e-2)
            return time.perf_counter() - begun


def tail(pixels: np.ndarray, labels: np.ndarray, size: int, batch: int) -> float:
    """Seconds of an epoch of the last stage and the head alone, its input in memory."""
    net = network()
    with torch.no_grad():
        net.eval()
        before = []
        for start in range(0, len(pixels), batch):
            value = net.maxpool(net.act1(net.bn1(net.conv1(prepared(pixels[start : start + batch])))))
            before.append(net.layer3(net.layer2(net.layer1(value))))
    stored = torch.cat(before).contiguous(memory_format=torch.channels_last)
    last = nn.Sequential(net.layer4, net.global_pool, net.get_classifier()).train()
    optimizer = torch.optim.AdamW(last.parameters(), lr=1e-3)
    wanted, seconds = torch.from_numpy(labels), []
    for _ in range(4):
        order, begun = torch.randperm(len(pixels)), time.perf_counter()
        for start in range(0, len(pixels), batch):
            index = order[start : start + batch]
            optimizer.zero_grad()
            nn.functional.cross_entropy(last(stored[index]), wanted[index]).backward()
            optimizer.step()
        seconds.append(time.perf_counter() - begun)
    return float(np.median(seconds[1:]))
