"""Optimizer groups: head and backbone, each with and without weight decay, which is decoupled in all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from zoo.errors import IntegrityError
from zoo.plugin import LearningRates, StepPlan

Array = np.ndarray[Any, np.dtype[Any]]


class Optimizer:
    """AdamW or SGD over named parameters; every trainable one in exactly one group.

    Args:
        named: parameters by their names in the network.
        plan: of the phase.
        stage_of: stage of each tensor of the backbone, by its own name; for rates by stage.
        spared: tensors of the backbone, by their own names, that weight decay leaves out.
    """

    def __init__(
        self,
        named: Iterable[tuple[str, nn.Parameter]],
        plan: StepPlan,
        stage_of: Mapping[str, int],
        spared: Collection[str] = (),
    ):
        groups: dict[str, dict[str, Any]] = {}
        self.group_of: dict[str, str] = {}
        self.parameters: list[nn.Parameter] = []
        self._names: dict[nn.Parameter, str] = {}
        for name, parameter in named:
            if not parameter.requires_grad:
                continue
            part = "head" if name.startswith("head.") else "backbone"
            # Biases, norms and other vectors are not shrunk: their scale carries meaning.
            vector = parameter.ndim < 2 or name.endswith(".bias")
            spare = vector or (part == "backbone" and name.removeprefix("backbone.") in spared)
            decays = not spare and plan.weight_decay > 0
            key = f"{part}/decay" if decays else f"{part}/no-decay"
            share = 1.0
            if part == "backbone" and plan.stage_rates:
                stage = stage_of[name.removeprefix("backbone.")]
                share, key = plan.stage_rates[stage], f"{key}/{stage}"
            decay = plan.weight_decay if decays else 0.0
            new = {"params": [], "weight_decay": decay, "decoupled": 0.0, "part": part, "share": share}
            if plan.optimizer == "sgd":
                # torch adds it to the gradient, from where it would go into the momentum.
                new |= {"weight_decay": 0.0, "decoupled": decay}
            group = groups.setdefault(key, new)
            self.group_of[name] = key
            # A tensor shared under two names is updated once.
            if parameter not in self._names:
                group["params"].append(parameter)
                self.parameters.append(parameter)
                self._names[parameter] = name
        listed = [group for group in groups.values() if group["params"]]
        fused = all(p.device.type in ("cpu", "cuda") and p.dtype == torch.float32 for p in self.parameters)
        if plan.optimizer == "sgd":
            self.native: torch.optim.Optimizer = torch.optim.SGD(
                listed, lr=0.0, momentum=plan.momentum, fused=fused
            )
        else:
            self.native = torch.optim.AdamW(listed, lr=0.0, betas=(0.9, 0.999), eps=1e-8, fused=fused)

    def step(self, rates: LearningRates) -> None:
        """Update at these rates, then forget the gradients."""
        for group in self.native.param_groups:
            group["lr"] = rates.head if group["part"] == "head" else rates.backbone * group["share"]
            if group["decoupled"]:
                moved = [one for one in group["params"] if one.grad is not None]
                with torch.no_grad():
                    torch._foreach_mul_(moved, 1 - group["lr"] * group["decoupled"])
        self.native.step()
        self.native.zero_grad(set_to_none=True)

    def state(self) -> dict[str, Array]:
        """Copies, as ``name/field``."""
        result = {}
        for parameter, fields in self.native.state.items():
            for field, value in fields.items():
                if value is not None:
                    tensor = torch.as_tensor(value)
                    result[f"{self._names[parameter]}/{field}"] = tensor.detach().cpu().numpy().copy()
        return result

    def restore(self, state: Mapping[str, Array]) -> None:
        """Put back :meth:`state`.

        Raises:
            IntegrityError: a name that this optimizer does not have.
        """
        by_name = self.named
        self.native.state.clear()
        for key, value in state.items():
            name, _, field = key.rpartition("/")
            if name not in by_name:
                raise IntegrityError(
                    f"the optimizer has no parameter {name!r}", why="the state is of another run"
                )
            parameter = by_name[name]
            device = (
                torch.device("cpu") if field == "step" and not self._fused_on_device else parameter.device
            )
            tensor = torch.from_numpy(np.array(value)).to(device)
            if tensor.shape == parameter.shape:
                # In the parameter's own memory layout: fused kernels walk both side by side.
                tensor = torch.empty_like(parameter, dtype=tensor.dtype).copy_(tensor)
            self.native.state[parameter][field] = tensor

    @property
    def named(self) -> dict[str, nn.Parameter]:
        """What is trained, each tensor under one name."""
        return {name: parameter for parameter, name in self._names.items()}

    @property
    def _fused_on_device(self) -> bool:
        return bool(self.native.defaults.get("fused"))
