"""One live model in numpy: backbone, head, freezing, one training step, answers."""

import numpy as np

from zoo.errors import ConfigError, IntegrityError, NonFiniteError, PluginError
from zoo.plugin import Activations, FreezeReport, TensorFact, engines
from zoo_parrot.augment import augmented
from zoo_parrot.average import Average
from zoo_parrot.optimizer import Optimizer


class NumpyAdapter:
    """Implements ``zoo.plugin.BackboneAdapter``."""

    device = "cpu"

    def __init__(self, backbone):
        self.backbone = backbone
        self._links = backbone.module.links
        # The stage of each link, in the order of the chain.
        claimed = [(member, i) for i, stage in enumerate(backbone.stages) for member in stage.members]
        if [member for member, _ in claimed] != list(self._links):
            raise PluginError("the stages must name every link of the module once, in order")
        self._stage_of = dict(claimed)
        self._head = self._native_head = None
        self._plan = self._optimizer = self._average = None
        self.freeze(0)

    @property
    def native(self):
        return self.backbone.module

    def freeze(self, stages):
        if not 0 <= stages <= len(self.backbone.stages):
            raise ConfigError(f"cannot freeze {stages} of {len(self.backbone.stages)} stages")
        fresh = self.backbone.loaded.fresh
        self._still = {
            name for name in self._live() if self._stage(name) < stages and _native(name) not in fresh
        }
        self._end()
        sizes = {name: array.size for name, array in self._parameters().items()}
        return FreezeReport(
            stages=len(self.backbone.stages),
            frozen_stages=stages,
            frozen=sum(size for name, size in sizes.items() if name in self._still),
            trainable=sum(size for name, size in sizes.items() if name not in self._still),
            fresh=tuple(sorted(n for n in fresh if self._stage(f"backbone.{n}") < stages)),
        )

    def replace_head(self, task, seed):
        tap = engines.require_tap(self.backbone, task)
        self._native_head = engines.native_head(task.kind, "numpy")
        self._head = self._native_head.build(tap.features.width, task, seed)
        self._end()

    def begin(self, plan):
        self._need_head()
        self._end()
        self._plan, self._loss = plan, self._native_head.loss(plan, self.device)
        trainable = {name: a for name, a in self._parameters().items() if name not in self._still}
        self._optimizer = Optimizer(trainable, plan)
        # Statistics are followed too: they belong to the weights under which they were taken.
        followed = {name: array for name, array in self._live().items() if name not in self._still}
        self._average = None if plan.ema is None else Average(followed, plan.ema)

    def step(self, batch, rates, *, parts=1):
        if self._optimizer is None:
            raise ConfigError("step() before begin()", hint="call begin(plan) after freeze and replace_head")
        if self._average is not None and self._average.shown:
            raise ConfigError("step() while the average is shown", hint="call average(False) first")
        plan = self._plan
        for link in self._links.values():
            link.forget()
        loss, gradients = 0.0, {}
        with np.errstate(all="ignore"):
            for piece, (share,) in engines.micro_batches(batch, parts, plan):
                value, found = self._gradients(piece, share)
                loss += value
                gradients = {name: gradients.get(name, 0) + found[name] for name in found}
            squares = [np.square(g, dtype=np.float64).sum() for g in gradients.values()]
            norm = float(np.sqrt(sum(squares)))
        # Up to here nothing has been changed, so that a bad step leaves no trace.
        if not np.isfinite([loss, norm]).all():
            raise NonFiniteError(
                f"the loss is {loss}, the gradient norm {norm}", hint="lower the learning rate (--lr)"
            )
        if plan.clip_norm and norm > plan.clip_norm:
            gradients = {name: g * np.float32(plan.clip_norm / norm) for name, g in gradients.items()}
        self._optimizer.step(gradients, rates)
        for name, link in self._links.items():
            if self._trains(name):
                link.settle()
        if self._average is not None:
            self._average.move()
        return loss

    def average(self, on):
        if self._average is not None:
            self._average.show(on)
        elif on:
            raise ConfigError("no average is kept", hint="call begin(plan) with plan.ema")

    def infer(self, inputs):
        self._need_head()
        features = self._onward(inputs) if isinstance(inputs, Activations) else self.embed(inputs)
        return self._head.forward(features, training=False)

    def cross(self, inputs, cut):
        whole = cut == len(self.backbone.stages)
        value = self.backbone.prepare(inputs)
        return Activations(
            {"": self.backbone.module(value) if whole else self.backbone.run(value, 0, cut)}, cut
        )

    def views(self, inputs, plan, seeds):
        return augmented(inputs, plan, seeds)

    def set_head(self, weight, bias):
        self._need_head()
        self._head.tensors["weight"][...], self._head.tensors["bias"][...] = weight.T, bias

    def embed(self, inputs):
        return self.backbone.module(self.backbone.prepare(inputs))

    def run(self, inputs, cut=0):
        if cut is None:
            return self.embed(inputs)
        return self.backbone.run(self.backbone.run(self.backbone.prepare(inputs), 0, cut), cut)

    def prepared(self, inputs):
        return self.backbone.prepare(inputs)

    def tensors(self):
        stages = [*(stage.name for stage in self.backbone.stages), "head"]
        parameters = self._parameters()
        return [
            TensorFact(
                name=name,
                shape=array.shape,
                dtype=str(array.dtype),
                kind="parameter" if name in parameters else "buffer",
                stage=stages[self._stage(name)],
                trainable=name in parameters and name not in self._still,
                group=self._optimizer.group_of(name) if self._optimizer else None,
            )
            for name, array in self._live().items()
        ]

    def weights(self):
        return {name: array.copy() for name, array in self._live().items()}

    def set_weights(self, weights):
        live = self._live()
        wrong = sorted(
            name
            for name in live.keys() | weights.keys()
            if name not in live or name not in weights or live[name].shape != weights[name].shape
        )
        if wrong:
            raise IntegrityError("the weights are of another model", why=f"differing: {wrong[:5]}")
        self.average(False)
        for name, array in live.items():
            array[...] = weights[name]

    def state(self):
        state = self._optimizer.state() if self._optimizer else {}
        return state | (self._average.state() if self._average else {})

    def restore(self, state):
        if self._optimizer is None:
            raise ConfigError("restore() before begin()")
        if self._average is not None:
            state, average = engines.split_ema(state)
            self._average.restore(average)
        self._optimizer.restore(state)

    def _end(self):
        """Forget the plan; the live weights are in their place."""
        self.average(False)
        self._optimizer = self._average = None

    def _live(self):
        """All arrays by full name: the backbone by stage, then the head."""
        backbone = {f"backbone.{name}": array for name, array in self.backbone.module.tensors().items()}
        head = self._head.tensors if self._head else {}
        return backbone | {f"head.{name}": array for name, array in head.items()}

    def _parameters(self):
        buffers = self.backbone.module.buffers()
        return {name: array for name, array in self._live().items() if _native(name) not in buffers}

    def _stage(self, name):
        """Number of the stage of a tensor, by its full name; the head comes after all."""
        part, link, *_ = name.split(".")
        return len(self.backbone.stages) if part == "head" else self._stage_of[link]

    def _trains(self, link):
        """Whether a link follows the statistics of the batch: not when any of them is frozen."""
        return not any(f"backbone.{link}.{name}" in self._still for name in self._links[link].buffers)

    def _entering(self, inputs):
        """A value in the chain, and the number of the stage that it enters."""
        if isinstance(inputs, Activations):
            return inputs.arrays[""].astype(np.float32, copy=False), inputs.cut
        return self.backbone.prepare(inputs), 0

    def _onward(self, crossing):
        """Features from what crossed a cut."""
        value, cut = self._entering(crossing)
        return value if cut == len(self.backbone.stages) else self.backbone.run(value, cut)

    def _forward(self, x, cut):
        for name, link in list(self._links.items())[cut:]:
            x = link.forward(x, training=self._trains(name))
        return x

    def _gradients(self, batch, share):
        """What a micro-batch adds to the loss and to the gradients."""
        inputs = batch.inputs
        if not isinstance(inputs, Activations):
            inputs = augmented(inputs, self._plan, engines.example_seeds(batch.seed, batch.place))
        features = self._forward(*self._entering(inputs))
        outputs = self._head.forward(features, training=True).astype(np.float64)
        loss, slope = self._loss(outputs, self._plan.task.for_loss(batch.targets))
        return share * float(loss), self._backward((share * slope).astype(np.float32))

    def _backward(self, slope):
        """Gradients of the trainable parameters, from the head down to the first stage that needs them."""
        wanted = self._parameters().keys() - self._still
        found, slope = self._head.backward(slope)
        gradients = {f"head.{name}": value for name, value in found.items()}
        for name, link in reversed(self._links.items()):
            if not any(self._stage(one) <= self._stage_of[name] for one in wanted):
                break
            found, slope = link.backward(slope)
            gradients |= {f"backbone.{name}.{key}": value for key, value in found.items()}
        return {name: value for name, value in gradients.items() if name in wanted}

    def _need_head(self):
        if self._head is None:
            raise ConfigError("the model has no head yet", hint="call replace_head(task), or load a run")


def _native(name):
    """The module's own name for a tensor."""
    return name.removeprefix("backbone.")
