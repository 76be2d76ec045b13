"""The grid's own optimizer against torch's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from digit_vectors import shots

from zoo.training.linear_heads.grid import GRID, train_grid
from zoo.training.linear_heads.softmax import cross_entropy_slope
from zoo.training.linear_heads.standardize import standard

pytestmark = pytest.mark.torch


def test_a_member_is_adamw_as_the_textbook_has_it():
    features, digits, _, _ = shots(10)
    scaler, rows = standard(features), np.arange(len(features))
    rate, decay = GRID[7]
    found = train_grid(
        features, digits, 10, scaler, cross_entropy_slope(None), rows=rows, seed=0, grid=((rate, decay),)
    )
    linear = torch.nn.Linear(64, 10)
    torch.nn.init.zeros_(linear.weight)
    torch.nn.init.zeros_(linear.bias)
    groups = [
        {"params": [linear.weight], "weight_decay": decay},
        {"params": [linear.bias], "weight_decay": 0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=rate)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 300)
    inputs, targets = torch.from_numpy(scaler.apply(features, np.float32)), torch.from_numpy(digits)
    for _ in range(300):  # fewer examples than a batch: each step sees all
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(linear(inputs), targets).backward()
        optimizer.step()
        falling.step()
    np.testing.assert_allclose(found.weights[0], linear.weight.detach().numpy(), atol=1e-2)
